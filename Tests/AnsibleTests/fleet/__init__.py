"""A fleet of hosts on one machine, and Ansible to work on it."""
