"""The full cycle of a fixture of Claws Mail or Sylpheed: switch, use the real client, get mail, undo, use the client again. See README.md."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import fixtures
from lab.checks import Checks
from lab.dovecot import Dovecot
from lab.rewriter import Rewriter
from lab.scratch import Scratch
from lab.sylpheed_family import FamilyClient, Home
from lab.sylpheed_family_making import SECURITY

IMAP_NUMBER = {"claws-mail": "1", "sylpheed": "3"}
# Keys that the client renews when it takes over the files of an old version.
CLIENTS_OWN = {"config_version", "autochk_interval"}
NEW_MAIL = {"Subject": "after th switch"}  # no rule of the fixtures takes it


class FamilyCycle(Checks):
    """`FamilyCycle("claws-mail", "tls").run()` returns [(check, passed, detail)]. A step that breaks off is a failed check, never an error."""

    def __init__(self, program, variant, make_rewriter=Rewriter):
        self.program, self.variant, self.make_rewriter = program, variant, make_rewriter
        super().__init__()

    def run(self):
        try:
            with Scratch(f"cycle-{self.variant}") as scratch, Dovecot(scratch.directory("dovecot")) as server:
                self._prepare(scratch, server)
                for step in (self._switch, self._use_as_imap, self._undo, self._use_as_pop):
                    step()
        except Exception as error:  # whatever stopped the cycle, the checks it did not reach must not count as passed
            self._check("the cycle runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    # The steps

    def _prepare(self, scratch, server):
        self.scratch, self.server = scratch, server
        self.fixture = fixtures.copy_fixture(self.variant, scratch.path("home"), server.ports, os.path.join(fixtures.ALL, self.program))
        self.home = Home(self.fixture)
        for user, numbers in self.fixture.serverMail.items():
            server.seed(user, numbers)
        for account in self.fixture.accounts:
            server.add(account["user"], {"Subject": "long gone"}, folder="Trash")
        self.rewriter = self.make_rewriter(scratch.path("state"))
        self.accounts_before, self.mail_before, self.others_before = self.home.accounts(), self.home.local_mail(), self.home.other_files()

    def _switch(self):
        rows = self.rewriter.switch(self.fixture)
        wanted = {account["account"]: "applied" for account in self.fixture.accounts}
        self._equal("the switch is applied to every account", {row["account"]: row["status"] for row in rows}, wanted, rows)
        self._equal("the switch touches no mail", self.home.local_mail() == self.mail_before, True)
        self._equal("the switch touches no password, rule or record", self.home.other_files(), self.others_before)

    def _use_as_imap(self):
        with FamilyClient(self.program, self.fixture, self.scratch) as client:
            client.receive()
            for account in self.fixture.accounts:
                self._await_inbox(client, account, 0)
                self.server.add(account["user"], NEW_MAIL)
            client.receive()
            for account in self.fixture.accounts:
                self._await_inbox(client, account, 1)
            reasons = {row.get("reason") for row in self.rewriter.undo(self.fixture)}
            self._equal("a running client's profile is refused", reasons, {"client-running"})
            self._equal("IMAP: nothing asks or complains", client.quit(), [])
        self._equal("IMAP: local mail is as it was", self.home.local_mail() == self.mail_before, True, self.home.local_folders())
        for account in self.fixture.accounts:
            user, number = account["user"], account["account"]
            kept = len(self.fixture.serverMail[user]) + 1
            found = [self.server.folder_counts(user, include_deleted=deleted) for deleted in (False, True)]
            self._equal(f"IMAP: {user}'s mail stays on the server, none marked as deleted", [counts["INBOX"] for counts in found], [kept, kept])
            self._equal(f"IMAP: {user}'s trash on the server is not emptied", found[0].get("Trash"), 1)
            now, imap = self.home.accounts()[number], account["imap"]
            self._equal(f"IMAP: {user} is IMAP for the client, too",
                        [now.get(key) for key in ("protocol", "receive_server", "imap_port", "ssl_imap")],
                        [IMAP_NUMBER[self.program], imap["host"], str(imap["port"]), str(SECURITY[imap["security"]])])
        self._equal("IMAP: the client keeps the servers' folders", self.home.server_trees(), [account["account"] for account in self.fixture.accounts])

    def _undo(self):
        rows = self.rewriter.undo(self.fixture)
        bad = [row for row in rows if row["status"] not in ("undone", "unchanged")]
        self._check("the undo is complete", rows and not bad, bad or rows)
        after = self.home.accounts()
        for number, before in self.accounts_before.items():
            self._equal(f"the undo restores account {number}", {key: after[number].get(key) for key in before if key not in CLIENTS_OWN},
                        {key: value for key, value in before.items() if key not in CLIENTS_OWN})
        self._equal("the undo takes the servers' folders out of folderlist.xml", self.home.server_trees(), [])
        self._equal("the undo touches no local mail", self.home.local_mail() == self.mail_before, True)
        self._equal("the undo touches no password, rule or record", self.home.other_files(), self.others_before)

    def _use_as_pop(self):
        position = self.server.log_position()
        with FamilyClient(self.program, self.fixture, self.scratch) as client:
            client.receive()
            for account in self.fixture.accounts:
                client.await_(lambda: self.server.pop3_sessions(position, account["user"]), f"{account['user']}'s login by POP")
            self._equal("POP: nothing asks or complains", client.quit(), [])
        for account in self.fixture.accounts:
            user = account["user"]
            on_server = len(self.fixture.serverMail[user])
            self._equal(f"POP: {user} fetches only what is new", self.server.retrieved(position, user), 1)
            self._equal(f"POP: {user}'s mail is on the server as the account has it", self.server.count(user),
                        on_server + 1 if account["pop"]["keepOnServer"] else 0)
        now = self.home.local_mail()
        self._equal("POP: local mail is as it was, and what is new", (len(now), {path: now.get(path) for path in self.mail_before} == self.mail_before),
                    (len(self.mail_before) + len(self.fixture.accounts), True))

    def _await_inbox(self, client, account, new):
        wanted = len(self.fixture.serverMail[account["user"]]) + new
        shown = lambda: client.counts().get(f"#imap/{account['name']}/INBOX")
        name = f"IMAP: {account['user']} " + ("gets new mail" if new else "sees the server's INBOX")
        for _ in range(3):
            client.await_(lambda: shown() == wanted, name, seconds=8, may_fail=True)
            if shown() == wanted:
                break
            # Told once, Sylpheed leaves two new servers at 0 on a fast machine; told again it reads them.
            client.receive()
        self._equal(name, shown(), wanted, client.problems())
