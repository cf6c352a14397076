"""The laboratory: a real Thunderbird and a real Dovecot on loopback, driven from tests.

Only the Python standard library, `openssl`, `dovecot` and `thunderbird` are needed. Everything happens in a scratch
directory that is removed at the end (see `scratch`), and everything that was started is stopped again.
"""
