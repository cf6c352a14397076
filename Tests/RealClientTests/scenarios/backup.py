"""A backup of mail that the real client downloaded, read by Python's mailbox and shown by another real client."""
import glob
import json
import mailbox
import os
import shutil

from lab import inspection
from lab.checks import Checks
from lab.fixtures import copy_fixture
from lab.rewriter import Rewriter
from lab.scratch import Scratch
from lab.thunderbird import Thunderbird


class Backup(Checks):
    """`backup create`, `backup verify`; then its mbox files are laid into an empty profile's Local Folders as docs/backup.md
    says, and the client shows the same folders, counts, unread, starred and tagged messages as the fixture has."""

    variant = "mbox"

    def __init__(self, app_directory=None, program=None):
        super().__init__()
        self.app_directory, self.program = app_directory, program

    def run(self):
        try:
            with Scratch("backup") as scratch:
                self._steps(scratch)
        except Exception as error:  # whatever stopped it, the checks it did not reach must not count as passed
            self._check("the scenario runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    def _steps(self, scratch):
        fixture = copy_fixture(self.variant, scratch.path("home"))
        rewriter = Rewriter(scratch.path("state"), self.program)
        to = scratch.path("backups")
        answer = rewriter.call("backup", "create", fixture.home, "--to", to)
        self._equal("the backup is made", answer.status, 0, answer.said)
        answer = rewriter.call("backup", "verify", to)
        self._equal("it is sound", answer.status, 0, answer.said)
        (manifest,) = glob.glob(os.path.join(to, "*", "manifest.json"))
        with open(manifest, encoding="utf-8") as file:
            folders = json.load(file)["folders"]
        root = os.path.dirname(manifest)
        self._equal("mailbox counts the same", {folder["path"]: len(mailbox.mbox(os.path.join(root, folder["path"]), create=False))
                                                for folder in folders}, {folder["path"]: folder["messages"] for folder in folders})
        wanted = self._wanted(fixture)
        self._equal("every folder is there", len(folders), len(wanted))
        shown = self._shown(scratch, root, folders)
        self._equal("another client shows the same", sorted(shown), sorted(wanted))

    def _wanted(self, fixture):
        """[(total, unread, starred, tagged)] of the account's folders."""
        account = next(account for account in fixture.accounts if account["type"] == "pop3")
        own = [uri for uri in fixture.folders if uri.startswith("mailbox://" + account["user"].replace("@", "%40") + "@")]
        return [(fixture.folders[uri], *fixture.marks.get(uri, [0, 0, 0])) for uri in own]

    def _shown(self, scratch, root, folders):
        fresh = copy_fixture("plain", scratch.path("fresh"))
        place = os.path.join(fresh.profile, "Mail", "Local Folders")
        for number, folder in enumerate(folders):
            shutil.copy(os.path.join(root, folder["path"]), os.path.join(place, f"back-{number}"))
        with Thunderbird(fresh.profile, scratch, app_directory=self.app_directory) as client:
            inspection.inspect_running(client, connect=False)  # the client indexes the files; it counts what is unread later
        with Thunderbird(fresh.profile, scratch, app_directory=self.app_directory) as client:
            shown = inspection.inspect_running(client, connect=False)
        entries = [folder for account in shown["accounts"] for folder in account.get("folders") or []
                   if "/back-" in folder["uri"]]
        self._equal("every body can be read", [folder.get("unreadable") for folder in entries], [0] * len(folders))
        return [(folder["total"], folder["unread"], folder["starred"], folder["tagged"]) for folder in entries]


class BackupMaildir(Backup):
    """The same of a profile whose store is maildir."""

    variant = "maildir"
