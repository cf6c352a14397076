"""A POP account that delivers into another one keeps getting its mail when only that other one is switched."""
from . import scenario

ALICE, BOB = "alice@lab.test", "bob@lab.test"


class Deferral(scenario.Scenario):
    fixture_name = "two-deferred"

    def steps(self):
        target = next(account for account in self.pop_accounts if account["user"] == ALICE)
        self.inbox = target["uri"] + "/Inbox"
        # A copied fixture has other file times than its indexes know: the client builds them anew at its first start, and
        # mail that arrives in that moment finds the folder locked. A person's profile is not in that state.
        self.look("before", self.all_types("pop3"))
        self.switch("--match", ALICE)
        for moment in ("switched", "after a restart"):
            self._deliver(BOB)
            self._look(moment, {ALICE: "imap", BOB: "pop3"})
        self._deliver(ALICE)  # as IMAP nobody downloads it: after the undo both accounts have one new message
        self.folders[self.inbox] += 1
        self.undo("--last")
        self.check_pop_prefs("undone")
        self._deliver(BOB)
        self._look("undone", self.all_types("pop3"))

    def _deliver(self, user):
        self.server.add(user, {"Subject": "new"})
        self.mail_on_server[user] += 1
        self.folders[self.inbox] += user == BOB

    def _look(self, moment, types):
        position = self.server.log_position()
        self.look(moment, types)
        self._equal(f"{moment}: {BOB}'s new mail is fetched", self._noted(1, lambda: self.server.retrieved(position, BOB)), 1)
