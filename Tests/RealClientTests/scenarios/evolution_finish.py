"""The switch turns the rules for incoming mail off, or they would treat all the old mail on the server; `finish` turns them on."""
import time

from lab import fixtures, keyfile
from lab.evolution import Evolution, Store
from lab.rewriter import Rewriter

from . import evolution_scenario

LIST = {"Subject": "to the list", "From": "List <list@lists.test>"}
LISTS = "Lists"  # where the fixture's rule moves it


class Finish(evolution_scenario.EvolutionScenario):
    fixture_name = "filters"

    def steps(self):
        change = self.switch().column("change")[0]
        self._check_finish("before Evolution has run", 3, ["refused"], "not-yet")
        with self.client() as client:
            self.await_account(client, self.account, "imapx", 0)
            self._check_finish("while Evolution runs", 3, ["refused"], "client-running")
            self._equal("switched: nothing asks or complains", client.quit(), [])
        self.check_mail("switched")
        self._check_finish("after Evolution has got all mail", 0, ["applied"], None)
        self._equal("finished: rules treat incoming mail", self._rules_are_on(), "true")
        self._check_finish("again", 0, [], None)
        self._receive()
        answer = self.rewriter.call("rollback", change)
        self._equal("the undo takes what was finished back, too", (answer.status, answer.column("status")), (0, ["undone"] * 2), answer.said)
        self._equal("undone: rules treat incoming mail, as before", self._rules_are_on() in (None, "true"), True)
        self.look("undone", "pop")

    def _receive(self):
        """The rule moves new mail, and leaves what was there before."""
        user = self.account["user"]
        self.add_mail(Subject="not for the rule")
        self.server.add(user, LIST)
        self.folders[LISTS] += 1
        with self.client() as client:
            client.await_(lambda: self.store.local_folders() == self.folders, "the rule to move new mail")
            client.await_(lambda: self.server.count(user) == len(self.fixture.serverMail[user]) + 1, "the moved mail to leave the server's INBOX")
            self._equal("finished: nothing asks or complains", client.quit(), [])
        self._equal("finished: On This Computer has old mail and what the rule moved", self.store.local_folders(), self.folders)
        self._equal("finished: old mail stays on the server", self.server.numbers(user), self.fixture.serverMail[user])

    def _check_finish(self, moment, status, statuses, reason):
        answer = self.rewriter.call("finish", self.fixture.home)
        found = (answer.status, [row["status"] for row in answer.results if row["status"] != "unchanged"], {row["reason"] for row in answer.results if row["reason"]})
        self._equal(f"finish {moment}", found, (status, statuses, {reason} - {None}), answer.said)

    def _rules_are_on(self):
        return keyfile.value(self.source_path(self.account["account"]), "Imapx Backend", "FilterInbox")


class FinishInterrupted(evolution_scenario.EvolutionScenario):
    """Whenever the first synchronisation is cut off by a crash, `finish` never lets the rules loose on old mail; nor by an old cache."""

    fixture_name = "filters"
    mail = 2500
    moments = (0, 0.1, 0.3)  # seconds after the login

    def steps(self):
        user = self.account["user"]
        for number in range(self.mail - self.server.count(user)):
            self.server.add(user, {**LIST, "Message-ID": f"<more-{number}@lists.test>"})
        cut_off = 0
        for seconds in self.moments:
            moment = f"cut off {seconds} s after the login"
            self._start_afresh(moment)
            self.switch()
            self._cut_off(seconds)
            cut_off += self._headers() < self.mail
            self._finish_and_look(moment)
        self._check("a first synchronisation was cut off", cut_off, self._headers())
        answer = self.rewriter.call("rollback", "--all")
        self._equal("the undo is complete", (answer.status, set(answer.column("status"))), (0, {"undone"}), answer.said)
        for number in range(50):
            self.server.add(user, {**LIST, "Message-ID": f"<later-{number}@lists.test>"})
        self.switch()
        self._finish_and_look("with the cache of an earlier switch")

    def _start_afresh(self, name):
        directory = name.replace(" ", "-")
        self.fixture = fixtures.copy_fixture(self.fixture_name, self.scratch.path(directory), self.server.ports, fixtures.EVOLUTION_ROOT)
        self.store = Store(self.fixture)
        self.rewriter = Rewriter(self.scratch.path(directory + "-state"), self.program)
        self.position = self.server.log_position()

    def _cut_off(self, seconds):
        client = Evolution(self.fixture, self.scratch)
        client.start(window=False)
        try:
            deadline = time.monotonic() + client.timeout
            while not self._has_logged_in() and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(seconds)
        finally:
            client.kill()

    def _finish_and_look(self, moment):
        headers = self._headers()
        answer = self.rewriter.call("finish", self.fixture.home)
        waits = answer.column("reason") == ["not-yet"]
        self._check(f"{moment}: finish waits, or all had come ({headers} headers)", waits or headers == self.server.count(self.account["user"]), answer.said)
        with self.client() as client:
            self.await_account(client, self.account, "imapx", self.position)
            self._equal(f"{moment}: nothing asks or complains", client.quit(), [])
        self.check_mail(moment)
        if waits:
            answer = self.rewriter.call("finish", self.fixture.home)
            self._equal(f"{moment}: finish when all had come", answer.column("status"), ["applied"], answer.said)

    def _has_logged_in(self):
        return "imap-login: Info: Login" in self.server.log(self.position)

    def _headers(self):
        return self.store.server_headers(self.account["account"])
