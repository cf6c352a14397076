"""A setting that empties local trash and junk at every exit never empties the server's after the switch.

Evolution empties what it has seen of a folder: here the user lets it look for new mail in all folders.
"""
import os

from lab import evolution

from . import evolution_scenario

SETTINGS = """\
[org/gnome/evolution/mail]
trash-empty-on-exit=true
trash-empty-on-exit-days=0
junk-empty-on-exit=true
junk-empty-on-exit-days=0
"""
MAIL = {"Trash": 3, "Junk": 2}


class EmptiedOnExit(evolution_scenario.EvolutionScenario):
    def steps(self):
        self._fill()
        self._set(SETTINGS)
        answer = self.switch()
        self._check("the switch says so", "server-side-deletion" in answer.warnings(), answer.said)
        self._check_all_folders()
        for moment in ("switched", "opened again"):
            self.look(moment, "imapx")
            self._equal(f"{moment}: the server's trash and junk have their mail", self._counts(), MAIL)
        seen = self.store.server_folders(self.account["account"])
        self._equal("Evolution has seen it", {folder: seen.get(folder) for folder in MAIL}, MAIL)
        self.undo("--last")
        self.look("undone", "pop")
        self._equal("undone: the server's trash and junk have their mail", self._counts(), MAIL)

    def _fill(self):
        for folder, count in MAIL.items():
            for number in range(count):
                self.server.add(self.account["user"], {"Subject": f"{folder} {number}"}, folder=folder, flags="S")

    def _counts(self):
        counts = self.server.folder_counts(self.account["user"])
        return {folder: counts.get(folder, 0) for folder in MAIL}

    def _check_all_folders(self):
        with open(self.source_path(self.account["account"]), "a") as file:
            file.write("\n[Imapx Backend]\nCheckAll=true\n")

    def _set(self, text):
        trees = evolution.directories(self.fixture.description["profile"])
        path = os.path.join(self.fixture.home, trees["config"], "glib-2.0", "settings", "keyfile")
        os.makedirs(os.path.dirname(path), mode=0o700)
        with open(path, "w") as file:
            file.write(text)


class EmptiedOnExitUnheld(EmptiedOnExit):
    """The control: an account that was switched before the setting was made has its trash emptied."""

    def steps(self):
        self._fill()
        self.switch()
        self._check_all_folders()
        self._set(SETTINGS)
        with self.client() as client:
            self.await_account(client, self.account, "imapx", 0)
            client.await_(lambda: self.store.server_folders(self.account["account"]).get("Trash") == MAIL["Trash"], "the trash")
        self._equal("the server's trash is empty", self._counts()["Trash"], 0)
