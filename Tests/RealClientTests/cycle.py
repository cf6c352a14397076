"""The full cycle of one fixture: switch, use the real client, get mail, undo, use the client again. See README.md."""
import datetime
import email.utils
import hashlib
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import fixtures, inspection, passwords, prefs, references
from lab.checks import Checks
from lab.dovecot import Dovecot
from lab.rewriter import Rewriter
from lab.scratch import Scratch
from lab.thunderbird import Thunderbird

# Mail that comes while the account is IMAP: one message that no filter of the fixtures concerns, and one that a filter
# copies to a local folder, which tells that the filters are at work and leaves the server's INBOX alone.
NEW_SUBJECTS = ("after the switch", "an emoji after the switch")
# What an undo must bring back, whatever the client did meanwhile; what it need not: what the client goes on counting, and
# the mode it sets when it corrects Sent and Drafts, which only says how the settings page shows the folder.
RESTORED = re.compile(r"mail\.(account|accountmanager|server|identity|smtp|smtpserver|smtpservers)\b")
CLIENTS_OWN = ("nextFilterTime", "lastKey", "_folder_picker_mode")
FILTER_NAME = "copy to local ü"
FILTERED_TO = "mailbox://nobody@Local%20Folders/Local%20Stuff"
UNIFIED_INBOX = "mailbox://nobody@smart%20mailboxes/Inbox"


# Other servers than the usual one, by the name that follows @ in the name of a case.
SERVERS = {
    "courier": {"prefix": "INBOX.", "sent_name": "Sent Items"},
    "bare": {"special_use": False},
}


def _early_tomorrow():
    """A date that the filters treat: later than the guard's day, which is tomorrow at the latest, and less than a day ahead."""
    tomorrow = datetime.datetime.now().astimezone().replace(hour=0, minute=0, second=30) + datetime.timedelta(days=1)
    return email.utils.format_datetime(tomorrow)


