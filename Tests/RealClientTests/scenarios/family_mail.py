"""Local mail of Claws Mail and Sylpheed (MH): counted and marked as the client itself does, backed up, uploaded; and `finish`, which switches rules on again."""
import contextlib
import glob
import mailbox
import os
import struct
import xml.etree.ElementTree

from lab import fixtures
from lab.dovecot import CA_CERTIFICATE, PASSWORD
from lab.rewriter import Rewriter
from lab.sylpheed_family import FamilyClient, Home

from . import scenario

MARK = {"claws-mail": ".claws_mark", "sylpheed": ".sylpheed_mark"}
UNREAD, MARKED, DELETED, REPLIED, FORWARDED = 2, 4, 8, 16, 32
# What the user has done with some of the numbered messages; the client reads it, and writes it again.
MARKS = {1: 0, 2: MARKED, 3: REPLIED | FORWARDED, 4: UNREAD | MARKED, 5: REPLIED}
GONE = (1, 2, 3)  # from the server, since POP fetched them
TAG = "work"


class FamilyScenario(scenario.Scenario):
    client_name = None

    def _prepare(self):
        root = os.path.join(fixtures.ALL, self.client_name)
        self.fixture = fixtures.copy_fixture(self.fixture_name, self.scratch.path("home"), self.server.ports, root)
        self.home = Home(self.fixture)
        for user, numbers in self.fixture.serverMail.items():
            self.server.seed(user, numbers)
        self.pop_accounts = [account for account in self.fixture.accounts if account["type"] == "pop3"]
        self.account = self.pop_accounts[0]
        self.user = self.account["user"]
        self.inbox = f"#imap/{self.account['name']}/INBOX"
        self.rewriter = Rewriter(self.scratch.path("state"), self.program)

    def client(self):
        return FamilyClient(self.client_name, self.fixture, self.scratch)

    def await_count(self, client, folder, wanted, name):
        for _ in range(3):
            client.await_(lambda: client.counts().get(folder) == wanted, name, seconds=8, may_fail=True)
            if client.counts().get(folder) == wanted:
                break
            client.receive()
        self._equal(name, client.counts().get(folder), wanted, client.problems())


class Mail(FamilyScenario):
    fixture_name = "tls"

    def steps(self):
        self._mark()
        self._use_as_pop()
        wanted = self._local()
        self._equal("POP has fetched the new message", len(wanted), 13)
        self._back_up("mbox", wanted, lambda path: mailbox.mbox(path, create=False))
        self._back_up("maildir", wanted, lambda path: mailbox.Maildir(path, create=False))
        self.switch()
        self._upload(wanted)
        with self.client() as client:
            client.receive()
            self.await_count(client, self.inbox, 13, "the client sees all mail on the server")
            self._equal("nothing asks or complains", client.quit(), [])

    def _mark(self):
        """What the user would have done, in the client's own files."""
        self.inbox_directory = os.path.join(self.fixture.home, "Mail", "inbox")
        self.mark_file = os.path.join(self.inbox_directory, MARK[self.client_name])
        files = {mailbox.Message(content)["Message-ID"]: int(os.path.basename(path)) for path, content in self.home.local_mail().items()}
        with open(self.mark_file, "ab") as file:
            for number, bits in MARKS.items():
                file.write(struct.pack("<2I", files[self._id(number)], bits))
        if self.client_name == "claws-mail":
            with open(os.path.join(self.fixture.profile, "tagsrc"), "w") as file:
                file.write(f"max_id 1\n1\t{TAG}\n")
            with open(os.path.join(self.inbox_directory, ".claws_tags"), "wb") as file:
                file.write(struct.pack("<I3i", 1, files[self._id(GONE[0])], 1, -1))

    def _id(self, number):
        return f"<lab-{number}-{self.user}>"

    def _use_as_pop(self):
        self.server.add(self.user, {"Subject": "new"})
        with self.client() as client:
            client.receive()
            client.await_(lambda: len(self.home.local_mail()) == 13, "the new message")
            client.open_folder("#mh/Mailbox/inbox", "Inbox")  # Claws Mail counts anew
            client.await_(lambda: client.counts().get("#mh/Mailbox/inbox") == 13, "its count")
            self._equal("POP: nothing asks or complains", client.quit(), [])
        for number in GONE:
            self.server.remove(self.user, number)
        self.left = self.server.count(self.user)

    def _local(self):
        """{Message-ID: flags of a Maildir} as the client has left them, its own sums compared."""
        with open(self.mark_file, "rb") as file:
            words = struct.unpack(f"<{os.path.getsize(self.mark_file) // 4}I", file.read())
        marks = dict(zip(words[1::2], words[2::2]))
        found = {}
        for path, content in self.home.local_mail().items():
            bits = marks.get(int(os.path.basename(path)), UNREAD)
            flags = [letter for letter, bit in (("F", MARKED), ("P", FORWARDED), ("R", REPLIED), ("T", DELETED)) if bits & bit]
            message = mailbox.Message(content)
            found[message["Message-ID"]] = "".join(sorted(flags + ([] if bits & UNREAD else ["S"])))
        sums = [sum("S" not in flags for flags in found.values())]
        names = ["unread"]
        if self.client_name == "claws-mail":
            names += ["marked", "replied", "forwarded"]
            sums += [sum(letter in flags for flags in found.values()) for letter in "FRP"]
        tree = xml.etree.ElementTree.parse(os.path.join(self.fixture.profile, "folderlist.xml"))
        inbox = next(item for item in tree.iter("folderitem") if item.get("path") == "inbox")
        self._equal("the client counts the marks alike", [int(inbox.get(name)) for name in names], sums)
        return found

    def _back_up(self, format, wanted, reader):
        backups = self.scratch.path(f"backups-{format}")
        for arguments in (["create", self.fixture.home, "--to", backups, "--format", format], ["verify", backups]):
            answer = self.rewriter.call("backup", *arguments)
            self._equal(f"backup {arguments[0]} ({format})", answer.status, 0, answer.said)
        (place,) = glob.glob(os.path.join(backups, "*", "mail", f"inbox.{format}"))
        found = {}
        for message in reader(place):
            kept = message if format == "maildir" else mailbox.MaildirMessage(message)
            found[message["Message-ID"]] = "".join(sorted(kept.get_flags()))
        # Python's mbox knows no mark for what was forwarded.
        seen = dict(wanted) if format == "maildir" else {name: flags.replace("P", "") for name, flags in wanted.items()}
        if format == "maildir" and self.client_name == "claws-mail":
            seen[self._id(GONE[0])] += "a"  # the tag
        self._equal(f"Python's mailbox reads the same messages and marks ({format})", found, seen)

    def _upload(self, wanted):
        for sent, there in ((len(GONE), self.left), (0, 13)):
            answer = self.rewriter.call_online("upload", self.fixture.home, "--ca-file", CA_CERTIFICATE, "--password-fd", 0, typed=PASSWORD + "\n")
            rows = [row for row in answer.rows if row["type"] == "folder" and row["folder"] == ["inbox"]]
            self._equal("upload", (answer.status, [(row["uploaded"], row["present"]) for row in rows]), (0, [(sent, there)]), answer.said)
        found = {message["Message-ID"]: message["X-Lab-Flags"] for message in self.server.messages(self.user)}
        self._equal("every message is on the server", set(found), set(wanted))
        gone = [self._id(number) for number in GONE]
        standard = {name: "".join(letter for letter in found[name] if letter.isupper()) for name in gone if name in found}
        self._equal("what was uploaded has its marks", standard, {name: wanted[name].replace("P", "") for name in gone})
        if self.client_name == "claws-mail":
            self._equal("and its tag", TAG in self._keywords(), True, self._keywords())

    def _keywords(self):
        with contextlib.suppress(OSError), open(os.path.join(self.server._folder_directory(self.user, "INBOX"), "dovecot-keywords")) as file:
            return [line.split()[1] for line in file]
        return []


