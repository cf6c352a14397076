"""Autoconfig files, rewritten: Thunderbird's own parser reads each of them, and its choice is the IMAP server that was meant."""
import json
import os
import shutil

from lab import fixtures, read_autoconfig
from lab.checks import Checks
from lab.rewriter import Rewriter
from lab.scratch import Scratch

ROOT = os.path.join(fixtures.ALL, "autoconfig-xml")
COMPARED = ("type", "hostname", "port", "socketType")


class AutoconfigFiles(Checks):
    """`AutoconfigFiles(app_directory, program).run()` returns [(check, passed, detail)]."""

    def __init__(self, app_directory=None, program=None):
        super().__init__()
        self.app_directory, self.program = app_directory, program

    def run(self):
        try:
            with Scratch("autoconfig") as scratch:
                self._steps(scratch)
        except Exception as error:  # whatever stopped it, the checks it did not reach must not count as passed
            self._check("the scenario runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    def _steps(self, scratch):
        copies = {name: Copy(name, scratch.path(name)) for name in sorted(os.listdir(ROOT))}
        self._check("there are fixtures", len(copies) >= 12, sorted(copies))
        before = self._read(copies)
        self._equal("before, POP is read from every file", {name: any(server["type"] == "pop3" for server in found.get("incoming", []))
                                                           for name, found in before.items()}, dict.fromkeys(copies, True))
        rewriter = Rewriter(scratch.path("state"), self.program)
        answer = rewriter.call("apply", "--imap-host", "imap.example.com", *(copy.home for copy in copies.values()))
        self._equal("every file is rewritten", (answer.status, set(answer.column("status")) - {"unchanged"}), (0, {"applied"}), answer.said)
        for name, found in self._read(copies).items():
            incoming = [{key: server[key] for key in COMPARED} for server in found.get("incoming", [])]
            self._equal(f"{name}: Thunderbird reads IMAP alone", (found.get("error"), incoming), (None, copies[name].reads))
            self._equal(f"{name}: the rest is read as before", _without_incoming(found), _without_incoming(before[name]))
            self._check(f"{name}: user names are patterns", all("%" in server["usernamePattern"] for server in found.get("incoming", [])), found)
        self._check_kept_pop(scratch, rewriter)

    def _check_kept_pop(self, scratch, rewriter):
        rewriter.call("rollback", "--last")
        copies = {name: Copy(name, scratch.path(name + "-kept")) for name in sorted(os.listdir(ROOT))}
        answer = rewriter.call("apply", "--keep-pop", "--imap-host", "imap.example.com", *(copy.home for copy in copies.values()))
        self._equal("every file is rewritten, POP kept", answer.status, 0, answer.said)
        for name, found in self._read(copies).items():
            types = [server["type"] for server in found.get("incoming", [])]
            self._check(f"{name}: Thunderbird reads IMAP first and POP behind", types[:1] == ["imap"] and "pop3" in types, found)

    def _read(self, copies):
        return dict(zip(copies, read_autoconfig.read([copy.file for copy in copies.values()], app_directory=self.app_directory)))


class Copy:
    """A fixture laid out; `reads` is what Thunderbird is to read from it afterwards."""

    def __init__(self, name, target):
        with open(os.path.join(ROOT, name, "fixture.json"), encoding="utf-8") as file:
            description = json.load(file)
        self.home = shutil.copytree(os.path.join(ROOT, name, "home"), target)
        self.file = os.path.join(self.home, description["profile"])
        self.reads = description["reads"]


def _without_incoming(found):
    return {key: value for key, value in found.items() if key != "incoming"}
