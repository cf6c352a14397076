"""A tree of Windows, switched from the file server, is a profile that the real client opens.

No Windows is here. What its client would find is laid, byte for byte, into a profile of the installed Thunderbird, which reads CRLF and
goes by the relative directories as it does there.
"""
import os
import shutil

from lab import fixtures

from . import scenario

ROOT = b"C:\\\\Users\\\\lab\\\\AppData\\\\Roaming\\\\Thunderbird\\\\Profiles\\\\lab00001.default-default\\\\"
FILES = ("prefs.js", "virtualFolders.dat", "ImapMail/imap.lab.test/msgFilterRules.dat")


class WindowsTree(scenario.Scenario):
    """Refused without the word, switched with it, used as IMAP, taken back, used as POP: nothing is fetched twice."""

    fixture_name = "windows"

    def steps(self):
        tree = self.profile
        before = _tree(tree)
        answer = self.rewriter.call("apply", self.fixture.home, *self.target())
        self._equal("without the word it is refused", (answer.status, set(answer.column("reason"))), (3, {"lock-not-provable"}), answer.said)
        self._equal("and left alone", _tree(tree), before)
        accounts = len(self.pop_accounts)
        self.switch("--client-is-closed", accounts=accounts)
        for name in FILES:
            data = _read(tree, name)
            self._equal(f"{name} has the line ends of Windows", data.count(b"\n"), data.count(b"\r\n"))
        self._check("directories are spelled as on Windows", b'directory", "' + ROOT + b'ImapMail\\\\imap.lab.test");' in _read(tree, "prefs.js"))

        self._lay_out(tree, "switched")
        self.look("switched", self.all_types("imap"))
        shown = _read(self.profile, "prefs.js")
        self._check("the client has its own system's lines now", b"\r\n" not in shown and b'type", "imap"' in shown)

        self.undo("--last", "--client-is-closed", accounts=accounts)
        self._equal("the tree is what it was", _tree(tree), before)
        self._lay_out(tree, "undone")
        position = self.server.log_position()
        self.look("undone", self.all_types("pop3"))
        users = sorted(self.mail_on_server)
        finished = self._noted(users, lambda: sorted({session["user"] for session in self.server.pop3_sessions(position)}))
        self._equal("POP sessions were held", finished, users)
        self._equal("nothing is fetched twice", self.server.retrieved(position), 0)

    def _lay_out(self, tree, moment):
        """The same files as the profile of a Thunderbird of this system."""
        home = os.path.join(self.scratch.path(moment), ".thunderbird")
        self.profile = os.path.join(home, "lab00001.default-default")
        shutil.copytree(tree, self.profile)


def _tree(top):
    """Every file's bytes by its path, but for the lock that was taken here."""
    files = {}
    for directory, _, leaves in os.walk(top):
        for leaf in leaves:
            if leaf != ".parentlock":
                path = os.path.join(directory, leaf)
                files[os.path.relpath(path, top)] = _read(path)
    return files


def _read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()
