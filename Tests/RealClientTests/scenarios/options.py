"""What --path-prefix and --offline-mail say is what the client does."""
import os
import time

from lab import inspection

from . import scenario

MAKE_FOLDER = """
const server = MailServices.accounts.getIncomingServer(args[0]);
const root = server.rootFolder;
root.createSubfolder("made", null);
return !!(await until(() => root.subFolders.find(folder => folder.name == "made")));
"""
BODY = "A line of some length, so that a body can be told from an index.\n" * 1500


class PathPrefix(scenario.Scenario):
    """A server as Courier is: everything below INBOX."""

    server_options = {"prefix": "INBOX.", "sent_name": "Sent Items"}

    def steps(self):
        user = self.pop_accounts[0]["user"]
        self.switch("--path-prefix", "INBOX.")
        with self.client() as client:
            shown = inspection.inspect_running(client)
            self.check_shown("switched", shown, self.all_types("imap"))
            self._check_folders(shown, user)
            self._equal("a new folder can be made", client.js(MAKE_FOLDER, "server1"), True)
            sent = inspection.copy_to_sent(client, "id1")
        self._check("the new folder is below the prefix", "INBOX.made" in self.server.folder_counts(user), self.server.folder_counts(user))
        self._equal("sent mail is in the server's own folder", (sent["status"], self.server.folders_with(user, sent["message_id"])),
                    (inspection.OK, ["INBOX.Sent Items"]), sent)
        self.undo("--last")
        self.look("undone", self.all_types("pop3"))

    def _check_folders(self, shown, user):
        entry = scenario.account_of(shown, user)
        names = {folder["uri"].removeprefix(entry["uri"] + "/") for folder in entry["folders"]}
        self._equal("the folders stand beside the inbox", names, {"INBOX", "Drafts", "Junk", "Sent Items", "Trash"})


class PathPrefixUnset(PathPrefix):
    """The control: without the option the same folders stand below the inbox."""

    def steps(self):
        self.switch()
        shown = self.look("switched without a prefix", self.all_types("imap"))
        uris = [folder["uri"] for folder in scenario.account_of(shown, self.pop_accounts[0]["user"])["folders"]]
        self._check("the folders stand below the inbox", any(uri.endswith("/INBOX/Drafts") for uri in uris), uris)


class OfflineMail(scenario.Scenario):
    """With yes the bodies of the server's mail come to ImapMail, with no they do not."""

    def steps(self):
        user = self.pop_accounts[0]["user"]
        for number in range(3):
            self.server.add(user, {"Subject": f"large {number}"}, body=BODY)
        self.mail_on_server[user] += 3
        self.switch("--offline-mail", "yes")
        start = time.monotonic()
        self._check("yes: bodies are kept", self._stored(lambda size: size >= 3 * len(BODY), 60), f"{self._size()} bytes")
        needed = time.monotonic() - start
        self.undo("--last")
        self._remove_copies()
        self.switch("--offline-mail", "no")
        self._check("no: no body is kept", not self._stored(lambda size: size > 0, needed + 5), f"{self._size()} bytes")
        self.undo("--last")
        self.check_pop_prefs("undone")

    def _stored(self, enough, seconds):
        with self.client() as client:
            self.check_shown("the client runs", inspection.inspect_running(client), self.all_types("imap"))
            return self._wait(lambda: enough(self._size()), seconds)

    def _size(self):
        """The bytes of mail below ImapMail, without indexes and rules."""
        return sum(os.path.getsize(os.path.join(parent, name)) for parent, _, names in os.walk(os.path.join(self.profile, "ImapMail"))
                   for name in names if not name.endswith((".msf", ".dat")))

    def _remove_copies(self):
        """The first switch's copies, which the undo leaves because the client made them."""
        for parent, _, names in os.walk(os.path.join(self.profile, "ImapMail")):
            for name in names:
                os.unlink(os.path.join(parent, name))
