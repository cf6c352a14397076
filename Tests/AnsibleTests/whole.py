"""Hosts with sshd, and what must hold on them."""
import pathlib
import subprocess

from fleet.hosts import Host, ip
from fleet.playing import Ansible
from parts import LOCAL, PARTS

PLAIN = "thunderbird/plain/home"


def people(fixtures):
    """Of each host: user, directory of the home below /home, and what is in it."""
    plain, mbox, two = fixtures / PLAIN, fixtures / "thunderbird/mbox/home", fixtures / "thunderbird/two/home"
    hostile = ("we ird\n\x1b[31m\u202e", "-x", "$HOME", "{{ 7*7 }}", "';touch pwned;'", b"caf\xe9".decode("utf-8", "surrogateescape"))
    return {
        1: {"deploy": ("deploy", None), "alice": ("alice", mbox), "bob": ("bob", two), "carol": ("carol", plain)},
        2: {f"u{index}": (name, plain) for index, name in enumerate(hostile)},
        3: {"good": ("good", plain), "overridden": ("overridden", plain), "running": ("running", plain)},
        4: {f"u{index}": (f"u{index}", plain) for index in range(1, 6)},
        5: {"eve": ("eve", fixtures / "evolution/filters/home"), "frank": ("frank", plain)},
        6: {"gina": ("gina", plain)},
        7: {"hal": ("hal", plain), "ida": ("ida", mbox)},
        8: {"jan": ("jan", plain), "kim": ("kim", two)},
        9: {"leo": ("leo", plain), "mia": ("mia", plain)},
    }


def run(cases, programs, scratch, collections, program, fixtures, parts):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scratch / "key"], check=True)
    ip("link", "set", "lo", "up")
    hosts = {number: Host(number, scratch, program, homes, has_program=number != 6) for number, homes in people(fixtures).items()}
    for host in hosts.values():
        host.start()
    for host in hosts.values():
        host.await_ssh()
    inventory = {host.name: host.inventory(scratch) for host in hosts.values()}
    for name in ("localhost", *LOCAL):
        inventory[name] = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3", "dir": str(scratch / name)}
    inventory["gone"] = {"ansible_host": "127.0.0.1", "ansible_port": 1, "dir": "/nowhere"}
    ansible = Ansible(programs, scratch, collections, {"all": {"hosts": inventory}})
    try:
        for name, part in PARTS.items():
            if parts and name not in parts:
                continue
            try:
                part(Fleet(cases, ansible, hosts, pathlib.Path(scratch), program, fixtures))
            except (AssertionError, AttributeError, KeyError, OSError) as error:
                cases.check(f"{name} went to its end", False, error)
            cases.say(name)
    finally:
        for host in hosts.values():
            host.stop()


class Fleet:
    def __init__(self, cases, ansible, hosts, scratch, program, fixtures):
        self.cases, self.ansible, self.hosts, self.scratch = cases, ansible, hosts, scratch
        self.program, self.fixtures = program, fixtures
