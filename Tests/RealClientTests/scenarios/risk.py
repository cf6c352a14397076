"""What `plan --risk` counts is what the client shows and the server has, before and after the client has looked again."""
from lab import inspection
from lab.dovecot import CA_CERTIFICATE, PASSWORD

from . import scenario

ADDED = 3


class Risk(scenario.Scenario):
    """The fixture has five messages that no server has: two sent, a draft, a template, and one that a filter deleted there."""

    def steps(self):
        self.account = self.pop_accounts[0]
        self.user = self.account["user"]
        self._look("as recorded")  # the client looks through its folders once before it takes new mail in
        self._count("as recorded", "estimated", 5)
        for number in range(ADDED):
            self.server.add(self.user, {"Subject": f"new {number}"})
        self.mail_on_server[self.user] += ADDED
        self.folders[self.account["uri"] + "/Inbox"] += ADDED
        self._look("with new mail")
        self._count("with new mail", "estimated", 5)
        before = self._on_disk()
        self._count("with new mail", "exact", 5)
        self._equal("the server is as it was", self._on_disk(), before)
        self._delete_elsewhere()

    def _delete_elsewhere(self):
        """Another program deletes two messages there, of one of which the profile has two copies."""
        for number in (1, 10):
            self.server.remove(self.user, number)
        self.mail_on_server[self.user] -= 2
        self._count("before the client has looked again", "estimated", 5)
        self._count("before the client has looked again", "exact", 8)
        self._look("after a deletion elsewhere")
        self._count("after a deletion elsewhere", "estimated", 8)

    def _look(self, moment):
        shown = self.look(moment, self.all_types("pop3"))
        own = [folder["total"] for uri, folder in inspection.local_folders(shown).items() if uri.startswith(self.account["uri"] + "/")]
        self.shown = sum(own)

    shown = None

    def _count(self, moment, state, only_here):
        arguments = ["plan", self.fixture.home, *self.target(), "--risk"]
        if state == "exact":
            answer = self.rewriter.call_online(*arguments, "--online", "--ca-file", CA_CERTIFICATE, "--password-fd", 0, typed=PASSWORD + "\n")
        else:
            answer = self.rewriter.call(*arguments)
        risk = answer.rows[0].get("risk") or {}
        wanted = self.shown or sum(count for uri, count in self.folders.items() if uri.startswith(self.account["uri"] + "/"))
        self._equal(f"{moment}: as many messages as the client shows", risk["local"]["messages"], wanted, answer.said)
        found = risk["only_here"]
        self._equal(f"{moment}: what is only here, {state}", (found["state"], found["messages"]), (state, only_here), answer.said)
        if state == "exact":
            self._equal(f"{moment}: what the server has", risk["server"]["messages"], self.mail_on_server[self.user], answer.said)

    def _on_disk(self):
        return [str(message) for message in self.server.messages(self.user)]