class ClawsMail(Mail):
    client_name = "claws-mail"


class Sylpheed(Mail):
    client_name = "sylpheed"


class Finish(FamilyScenario):
    """Rules are off until the server says that the client has seen all mail; then they treat what is new, and only that."""
    fixture_name = "filters"
    filter_key = None

    def steps(self):
        self.before = self.home.accounts()["1"]
        self.switch()
        self._stays_off("before the first synchronisation")
        with self.client() as client:
            client.receive()
            self.await_count(client, self.inbox, 12, "the client sees all mail")
            self._open_inbox(client)
            # UIDVALIDITY comes into folderlist.xml at the client's end.
            self._stays_off("while the client runs", online=True)
            self._equal("nothing asks or complains", client.quit(), [])
        self._stays_off("unasked")
        self.server.add(self.user, {"Subject": "behind the client's back"}, name="1799999999.M1P1.extra")
        self._stays_off("with a message that the client has not seen", online=True)
        self._take_away("1799999999.M1P1.extra")
        answer = self._finish(True)
        self._equal("finish --online", (answer.status, answer.column("status")), (0, ["applied"]), answer.said)
        self._equal("rules are on again", self.home.accounts()["1"].get(self.filter_key), "1")
        drafts = lambda: sum(path.startswith("draft/") for path in self.home.local_mail())
        before = drafts()
        with self.client() as client:
            self.server.add(self.user, {"Subject": "the rule's"})
            client.receive()
            client.await_(lambda: drafts() > before, "the rule's work", may_fail=True)
            self._equal("new mail is moved, and nothing else", drafts(), before + 1, client.counts())
            self._equal("rules on: nothing asks or complains", client.quit(), [])
        self._equal("old mail stays on the server", self.server.numbers(self.user), list(range(1, 13)))
        answer = self.rewriter.call("rollback", "--all", self.fixture.home)
        self._equal("all is undone", (answer.status, set(answer.column("status"))), (0, {"undone"}), answer.said)
        now = self.home.accounts()["1"]
        self._equal("the account is as it was", {key: now.get(key) for key in self.before}, self.before)

    def _open_inbox(self, client):
        pass

    def _take_away(self, name):
        for path in glob.glob(os.path.join(self.server._folder_directory(self.user, "INBOX"), "*", name + "*")):
            os.unlink(path)

    def _finish(self, online):
        if not online:
            return self.rewriter.call("finish", self.fixture.home)
        return self.rewriter.call_online("finish", "--online", "--password-fd", 0, "--ca-file", CA_CERTIFICATE, self.fixture.home,
                                         typed=PASSWORD + "\n")

    def _stays_off(self, moment, online=False):
        answer = self._finish(online)
        self._equal(f"finish {moment}", (answer.status, answer.column("reason")), (3, ["not-yet"]), answer.said)
        self._equal(f"finish {moment} leaves the rules off", self.home.accounts()["1"].get(self.filter_key), "0")


class ClawsMailFinish(Finish):
    client_name, filter_key = "claws-mail", "filter_on_receive"


class SylpheedFinish(Finish):
    client_name, filter_key = "sylpheed", "imap_filter_inbox_on_receive"

    def _open_inbox(self, client):
        """Sylpheed keeps of a folder what it was asked to show, and no sooner."""
        client.open_folder(self.inbox, "INBOX")
        cache = os.path.join(self.fixture.profile, "imapcache", self.account["imap"]["host"], self.user, "INBOX", ".sylpheed_cache")
        client.await_(lambda: os.path.exists(cache), "its copy of the inbox")
