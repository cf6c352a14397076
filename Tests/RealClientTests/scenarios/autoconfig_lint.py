"""What `autoconfig lint` says that a client reads out of a file is what that client itself reads, for files good, odd and broken."""
import json
import os
import subprocess

from lab import read_autoconfig
from lab.autoconfig_samples import FORMS, samples
from lab.checks import Checks
from lab.desktop import Desktop
from lab.rewriter import Rewriter
from lab.scratch import Scratch

# What is no XML is not looked into for Evolution, whose parser is not as strict.
MAY_BE_MALFORMED = {*FORMS, "utf8-broken"}
SECURITY = {"SSL": "tls", "alwaysSTARTTLS": "starttls", "plain": "none"}
SESSION_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(read_autoconfig.__file__)), "session", "autoconfig.py")
METHODS = {"passwordCleartext": "password-cleartext", "passwordEncrypted": "password-encrypted"}


class Lint(Checks):
    client = "thunderbird"

    def __init__(self, app_directory, program):
        super().__init__()
        self.app_directory = app_directory
        self.program = program

    def run(self):
        with Scratch("lab-lint") as self.scratch:
            self.files = self._files()
            said = self._said()
            found = self.found()
            self._check("there are enough files", len(found) >= 40, len(found))
            refused = sum(not reading["accepted"] for reading in found.values())
            self._check("some are taken and some refused", refused >= 40 and len(found) - refused >= 40, f"{refused} of {len(found)} refused")
            for name, reading in found.items():
                if name not in MAY_BE_MALFORMED or said[name] is None or said[name]["accepted"] is not None:
                    self._equal(f"{name} is read as said", said[name], reading)
        return self.checks

    def found(self):
        """{name: what the client reads}, in the form of `_reading`."""
        results = read_autoconfig.read(list(self.files.values()), app_directory=self.app_directory)
        return {name: self._reading_of_client(result) for name, result in zip(self.files, results)}

    @staticmethod
    def _reading_of_client(result):
        if "error" in result:
            return {"accepted": False, "incoming": [], "outgoing": []}
        return {"accepted": True, **{direction: [_server_of_client(server) for server in result[direction]] for direction in ("incoming", "outgoing")}}

    def _files(self):
        paths = {}
        directory = self.scratch.directory("samples")
        for name, content in samples().items():
            paths[name] = os.path.join(directory, f"{name}.xml")
            with open(paths[name], "wb") as file:
                file.write(content)
        return paths

    def _said(self):
        """{name: the reading that lint prints}; every file is asked for by itself in one call."""
        command = [Rewriter(self.scratch.path("state"), self.program).program, "autoconfig", "lint", "--json", *self.files.values()]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
        rows = [json.loads(line) for line in answer.stdout.splitlines()]
        self._equal("lint finds errors and says so by its status", answer.returncode, 1, answer.stderr[-300:])
        readings = {row["file"]: row for row in rows if row["type"] == "reading" and row["client"] == self.client}
        return {name: _expanded(readings.get(path)) for name, path in self.files.items()}


class EvolutionLint(Lint):
    client = "evolution"

    def found(self):
        with Desktop(self.scratch.directory("home"), self.scratch, display=False) as desktop:
            said = desktop.run("unshare", "--net", "--mount", "/usr/bin/python3", SESSION_SCRIPT, read_autoconfig.EMAIL,
                               input="".join(f"{path}\n" for path in self.files.values()), timeout=180)
        results = {row["file"]: row for row in map(json.loads, said.splitlines())}
        return {name: self._reading_of_evolution(results[path]) for name, path in self.files.items()}

    @staticmethod
    def _reading_of_evolution(result):
        incoming = [_server_of_evolution(kind, result.get(kind)) for kind in ("imap", "pop3") if result.get(kind)]
        outgoing = [_server_of_evolution("smtp", result["smtp"])] if result.get("smtp") else []
        return {"accepted": bool(incoming or outgoing), "incoming": incoming, "outgoing": outgoing}


def _server_of_evolution(kind, details):
    # Without a mechanism, Evolution logs in to IMAP and POP3 by their own command, and to SMTP not at all.
    mechanisms = {None: "none" if kind == "smtp" else "password-cleartext", "LOGIN": "password-cleartext", "CRAM-MD5": "password-encrypted"}
    mechanism = details["mechanism"]
    return {"protocol": kind, "host": details["host"] or None, "port": details["port"] or None, "security": details["security"],
            "auth": mechanisms.get(mechanism, "OAuth2"), "username": details["user"] or None}


def _server_of_client(server):
    return {"protocol": server["type"], "host": _filled_in(server["hostname"]), "port": server["port"], "security": SECURITY.get(server["socketType"]),
            "auth": METHODS.get(server["auth"], server["auth"]), "username": _filled_in(server["username"]).replace(read_autoconfig.NAME, "%REALNAME%") if server["username"] else server["username"]}


def _expanded(reading):
    if not reading:
        return None
    return {"accepted": reading["accepted"], **{direction: [{**server, "host": _filled_in(server["host"]), "username": _filled_in(server["username"])}
                                                            for server in reading[direction]] for direction in ("incoming", "outgoing")}}


def _filled_in(text):
    """The pattern with its placeholders filled in as the client does it, for what it has not filled in itself."""
    address = read_autoconfig.EMAIL
    local, domain = address.split("@")
    for placeholder, value in (("ADDRESS", address), ("LOCALPART", local), ("DOMAIN", domain)):
        text = text and text.replace(f"%EMAIL{placeholder}%", value)
    return text
