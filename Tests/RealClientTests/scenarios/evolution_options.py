"""The options of apply and rollback do in Evolution what they say."""
import os

from lab import evolution

from . import evolution_scenario


class StopClients(evolution_scenario.EvolutionScenario):
    """Asked for, a running Evolution is closed as its user would, and the change is made."""

    def steps(self):
        with self.client() as client:
            client.await_(self.server.pop3_sessions, "the login by POP")
            self.switch("--stop-clients")
            self._check_ended(client, "the switch")
        self.look("switched", "imapx")
        with self.client() as client:
            client.await_(lambda: self.store.server_folders(self.account["account"]).get("INBOX"), "the INBOX")
            self.undo("--last", "--stop-clients")
            self._check_ended(client, "the undo")
        self.look("undone", "pop")

    def _check_ended(self, client, what):
        # Its own mark of a run that did not end well.
        crashed = os.path.exists(os.path.join(self.fixture.profile, ".running"))
        self._equal(f"{what} has Evolution quit", (client.process.poll(), crashed), (0, False))
        client.kill()


class LeaveOnServer(evolution_scenario.EvolutionScenario):
    """What came in between is fetched after the undo, but not deleted where it was asked to stay."""

    fixture_name = "nokeep"

    def steps(self):
        self.switch()
        self.add_mail()
        self.look("switched", "imapx")
        self.undo("--last", "--leave-on-server")
        self.look("undone", "pop")
        self._equal("the mail that came in between is still on the server", self.server.count(self.account["user"]), 1)


class OfflineMail(evolution_scenario.EvolutionScenario):
    """With yes Evolution keeps a copy of every message of the INBOX, with no it does not."""

    def steps(self):
        for option in ("yes", "no"):
            self.add_mail(Subject=f"with {option}")
            before = self._copies()
            self.switch("--offline-mail", option)
            with self.client() as client:
                self.await_account(client, self.account, "imapx", 0)
                wanted = self.server.count(self.account["user"]) if option == "yes" else before
                client.await_(lambda: self._copies() == self.server.count(self.account["user"]), "copies", seconds=10 if option == "yes" else 3, may_fail=True)
                self._equal(f"{option}: messages that are copied", self._copies(), wanted)
                self._equal(f"{option}: nothing asks or complains", client.quit(), [])
            self.undo("--last")
            self.look(f"{option} undone", "pop")

    def _copies(self):
        root = self.store.path("cache", "mail", self.account["account"], "folders", "INBOX", "cur")
        return sum(len(names) for _, _, names in os.walk(root))


class PathPrefix(evolution_scenario.EvolutionScenario):
    """A server whose folders all lie below INBOX: sent mail and drafts find their place."""

    server_options = {"prefix": "INBOX."}

    def steps(self):
        self.switch("--path-prefix", "INBOX.")
        self.look("switched", "imapx")
        entry = evolution.registered_accounts(self.fixture, self.scratch, connect=False)[self.account["account"]]
        here = f"folder://{self.account['account']}/"
        self._equal("sent mail and drafts go to the server", (entry["sent"], entry["drafts"]), (here + "INBOX/Sent", here + "INBOX/Drafts"))
        self.undo("--last")
        self.look("undone", "pop")