class Cycle(Checks):
    """`Cycle("mbox").run()` returns [(check, passed, detail)]. A step that breaks off is a failed check, never an error.

    "mbox@courier" is the fixture mbox with one of the SERVERS.
    app_directory chooses the Thunderbird. make_rewriter(state directory) returns what switches and undoes: an object with
    switch(fixture) and undo(fixture), each returning rows with account and status (see lab/rewriter.py).
    """

    def __init__(self, case, app_directory=None, make_rewriter=Rewriter):
        self.variant, _, server = case.partition("@")
        self.server_options = SERVERS[server] if server else {}
        self.app_directory = app_directory
        self.make_rewriter = make_rewriter
        super().__init__()

    def run(self):
        try:
            with Scratch(f"cycle-{self.variant}") as scratch, Dovecot(scratch.directory("dovecot"), **self.server_options) as server:
                self._prepare(scratch, server)
                for step in (self._switch, self._use_as_imap, self._undo, self._use_as_pop):
                    step()
        except Exception as error:  # whatever stopped the cycle, the checks it did not reach must not count as passed
            self._check("the cycle runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    # The steps

    def _prepare(self, scratch, server):
        self.scratch, self.server = scratch, server
        self.fixture = fixtures.copy_fixture(self.variant, scratch.path("home"), server.ports)
        self.profile = self.fixture.profile
        passwords.suit(self.fixture, scratch, self.app_directory)
        self.pop_accounts = [account for account in self.fixture.accounts if account["type"] == "pop3"]
        for user, numbers in self.fixture.serverMail.items():
            server.seed(user, numbers)
        self.rewriter = self.make_rewriter(scratch.path("state"))
        self.prefs_before = prefs.read(self.profile)
        self.logins_before = self._logins()
        self.accounts_before = self._accounts_in_prefs()
        self.dangling_before = self._dangling()

    def _switch(self):
        mail_before = self._mail_digest()
        rows = self.rewriter.switch(self.fixture)
        statuses = {row["account"]: row["status"] for row in rows}
        wanted = {account["account"]: "applied" for account in self.pop_accounts}
        keys = {account["server"]: account["account"] for account in self.pop_accounts}
        statuses = {keys.get(key, key): status for key, status in statuses.items() if keys.get(key, key) in wanted}
        self._equal("the switch is applied to every account", statuses, wanted, rows)
        self._equal("the switch touches no mail", self._changed(mail_before), [])
        self._check_references("switched")

    def _use_as_imap(self):
        with Thunderbird(self.profile, self.scratch, app_directory=self.app_directory) as client:
            shown = inspection.inspect_running(client)
            self._check_quiet("IMAP", shown)
            for account in self.pop_accounts:
                self._check_imap_account(account, shown)
            self._check_local_mail("IMAP", shown, self._folders_under_imap())
            self._check_local_looks(shown)
            self._check_saved_searches("IMAP", shown)
            self._check_unified_inbox(shown)
            self._check_filters(shown)
            for account in self.pop_accounts:
                self._check_sent(client, account, shown)
            self._receive(client)
            self._equal("IMAP: no dialog until the end", client.dialogs(), [])
        self._check_references("after the client's run")

    def _undo(self):
        mail_before = self._mail_digest()
        rows = self.rewriter.undo(self.fixture)
        bad = [row for row in rows if row["status"] not in ("undone", "unchanged")]
        self._check("the undo is complete", rows and not bad, bad)
        self._equal("the undo touches no mail", self._changed(mail_before), [])
        self._equal("the undo restores the accounts", self._accounts_in_prefs(), self.accounts_before)
        now = prefs.read(self.profile)
        changed = {key: value for key, value in self.prefs_before.items()
                   if value != now.get(key) and RESTORED.match(key) and not key.endswith(CLIENTS_OWN)}
        self._equal("the undo restores every account pref", {key: now.get(key) for key in changed}, changed)
        self._equal("the undo leaves no password behind", self._logins(), self.logins_before)
        # An index file is a log: old scopes stay in it. What counts is asked of the client, in _check_saved_searches.
        self._check_references("undone", with_indexes=False)

    def _use_as_pop(self):
        position = self.server.log_position()
        shown = inspection.inspect(self.profile, self.scratch, app_directory=self.app_directory, in_place=True, fetch=True)
        self._check_quiet("POP", shown)
        for account in self.pop_accounts:
            entry = _account(shown, account["account"])
            self._equal(f"POP: {account['user']} is POP again", (entry.get("type"), entry.get("host"), entry.get("port"), entry.get("login")),
                        ("pop3", account["pop"]["host"], account["pop"]["port"], inspection.OK))
            fetched = self._noted(len(NEW_SUBJECTS), lambda: self.server.retrieved(position, account["user"]))
            self._equal(f"POP: {account['user']} fetches only what is new", fetched, len(NEW_SUBJECTS))
        self._check_local_mail("POP", shown, self._folders_after_pop())
        self._check_saved_searches("POP", shown)
        self._check_references("after the client's last run", with_indexes=False)

    # What is checked

    def _check_quiet(self, phase, shown):
        self._equal(f"{phase}: nothing asks", shown["dialogs"], [])
        self._equal(f"{phase}: nothing complains", shown["alerts"], [])
        self._equal(f"{phase}: prefs.js is valid", os.path.exists(os.path.join(self.profile, "Invalidprefs.js")), False)
        other = {account["account"]: account["type"] for account in self.fixture.accounts if account["type"] != "pop3"}
        self._equal(f"{phase}: other accounts are as they were", {key: _account(shown, key).get("type") for key in other}, other)
        refused = [account["user"] for account in shown["accounts"] if account.get("login", inspection.OK) != inspection.OK]
        self._equal(f"{phase}: every login succeeds", refused, [])

    def _check_imap_account(self, account, shown):
        user, imap = account["user"], account["imap"]
        entry = _account(shown, account["account"])
        self._equal(f"IMAP: {user} is IMAP", (entry.get("type"), entry.get("host"), entry.get("port")), ("imap", imap["host"], imap["port"]))
        self._equal(f"IMAP: {user} logs in unasked", (entry.get("login"), entry.get("prompted")), (inspection.OK, False))
        junk = self.prefs_before.get(f"mail.server.{account['server']}.spamActionTargetFolder", "")
        if junk.startswith(account["uri"] + "/"):
            self._check(f"IMAP: {user}'s junk goes to the server", str(entry.get("junkFolder")).startswith(entry.get("uri", "?") + "/"), entry.get("junkFolder"))
        kept = len(self.fixture.serverMail[user])
        self._equal(f"IMAP: {user} sees the server's INBOX", (entry.get("inbox"), self.server.count(user)), (kept, kept))

    def _check_local_mail(self, phase, shown, expected):
        local = inspection.local_folders(shown)
        counts = {uri: local[uri]["total"] for uri in expected if uri in local}
        self._equal(f"{phase}: every local folder has its mail", counts, expected)
        bad = {uri: folder.get("error") or folder["unreadable"] for uri, folder in local.items() if folder.get("error") or folder.get("unreadable")}
        self._equal(f"{phase}: every local message can be read", bad, {})

    def _check_local_looks(self, shown):
        local = inspection.local_folders(shown)
        # The names of special folders are the client's own words: what is Junk in one version is Spam in the next.
        names = {uri: name for uri, name in self.fixture.folderNames.items() if uri in local and not local[uri]["flags"]}
        self._equal("IMAP: every local folder has its name", {uri: local[uri]["name"] for uri in names}, names)
        self._equal("IMAP: what was unread, starred or tagged still is",
                    {uri: inspection.marks(local[uri]) for uri in self.fixture.marks if uri in local}, self.fixture.marks)

    def _check_saved_searches(self, phase, shown):
        uris = {search["uri"] for search in shown["savedSearches"]}
        lost = [uri for uri in self.fixture.savedSearches if uri not in uris]
        self._equal(f"{phase}: saved searches are there", lost, [])
        scopes = [scope["uri"] for search in shown["savedSearches"] for scope in search["scope"] if not scope["resolves"] and "*" not in scope["uri"]]
        self._equal(f"{phase}: saved searches find their folders", scopes, [])

    def _check_unified_inbox(self, shown):
        unified = next((search for search in shown["savedSearches"] if search["uri"] == UNIFIED_INBOX), None)
        if unified or UNIFIED_INBOX in self.fixture.savedSearches:
            wanted = [_account(shown, account["account"]).get("uri", "") + "/INBOX" for account in self.pop_accounts]
            scope = [entry["uri"] for entry in unified["scope"]] if unified else []
            self._equal("IMAP: the unified Inbox has every new INBOX", [uri for uri in wanted if uri not in scope], [])

    def _check_filters(self, shown):
        for account in self.pop_accounts:
            filters = _account(shown, account["account"]).get("filters", [])
            names = {entry["name"] for entry in filters}
            disabled = [entry["name"] for entry in filters if not entry["enabled"] or entry["unparseable"]]
            lost = [action["target"] for entry in filters for action in entry["actions"] if action.get("target") and not action["resolves"]]
            expected = _filter_names(self.accounts_before[account["server"]]["directory"])
            self._equal(f"IMAP: {account['user']} has its filters", (sorted(expected - names), disabled, lost), ([], [], []))

    def _check_sent(self, client, account, shown):
        if not account["identity"]:
            return
        identity = next(entry for entry in shown["identities"] if entry["key"] == account["identity"])
        sent = inspection.copy_to_sent(client, account["identity"])
        found = self._wait(lambda: self.server.folders_with(account["user"], sent["message_id"]))
        self._equal(f"IMAP: {account['user']}'s sent mail is on the server", (sent["status"], found), (inspection.OK, [self._sent_folder()]), sent)
        unresolved = [use for use, folder in identity["folders"].items() if folder["uri"] and not folder["resolves"] and use in ("sent", "drafts", "archives")]
        self._equal(f"IMAP: {account['user']}'s folders resolve", unresolved, [])

    def _receive(self, client):
        """New mail on the server: the client shows it, and the filters treat it."""
        local_before = client.js(COUNT, FILTERED_TO)
        for account in self.pop_accounts:
            for subject in NEW_SUBJECTS:
                self.server.add(account["user"], {"Subject": subject, "Date": _early_tomorrow()})
        for account in self.pop_accounts:
            wanted = len(self.fixture.serverMail[account["user"]]) + len(NEW_SUBJECTS)
            self._equal(f"IMAP: {account['user']} gets new mail", client.run("get-mail", account["server"], wanted), wanted)
        filtered = sum(self._copies_to_local(account) for account in self.pop_accounts)
        if filtered:
            wanted = local_before + filtered
            self._equal("IMAP: filters treat new mail", self._wait(lambda: client.js(COUNT, FILTERED_TO) == wanted), True, local_before)
        self._equal("IMAP: old mail stays on the server",
                    {account["user"]: self.server.count(account["user"]) for account in self.pop_accounts},
                    {account["user"]: len(self.fixture.serverMail[account["user"]]) + len(NEW_SUBJECTS) for account in self.pop_accounts})

    def _check_references(self, moment, with_indexes=True):
        old = {(entry.file, entry.uri) for entry in self.dangling_before}
        new = [entry for entry in self._dangling()
               if (entry.file, entry.uri) not in old and (with_indexes or not entry.file.endswith(".msf"))]
        self._equal(f"{moment}: nothing points at a server that is not there", new, [])
        self._equal(f"{moment}: no two servers share a directory", references.shared_directories(self.profile), {})

    # Helpers

    def _sent_folder(self):
        return self.server.prefix + self.server.sent_name

    def _accounts_in_prefs(self):
        """What decides where accounts connect and store, without what the client keeps for itself.

        The absolute directory is left out where there is a relative one, which the client adds by itself where it is missing.
        """
        kept = ("type", "hostname", "userName", "port", "socketType", "deferred_to_account", "name")
        accounts = {}
        for key, server in prefs.servers(prefs.read(self.profile)).items():
            relative = server.get("directory-rel")
            directory = relative.replace("[ProfD]", self.profile + "/") if relative else server.get("directory")
            accounts[key] = {"directory": directory, **{name: server.get(name) for name in kept}}
        return accounts

    def _logins(self):
        """[(origin, GUID)] of the saved passwords."""
        with open(os.path.join(self.profile, "logins.json"), encoding="utf-8") as file:
            return sorted((login["hostname"], login["guid"]) for login in json.load(file)["logins"])

    def _dangling(self):
        return [entry for entry in references.dangling(self.profile) if os.path.basename(entry.file) not in references.CLIENT_STATE]

    def _mail_digest(self):
        """{path: hash} of everything under Mail but indexes and rules: the mail, and the record of what was downloaded."""
        digest = {}
        for parent, _, names in os.walk(os.path.join(self.profile, "Mail")):
            for name in names:
                path = os.path.join(parent, name)
                with open(path, "rb") as file:
                    digest[path] = hashlib.sha256(file.read()).hexdigest()
        return digest

    def _changed(self, before):
        after = self._mail_digest()
        return sorted(os.path.relpath(path, self.profile) for path in before.keys() | after.keys() if before.get(path) != after.get(path))

    def _copies_to_local(self, account):
        """Whether a filter of this account copies new mail to Local Stuff."""
        return FILTER_NAME in _filter_names(self.accounts_before[account["server"]]["directory"])

    def _folders_under_imap(self):
        """The fixture's folders; the empty ones of a deferred account, which nobody ever saw, may be gone."""
        deferred = [account["uri"] + "/" for account in self.pop_accounts if account["pop"]["deferredTo"]]
        return {uri: count for uri, count in self.fixture.folders.items() if count or not uri.startswith(tuple(deferred))}

    def _folders_after_pop(self):
        """The fixture's folders, with the new mail in the inboxes and what the filter copied, once by IMAP and once by POP."""
        expected = dict(self.fixture.folders)
        for account in self.pop_accounts:
            expected[self._pop_inbox(account)] += len(NEW_SUBJECTS)
            # POP mail also goes through the filters of the account it is delivered to.
            receiving = self._receiving_account(account)
            expected[FILTERED_TO] += self._copies_to_local(account) + (self._copies_to_local(account) or self._copies_to_local(receiving))
        return expected

    def _receiving_account(self, account):
        deferred = account["pop"]["deferredTo"]
        return account if deferred in (None, "local") else self.fixture.accounts[int(deferred)]

    def _pop_inbox(self, account):
        local = account["pop"]["deferredTo"] == "local"
        return "mailbox://nobody@Local%20Folders/Inbox" if local else self._receiving_account(account)["uri"] + "/Inbox"


COUNT = "return MailUtils.getExistingFolder(args[0])?.getTotalMessages(false) ?? null;"


def _account(shown, key):
    return next((account for account in shown["accounts"] if account["key"] == key), {})


def _filter_names(directory):
    """The names of the rules in the directory a server had before the switch; the switch leaves that file alone."""
    path = os.path.join(directory, "msgFilterRules.dat")
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        return {line[len('name="'):].rstrip('"\n') for line in file if line.startswith("name=")}
