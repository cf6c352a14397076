"""Two accounts on one host, switched together or one by one, undone one after the other in either order."""
from . import scenario

ALICE, BOB = "alice@lab.test", "bob@lab.test"


class BothOrders(scenario.Scenario):
    """The client opens the profile after every step; it must find both accounts working each time."""

    fixture_name = "two"
    one_run = True
    first, second = ALICE, BOB

    def steps(self):
        changes = self._switch_in_one_run() if self.one_run else self._switch_in_two_runs()
        # In one run both are one change, of which first an account and then what is left is undone.
        self.undo(changes[self.first], "--match", self.first)
        self.look(f"{self.first} undone", {self.first: "pop3", self.second: "imap"})
        self.undo(changes[self.second])
        self.check_pop_prefs("both undone")
        self.look("both undone", self.all_types("pop3"))

    def _switch_in_one_run(self):
        answer = self.switch(accounts=2)
        self.look("both switched", self.all_types("imap"))
        self._equal("both are one change", len(set(answer.column("change"))), 1)
        return dict.fromkeys((ALICE, BOB), answer.results[0]["change"])

    def _switch_in_two_runs(self):
        alice = self.switch("--match", ALICE).results[0]["change"]
        self.look(f"{ALICE} switched", {ALICE: "imap", BOB: "pop3"})
        bob = self.switch("--match", BOB).results[0]["change"]
        self.look("both switched", self.all_types("imap"))
        return {ALICE: alice, BOB: bob}


class OneRunReversed(BothOrders):
    first, second = BOB, ALICE


class TwoRuns(BothOrders):
    """The older change is undone first: only what the newer one still needs may stay."""
    one_run = False


class TwoRunsReversed(TwoRuns):
    first, second = BOB, ALICE
