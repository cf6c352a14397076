"""The full cycle of one of Evolution's fixtures: switch, use the real client, get mail, undo, use the client again. See README.md."""
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cycle import SERVERS
from lab import evolution, fixtures, keyfile
from lab.checks import Checks
from lab.dovecot import Dovecot
from lab.evolution import Evolution, Store
from lab.evolution_recipes import METHODS
from lab.rewriter import Rewriter
from lab.scratch import Scratch

# Mail that comes while the account is IMAP; the rule of the fixture "filters" moves the second when it comes by POP.
NEW_MAIL = ({"Subject": "after the switch"}, {"Subject": "to the list", "From": "List <list@lists.test>"})
MOVED_TO = "Lists"
# Groups that only an IMAP account has. They mean nothing to a POP account, and the client fills them by itself.
IMAP_GROUPS = {"Imapx Backend", "Offline"}


class EvolutionCycle(Checks):
    """`EvolutionCycle("keep").run()` returns [(check, passed, detail)]. A step that breaks off is a failed check, never an error.

    "keep@courier" is the fixture keep with one of `cycle.SERVERS`.
    make_rewriter(state directory) returns what switches and undoes, see `cycle.Cycle`.
    """

    def __init__(self, case, make_rewriter=Rewriter):
        self.variant, _, server = case.partition("@")
        self.server_options = SERVERS[server] if server else {}
        self.make_rewriter = make_rewriter
        super().__init__()

    def run(self):
        try:
            options = {"apop": any(_auth(account) == "+APOP" for account in fixtures.load(self.variant, fixtures.EVOLUTION_ROOT)["accounts"])}
            with Scratch(f"cycle-{self.variant}") as scratch, Dovecot(scratch.directory("dovecot"), **options, **self.server_options) as server:
                self._prepare(scratch, server)
                for step in (self._switch, self._ask_registry, self._use_as_imap, self._undo, self._use_as_pop):
                    step()
        except Exception as error:  # whatever stopped the cycle, the checks it did not reach must not count as passed
            self._check("the cycle runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    # The steps

    def _prepare(self, scratch, server):
        self.scratch, self.server = scratch, server
        self.fixture = fixtures.copy_fixture(self.variant, scratch.path("home"), server.ports, fixtures.EVOLUTION_ROOT)
        self.store = Store(self.fixture)
        self.pop_accounts = [account for account in self.fixture.accounts if account["type"] == "pop3"]
        for user, numbers in self.fixture.serverMail.items():
            server.seed(user, numbers)
        self.rewriter = self.make_rewriter(scratch.path("state"))
        self.sources_before = self._sources()
        self.mail_before = self.store.local_mail()
        self.files_before = self.store.mail_files()
        self.downloaded_before = self._downloaded()

    def _switch(self):
        rows = self.rewriter.switch(self.fixture)
        wanted = {account["account"]: "applied" for account in self.pop_accounts}
        self._equal("the switch is applied to every account", {row["account"]: row["status"] for row in rows if row["account"] in wanted}, wanted, rows)
        self._equal("the switch touches no mail", _changed(self.files_before, self.store.mail_files()), [])
        self._equal("the switch makes no account", sorted(self._sources()), sorted(self.sources_before))

    def _ask_registry(self):
        registered = evolution.registered_accounts(self.fixture, self.scratch)
        for account in self.pop_accounts:
            user, imap, entry = account["user"], account["imap"], registered.get(account["account"], {})
            self._equal(f"registry: {user} is IMAP", _server(entry), ("imapx", imap["host"], imap["port"], METHODS[imap["security"]]), entry)
            self._equal(f"registry: {user} logs in with the stored password",
                        (entry.get("passwordStored"), entry.get("connected"), entry.get("questions")), (True, True, []), entry)
            self._equal(f"registry: {user} has the server's INBOX", entry.get("inbox"), len(self.fixture.serverMail[user]), entry)
        self._check_others(registered)

    def _use_as_imap(self):
        with Evolution(self.fixture, self.scratch) as client:
            for account in self.pop_accounts:
                self._await_inbox(client, account, 0)
                self._check_setup(client, account)
            for account in self.pop_accounts:
                for headers in NEW_MAIL:
                    self.server.add(account["user"], headers)
            for account in self.pop_accounts:
                self._await_inbox(client, account, len(NEW_MAIL))
            self._equal("IMAP: nothing asks or complains", client.quit(), [])
        self._equal("IMAP: On This Computer is as it was", self.store.local_folders(), self.fixture.folders)
        self._equal("IMAP: local mail is as it was", _changed(self.mail_before, self.store.local_mail()), [])
        for account in self.pop_accounts:
            user, kept = account["user"], len(self.fixture.serverMail[account["user"]]) + len(NEW_MAIL)
            found = [self.server.folder_counts(user, include_deleted=deleted).get("INBOX", 0) for deleted in (False, True)]
            self._equal(f"IMAP: {user}'s mail stays on the server, none marked as deleted", found, [kept, kept])
        self._check_identities()

    def _undo(self):
        files_before = self.store.local_mail()
        rows = self.rewriter.undo(self.fixture)
        bad = [row for row in rows if row["status"] not in ("undone", "unchanged")]
        self._check("the undo is complete", rows and not bad, bad or rows)
        self._equal("the undo touches no local mail", _changed(files_before, self.store.local_mail()), [])
        after = self._sources()
        for account in self.pop_accounts:
            for role in ("account", "identity", "transport"):
                name = account[role]
                self._equal(f"the undo restores {account['user']}'s {role}", _without_imap(after.get(name, {})), _without_imap(self.sources_before[name]))
        self._equal("the undo leaves no account behind", sorted(after), sorted(self.sources_before))
        self._equal("the undo keeps the record of what was downloaded", self._downloaded(), self.downloaded_before)

    def _use_as_pop(self):
        registered = evolution.registered_accounts(self.fixture, self.scratch)
        position = self.server.log_position()
        wanted = self._folders_after_pop()
        with Evolution(self.fixture, self.scratch) as client:
            for account in self.pop_accounts:
                client.await_(lambda: self.server.pop3_sessions(position, account["user"]), f"{account['user']}'s login by POP")
            self._wait(lambda: self.store.local_folders() == wanted)
            self._equal("POP: nothing asks or complains", client.quit(), [])
        for account in self.pop_accounts:
            user, pop, entry = account["user"], account["pop"], registered.get(account["account"], {})
            self._equal(f"POP: {user} is POP again", _server(entry), ("pop", pop["host"], pop["port"], METHODS[pop["security"]]), entry)
            self._equal(f"POP: {user} logs in with the stored password",
                        (entry.get("passwordStored"), entry.get("connected"), entry.get("questions")), (True, True, []), entry)
            fetched = self._noted(len(NEW_MAIL), lambda: self.server.retrieved(position, user))
            self._equal(f"POP: {user} fetches only what is new", fetched, len(NEW_MAIL))
            kept = len(self.fixture.serverMail[user]) + len(NEW_MAIL) if pop["keepOnServer"] else 0
            self._equal(f"POP: {user}'s mail is on the server as the account has it", self.server.count(user), kept)
        self._equal("POP: local folders have their mail and what is new", self.store.local_folders(), wanted)
        now = self.store.local_mail()
        self._equal("POP: local mail is as it was", [name for name in _changed(self.mail_before, now) if name in self.mail_before], [])
        self._check_others(registered)

    # What is checked

    def _await_inbox(self, client, account, new):
        wanted = len(self.fixture.serverMail[account["user"]]) + new
        shown = lambda: self.store.server_folders(account["account"]).get("INBOX")
        name = f"IMAP: {account['user']} " + ("gets new mail" if new else "sees the server's INBOX")
        client.await_(lambda: shown() == wanted, name, seconds=20, may_fail=True)
        self._equal(name, shown(), wanted)

    def _check_setup(self, client, account):
        """At the first login Evolution asks the server for its folders and writes them into the account and its identity."""
        path = self._source_path(account["identity"])
        wanted = self._folder(account, self.server.sent_name)
        client.await_(lambda: keyfile.value(path, "Mail Submission", "SentFolder") == wanted, "Sent on the server", seconds=20, may_fail=True)

    def _check_identities(self):
        registered = evolution.registered_accounts(self.fixture, self.scratch, connect=False)
        for account in self.pop_accounts:
            entry = registered.get(account["account"], {})
            self._equal(f"IMAP: {account['user']}'s sent mail and drafts go to the server", (entry.get("sent"), entry.get("drafts")),
                        (self._folder(account, self.server.sent_name), self._folder(account, "Drafts")), entry)
            self._equal(f"IMAP: {account['user']} is set up", entry.get("needs-initial-setup"), False)

    def _check_others(self, registered):
        others = {account["account"]: "imapx" for account in self.fixture.accounts if account["type"] == "imap"}
        if others:
            self._equal("other accounts are as they were", {uid: registered.get(uid, {}).get("backend") for uid in others}, others)

    # Helpers

    def _sources(self):
        """{source: {group: {key: value}}} of every account file."""
        directory = os.path.join(self.fixture.profile, "sources")
        return {name.removesuffix(".source"): keyfile.read(os.path.join(directory, name)) for name in os.listdir(directory) if name.endswith(".source")}

    def _folder(self, account, name):
        """The folder of the account on the server as Evolution writes it."""
        path = (self.server.prefix + name).replace(self.server.separator, "/")
        return f"folder://{account['account']}/{urllib.parse.quote(path)}"

    def _source_path(self, uid):
        return os.path.join(self.fixture.profile, "sources", uid + ".source")

    def _downloaded(self):
        return {account["account"]: self.store.downloaded(account["account"]) for account in self.pop_accounts}

    def _folders_after_pop(self):
        wanted = dict(self.fixture.folders)
        moved = self._moves_lists()
        for _ in self.pop_accounts:
            wanted["Inbox"] += len(NEW_MAIL) - moved
            if moved:
                wanted[MOVED_TO] += moved
        return wanted

    def _moves_lists(self):
        """How much of the new mail a rule moves when it comes by POP."""
        return int(self.variant == "filters")


def _auth(account):
    return account.get("pop", {}).get("auth")


def _server(entry):
    return tuple(entry.get(key) for key in ("backend", "host", "port", "security"))


def _without_imap(groups):
    return {name: keys for name, keys in groups.items() if name not in IMAP_GROUPS}


def _changed(before, after):
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
