"""What Evolution's scenarios need beside the others': a fixture of its, and looking at the home through it."""
import os

from lab import evolution, fixtures, keyfile
from lab.evolution import Evolution, Store
from lab.rewriter import Rewriter

from . import scenario


class EvolutionScenario(scenario.Scenario):
    fixture_name = "keep"
    trusted = True  # whether the laboratory's authority is

    def _prepare(self):
        self.take(fixtures.copy_fixture(self.fixture_name, self.scratch.path("home"), self.server.ports, fixtures.EVOLUTION_ROOT))
        self.rewriter = Rewriter(self.scratch.path("state"), self.program)

    def take(self, fixture):
        """Works with this home from now on, and with the server's mail that it wants."""
        self.fixture, self.store = fixture, Store(fixture)
        for user, numbers in fixture.serverMail.items():
            self.server.seed(user, numbers)
        self.pop_accounts = [account for account in fixture.accounts if account["type"] == "pop3"]
        self.account = self.pop_accounts[0]
        self.folders = dict(fixture.folders)
        self.new_mail = dict.fromkeys(fixture.serverMail, 0)  # what POP has not fetched yet

    # What is done

    def client(self, **options):
        return Evolution(self.fixture, self.scratch, trusted=self.trusted, **options)

    def add_mail(self, **headers):
        """New mail for every POP account."""
        for account in self.pop_accounts:
            self.server.add(account["user"], {"Subject": "added", **headers})
            self.new_mail[account["user"]] += 1

    def look(self, moment, kind):
        """Opens Evolution and checks that nothing asks or is lost; `kind` says what the accounts must be, "pop" or "imapx".

        It may be a dictionary with a kind for each user.
        """
        position = self.server.log_position()
        kinds = kind if isinstance(kind, dict) else {account["user"]: kind for account in self.pop_accounts}
        fetching = [user for user, name in kinds.items() if name == "pop"]
        self.folders["Inbox"] += sum(self.new_mail[user] for user in fetching)
        with self.client() as client:
            for account in self.pop_accounts:
                self.await_account(client, account, kinds[account["user"]], position)
            self._wait(lambda: self.store.local_folders() == self.folders)
            self._equal(f"{moment}: nothing asks or complains", client.quit(), [])
        self.check_mail(moment)
        if fetching:
            wanted = {user: self.new_mail[user] for user in fetching}
            fetched = self._noted(wanted, lambda: {user: self.server.retrieved(position, user) for user in fetching})
            self._equal(f"{moment}: POP fetches only what is new", fetched, wanted)
            self.new_mail.update(dict.fromkeys(fetching, 0))
        self.check_kinds(moment, kinds)

    def await_account(self, client, account, kind, position):
        user = account["user"]
        if kind == "pop":
            client.await_(lambda: self.server.pop3_sessions(position, user), f"{user}'s login by POP")
        else:
            wanted = self.server.folder_counts(user, include_deleted=True).get("INBOX", 0)
            client.await_(lambda: self.store.server_folders(account["account"]).get("INBOX") == wanted, f"{wanted} messages in {user}'s INBOX")
            client.await_(lambda: keyfile.value(self.source_path(account["account"]), "Mail Account", "NeedsInitialSetup") == "false", f"{user}'s setup")

    # What is checked

    def check_mail(self, moment):
        self._equal(f"{moment}: On This Computer has its mail", self.store.local_folders(), self.folders)
        deleted = {user: self.server.folder_counts(user, include_deleted=True).get("INBOX", 0) - self.server.count(user) for user in self.fixture.serverMail}
        self._equal(f"{moment}: no mail is marked as deleted on the server", deleted, dict.fromkeys(deleted, 0))

    def check_kinds(self, moment, kinds):
        registered = evolution.registered_accounts(self.fixture, self.scratch, trusted=self.trusted)
        entries = {account["user"]: registered.get(account["account"], {}) for account in self.pop_accounts}
        found = {user: tuple(map(entry.get, ("backend", "connected", "questions"))) for user, entry in entries.items()}
        self._equal(f"{moment}: {' and '.join(sorted(set(kinds.values())))}, logged in with the stored password", found,
                    {user: (kind, True, []) for user, kind in kinds.items()}, registered)

    # Helpers

    def source_path(self, uid):
        return os.path.join(self.fixture.profile, "sources", uid + ".source")

    def settings(self):
        """{path below the home: bytes} of all that a switch may change: account files, and the cache directories."""
        directory = os.path.join(self.fixture.profile, "sources")
        files = {}
        for name in os.listdir(directory):
            with open(os.path.join(directory, name), "rb") as file:
                files[name] = file.read()
        cache = self.store.path("cache", "mail")
        return {**files, "cache": sorted(os.listdir(cache)) if os.path.isdir(cache) else []}
