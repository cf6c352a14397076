"""Mail that Thunderbird got by POP comes to the IMAP account by `upload`, and by POP again after the undo: as much as was said."""
import pathlib
import re

from lab import inspection
from lab.dovecot import CA_CERTIFICATE, PASSWORD

from . import scenario

# Gone from the server since the client fetched them. The 20th is multipart: the server's has another boundary at each run.
GONE = (*range(1, 11), 20)


class Upload(scenario.Scenario):
    def steps(self):
        self.user = self.pop_accounts[0]["user"]
        for number in GONE:
            self.server.remove(self.user, number)
        self.left = self.server.count(self.user)
        mail = self._mail()
        self._back_up()
        self.switch()
        self._plan()
        self._upload()
        self._equal("the mail on this computer is as it was", self._mail(), mail)
        self.mail_on_server = {self.user: self.left + len(GONE)}
        self.look("uploaded", self.all_types("imap"))
        self._again()
        self._again("--from", self.scratch.path("backups"))
        self._undo()

    def _call(self, *arguments):
        return self.rewriter.call_online("upload", self.fixture.home, "--ca-file", CA_CERTIFICATE, "--password-fd", 0, *arguments,
                                         typed=PASSWORD + "\n", timeout=120)

    def _folders(self, answer):
        return {tuple(row["folder"]): row for row in answer.rows if row["type"] == "folder"}

    def _plan(self):
        answer = self._call("--dry-run")
        rows = self._folders(answer)
        self._equal("the plan shows every folder", (answer.status, {row["status"] for row in rows.values()}), (0, {"planned"}), answer.said)
        places = {names: row["mailbox"] for names, row in rows.items()}
        self._equal("the plan: inbox and sent mail have their places", (places.get(("Inbox",)), places.get(("Sent",))), ("INBOX", "Sent"), places)
        self._equal("the plan does nothing", self.server.count(self.user), self.left)

    def _upload(self):
        answer = self._call()
        self.rows = self._folders(answer)
        self._equal("the upload is complete", (answer.status, {row["status"] for row in self.rows.values()}), (0, {"done"}), answer.said)
        inbox = self.rows.get(("Inbox",), {})
        self._equal("what was left on the server is not sent", (inbox.get("uploaded"), inbox.get("present")), (len(GONE), self.left), inbox)
        self._equal("every message is sent or there", sum(row["uploaded"] + row["present"] for row in self.rows.values()),
                    sum(row["messages"] - row["deleted"] for row in self.rows.values()))
        counts = self.server.folder_counts(self.user)
        for names, row in self.rows.items():
            self._equal(f"the server has {'/'.join(names)}", counts.get(row["mailbox"], 0), row["uploaded"] + row["present"])
        ids = [message["Message-ID"] for message in self.server.messages(self.user)]
        self._equal("nothing is in the inbox twice", len(ids), len(set(ids)))

    def _back_up(self):
        answer = self.rewriter.call("backup", "create", self.fixture.home, "--to", self.scratch.path("backups"))
        self._equal("the mail is backed up", answer.status, 0, answer.said)

    def _again(self, *arguments):
        answer = self._call(*arguments)
        sums = [sum(row[name] for row in self._folders(answer).values()) for name in ("uploaded", "present")]
        there = sum(row["uploaded"] + row["present"] for row in self.rows.values())
        self._equal(f"a second run sends nothing {' '.join(arguments[:1])}", (answer.status, sums), (0, [0, there]), answer.said)

    def _undo(self):
        refused = self.rewriter.call("rollback", "--last")
        said = (refused.results or [{}])[0].get("text") or ""
        self._equal("the undo is refused", (refused.status, refused.column("reason")), (3, ["mail-uploaded"]), refused.said)
        number = int((re.match(r"\d+", said) or [0])[0])
        self._equal("the undo says how many messages", number, len(GONE), said)
        self.undo("--last", "--yes")
        position = self.server.log_position()
        inspection.inspect(self.profile, self.scratch, app_directory=self.app_directory, in_place=True, fetch=True)
        self._equal("POP fetches as many as was said", self._noted(number, lambda: self.server.retrieved(position, self.user)), number)

    def _mail(self):
        """Name and content of every file with mail."""
        found = {}
        for path in sorted((pathlib.Path(self.profile) / "Mail").rglob("*")):
            if path.is_file() and path.suffix not in (".msf", ".dat", ".json"):
                found[str(path)] = path.read_bytes()
        return found
