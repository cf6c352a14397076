"""What was verified with which version of a real client: verified.jsonl beside `run`, out of which docs/clients.md is made.

A line is one case that passed whole, for one client in one version; a case that fails loses its line.
"""
import configparser
import datetime
import functools
import json
import os
import subprocess

from .thunderbird import find_app_directory

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "verified.jsonl")


def note(case, kind, clients, checks, path=PATH):
    """Notes a case's outcome. `clients` are (adapter's name, real client, its version)."""
    passed = bool(checks) and all(ok for _, ok, _ in checks)
    lines = {_key(line): line for line in read(path)}
    for client, program, version in clients:
        line = {"client": client, "program": program, "version": version, "kind": kind, "case": case,
                "checks": len(checks), "date": datetime.date.today().isoformat()}
        lines.pop(_key(line), None)
        if passed:
            lines[_key(line)] = line
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(lines[key]) + "\n" for key in sorted(lines))


def read(path=PATH):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def version(program, app_directory=None):
    """A real client's version: Thunderbird's says itself, the others' is their Debian package's, which has the same name."""
    return _thunderbird(app_directory) if program == "thunderbird" else _package(program)


def _thunderbird(app_directory):
    parser = configparser.ConfigParser()
    parser.read(os.path.join(find_app_directory(app_directory), "application.ini"))
    return parser["App"]["Version"]


@functools.lru_cache(maxsize=None)
def _package(name):
    told = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=True).stdout
    return told.split(":", 1)[-1].rsplit("-", 1)[0]  # without what Debian counts


def _key(line):
    return line["client"], line["program"], line["version"], line["kind"], line["case"]
