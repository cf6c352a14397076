"""Mail that the real client downloaded, backed up, verified and restored into another profile: the client shows the same there."""
import glob
import json
import mailbox
import os

from lab import fixtures, inspection
from lab.checks import Checks
from lab.evolution import Evolution, local_marks
from lab.fixtures import copy_fixture
from lab.rewriter import Rewriter
from lab.scratch import Scratch
from lab.thunderbird import Thunderbird


class RestoreChecks(Checks):
    """What the scenarios of both clients have in common."""

    root = fixtures.ROOT
    source, target = None, None

    def __init__(self, app_directory=None, program=None):
        super().__init__()
        self.app_directory, self.program = app_directory, program

    def run(self):
        try:
            with Scratch("restore") as scratch:
                self._steps(scratch)
        except Exception as error:  # whatever stopped it, the checks it did not reach must not count as passed
            self._check("the scenario runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    def _steps(self, scratch):
        self.scratch = scratch
        source = copy_fixture(self.source, scratch.path("home"), root=self.root)
        fresh = copy_fixture(self.target, scratch.path("fresh"), root=self.root)
        self._prepare(source)
        self.rewriter = Rewriter(scratch.path("state"), self.program)
        backups = scratch.path("backups")
        self._call("backup", "create", source.home, "--to", backups)
        self._call("backup", "verify", backups)
        self._check_counts(backups)
        before = self._files(fresh)
        self._call("backup", "restore", backups, fresh.home)
        self._equal("all that was there is as it was", {name: fresh_file for name, fresh_file in self._files(fresh).items() if name in before}, before)
        self._equal("the client shows the same", self._shown(fresh), self._wanted(source))
        self._call("rollback", "--last")
        self._equal("what the client has not changed is gone again, with its indexes",
                    [name for name in self._all(fresh) if "Restored" in name], [])

    def _prepare(self, source):
        pass

    def _check_counts(self, backups):
        """Another reader finds as many messages in the backup as its manifest says."""
        (manifest,) = glob.glob(os.path.join(backups, "*", "manifest.json"))
        with open(manifest, encoding="utf-8") as file:
            folders = json.load(file)["folders"]
        root = os.path.dirname(manifest)
        found = {folder["path"]: len(mailbox.mbox(os.path.join(root, folder["path"]), create=False)) for folder in folders}
        self._equal("mailbox counts the same", found, {folder["path"]: folder["messages"] for folder in folders})

    def _call(self, *arguments):
        answer = self.rewriter.call(*arguments)
        self._equal(" ".join(arguments[:2]), answer.status, 0, answer.said)

    def _all(self, fixture):
        root = os.path.join(fixture.home, self.mail_below)
        return sorted(os.path.relpath(os.path.join(place, name), root) for place, directories, names in os.walk(root) for name in names + directories)

    def _files(self, fixture):
        """{path: bytes} of the mail that the profile has."""
        root = os.path.join(fixture.home, self.mail_below)
        found = {}
        for name in self._all(fixture):
            if os.path.isfile(path := os.path.join(root, name)):
                with open(path, "rb") as file:
                    found[name] = file.read()
        return found


class Restore(RestoreChecks):
    """Thunderbird: the same folders, counts, unread, starred and tagged messages; every body can be read."""

    source, target = "mbox", "plain"
    mail_below = ".thunderbird"

    def _wanted(self, source):
        account = next(account for account in source.accounts if account["type"] == "pop3")
        prefix = "mailbox://" + account["user"].replace("@", "%40") + "@"
        # the only name that a file cannot have; the client's own is a hash
        return {uri.split("/", 3)[3].replace("20248d3b21ed", "2024_%20plan_x"): (count, *source.marks.get(uri, [0, 0, 0]))
                for uri, count in source.folders.items() if uri.startswith(prefix)}

    def _shown(self, fresh):
        with Thunderbird(fresh.profile, self.scratch, app_directory=self.app_directory) as client:
            inspection.inspect_running(client, connect=False)  # the client indexes the files; it counts what is unread later
        with Thunderbird(fresh.profile, self.scratch, app_directory=self.app_directory) as client:
            shown = inspection.inspect_running(client, connect=False)
        middle = "/Restored%20"
        entries = {uri.split(middle)[1]: folder for uri, folder in inspection.local_folders(shown).items() if middle in uri}
        self._equal("every body can be read", [folder.get("unreadable") for folder in entries.values()], [0] * len(entries))
        return {uri.split("/", 1)[1]: (folder["total"], *inspection.marks(folder)) for uri, folder in entries.items() if "/" in uri}


class RestoreMaildir(Restore):
    """The same into a profile whose store is maildir."""

    target = "maildir"


class RestoreFromMaildir(Restore):
    """The other way round."""

    source = "maildir"


class EvolutionRestore(RestoreChecks):
    """Evolution: the same folders and counts, and the same flags of each message, as its own mail library shows them."""

    root = fixtures.EVOLUTION_ROOT
    source, target = "filters", "plain"
    mail_below = ".local/share/evolution/mail"

    def _prepare(self, source):
        local_marks(source, self.scratch, mark=True)

    def _wanted(self, source):
        return local_marks(source, self.scratch)

    def _shown(self, fresh):
        with Evolution(fresh, self.scratch) as client:
            self._equal("nothing asks or complains", client.quit(), [])
        shown = local_marks(fresh, self.scratch)
        (name,) = (name for name in shown if name.startswith("Restored ") and "/" not in name)
        return {folder[len(name) + 1:]: found for folder, found in shown.items() if folder.startswith(name + "/")}
