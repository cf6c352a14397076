"""What every scenario needs: a fixture laid out as a home, a server with its mail, profile-rewriter, and the real client."""
from lab import fixtures, inspection, passwords, prefs
from lab.checks import Checks
from lab.dovecot import Dovecot
from lab.rewriter import Rewriter
from lab.scratch import Scratch
from lab.thunderbird import Thunderbird


class Scenario(Checks):
    """`SubClass(app_directory, program).run()` returns [(check, passed, detail)]; a subclass says what happens in `steps`.

    A step that breaks off is a failed check, never an error.
    """

    fixture_name = "mbox"
    server_options = {}

    def __init__(self, app_directory=None, program=None):
        super().__init__()
        self.app_directory, self.program = app_directory, program

    def run(self):
        try:
            with Scratch("scenario") as self.scratch, Dovecot(self.scratch.directory("dovecot"), **self.server_options) as self.server:
                self._prepare()
                self.steps()
        except Exception as error:  # whatever stopped it, the checks it did not reach must not count as passed
            self._check("the scenario runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    def steps(self):
        raise NotImplementedError

    def _prepare(self):
        self.fixture = fixtures.copy_fixture(self.fixture_name, self.scratch.path("home"), self.server.ports)
        self.profile = self.fixture.profile
        passwords.suit(self.fixture, self.scratch, self.app_directory)
        for user, numbers in self.fixture.serverMail.items():
            self.server.seed(user, numbers)
        self.pop_accounts = [account for account in self.fixture.accounts if account["type"] == "pop3"]
        self.rewriter = Rewriter(self.scratch.path("state"), self.program)
        self.mail_on_server = {user: len(numbers) for user, numbers in self.fixture.serverMail.items()}
        self.folders = dict(self.fixture.folders)
        self.accounts_before = self.accounts_in_prefs()

    # What is done

    def target(self):
        """The arguments that name where the accounts go."""
        imap = self.pop_accounts[0]["imap"]
        return ["--imap-host", imap["host"], "--imap-port", imap["port"], "--security", imap["security"]]

    def switch(self, *arguments, accounts=1):
        """Applies and checks that so many accounts were switched; returns the answer."""
        answer = self.rewriter.call("apply", self.fixture.home, *self.target(), *arguments)
        self._equal("the switch is applied", (answer.status, answer.column("status")), (0, ["applied"] * accounts), answer.said)
        return answer

    def undo(self, *arguments, accounts=1):
        """Rolls back and checks that so many accounts were undone; returns the answer."""
        answer = self.rewriter.call("rollback", *arguments)
        self._equal("the undo is complete", (answer.status, answer.column("status")), (0, ["undone"] * accounts), answer.said)
        return answer

    def client(self, **options):
        return Thunderbird(self.profile, self.scratch, app_directory=self.app_directory, **options)

    def look(self, moment, types, fetch=True):
        """Opens the profile and checks that nothing asks or is lost; `types` says what each user's account must be.

        Returns what the client shows.
        """
        shown = inspection.inspect(self.profile, self.scratch, app_directory=self.app_directory, in_place=True, fetch=fetch)
        self.check_shown(moment, shown, types)
        return shown

    # What is checked

    def check_shown(self, moment, shown, types):
        self._equal(f"{moment}: nothing asks", shown["dialogs"], [])
        self._equal(f"{moment}: nothing complains", shown["alerts"], [])
        found = {account["user"]: (account["type"], account.get("login")) for account in shown["accounts"] if account["user"] in types and account["type"] in ("pop3", "imap")}
        found = {user: found.get(user) for user in types}
        self._equal(f"{moment}: {' and '.join(sorted(set(types.values())))}, logged in", found, {user: (kind, inspection.OK) for user, kind in types.items()})
        self.check_mail(moment, shown)

    def check_mail(self, moment, shown):
        """Every local folder has its mail, all of it can be read, and the server has what it had."""
        local = inspection.local_folders(shown)
        # The empty folders of a deferred account, which nobody ever saw, may be gone.
        wanted = {uri: count for uri, count in self.folders.items() if count or not uri.startswith(self._deferred())}
        self._equal(f"{moment}: every local folder has its mail", {uri: local[uri]["total"] for uri in wanted if uri in local}, wanted)
        bad = {uri: folder.get("error") or folder["unreadable"] for uri, folder in local.items() if folder.get("error") or folder.get("unreadable")}
        self._equal(f"{moment}: every local message can be read", bad, {})
        self._equal(f"{moment}: the server has its mail", {user: self.server.count(user) for user in self.mail_on_server}, self.mail_on_server)

    def check_pop_prefs(self, moment):
        self._equal(f"{moment}: the accounts are as they were", self.accounts_in_prefs(), self.accounts_before)

    # Helpers

    def accounts_in_prefs(self):
        """What decides where accounts connect and store."""
        kept = ("type", "hostname", "userName", "port", "socketType", "deferred_to_account", "name", "directory-rel")
        return {key: {name: server.get(name) for name in kept} for key, server in prefs.servers(prefs.read(self.profile)).items()}

    def all_types(self, kind):
        return {account["user"]: kind for account in self.pop_accounts}

    def _deferred(self):
        return tuple(account["uri"] + "/" for account in self.pop_accounts if account["pop"]["deferredTo"])


def account_of(shown, user, types=("pop3", "imap")):
    """The account of this user among what the client shows, {} if there is none."""
    return next((account for account in shown["accounts"] if account["user"] == user and account["type"] in types), {})
