"""With --fix-smtp mail goes out by the provider's server, with the password that getting mail had."""
import json
import os
import re

from lab import evolution, inspection, prefs
from lab.dovecot import PASSWORD
from lab.mail_sink import MailSink

from . import evolution_scenario, scenario

SERVERS = """\
<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="lab.test">
    <domain>lab.test</domain>
    <incomingServer type="imap">
      <hostname>{imap_host}</hostname><port>{imap_port}</port><socketType>{imap_socket}</socketType>
      <authentication>password-cleartext</authentication><username>%EMAILADDRESS%</username>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>smtp.lab.test</hostname><port>{smtp_port}</port><socketType>{smtp_socket}</socketType>
      <authentication>password-cleartext</authentication><username>%EMAILADDRESS%</username>
    </outgoingServer>
  </emailProvider>
</clientConfig>
"""
SOCKETS = {"none": "plain", "starttls": "STARTTLS", "tls": "SSL"}


class SubmissionScenario:
    """What both clients' scenarios need: a submission server, and an old one that asks for no password."""

    smtp = "submissions"

    def run(self):
        with MailSink() as self.sink:
            self.server_options = {"relay": self.sink.port}
            return super().run()

    def target(self):
        """An autoconfig file in place of flags: it says where mail goes out as well."""
        imap = self.pop_accounts[0]["imap"]
        path = self.scratch.path("lab.test.xml")
        with open(path, "w") as file:
            file.write(SERVERS.format(
                imap_host=imap["host"], imap_port=imap["port"], imap_socket=SOCKETS[imap["security"]],
                smtp_port=self.server.ports[self.smtp], smtp_socket="SSL" if self.smtp == "submissions" else "STARTTLS"))
        return ["--servers", path]

    def check_told(self, codes):
        """Without the option nothing of it is changed, and all of it is said."""
        answer = self.rewriter.call("plan", self.fixture.home, *self.target())
        smtp = [code for code in answer.warnings() if "smtp" in code]
        self._equal("the plan tells of the outgoing server", smtp, codes, answer.said)

    def check_sent(self, moment, subject, position, logins):
        self._wait(lambda: self.sink.with_subject(subject), 20)
        self._equal(f"{moment}: the message arrives", len(self.sink.with_subject(subject)), 1)
        self._equal(f"{moment}: who signed in at the submission server", self._noted(logins, lambda: self.server.submissions(position)), logins)
        self._equal(f"{moment}: nobody signs in where it is not asked for", self.sink.attempts, [])


class Sending(SubmissionScenario, scenario.Scenario):
    """Implicit TLS; before, a server without TLS and password, and no saved password for sending."""

    def steps(self):
        self._make_old()
        before = self._smtp_prefs()
        self._send("before", [])
        self.check_told(["smtp-differs", "smtp-no-authentication"])
        answer = self.switch("--fix-smtp")
        self._check("the change is said", "smtp-changed" in answer.warnings(), answer.warnings())
        self._send("switched", [("alice@lab.test", "PLAIN")])
        self.look("switched", self.all_types("imap"))
        self.undo("--last")
        self._equal("undone: the outgoing server is as it was", self._smtp_prefs(), before)
        self._send("undone", [])
        self.look("undone", self.all_types("pop3"))

    def _send(self, moment, logins):
        position = self.server.log_position()
        with self.client() as client:
            self._equal(f"{moment}: sending", inspection.send(client, "id1", moment), inspection.OK)
            self._equal(f"{moment}: nothing asks", client.dialogs(), [])
        self.check_sent(moment, moment, position, logins)
        # Thunderbird files a copy where sent mail goes.
        self._count_copy(moment)

    def _count_copy(self, moment):
        sent = next((uri for uri in self.folders if uri.endswith("/Sent") and "pop.lab.test" in uri), None)
        if sent and moment != "switched":
            self.folders[sent] += 1

    def _smtp_prefs(self):
        return {key: value for key, value in prefs.read(self.profile).items() if key.startswith("mail.smtp")}

    def _make_old(self):
        """As set up years ago: another port, no TLS, no authentication, and so no password of its own."""
        path = os.path.join(self.profile, "prefs.js")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for leaf, value in (("port", str(self.sink.port)), ("try_ssl", "0"), ("authMethod", "1")):
            text = re.sub(rf'("mail\.smtpserver\.smtp1\.{leaf}", )[^)]*', rf"\g<1>{value}", text)
        text = re.sub(r'user_pref\("mail\.smtpserver\.smtp1\.username".*\n', "", text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        path = os.path.join(self.profile, "logins.json")
        with open(path) as file:
            logins = json.load(file)
        logins["logins"] = [login for login in logins["logins"] if not login["hostname"].startswith("smtp:")]
        with open(path, "w") as file:
            json.dump(logins, file, separators=(",", ":"))


class EvolutionSending(SubmissionScenario, evolution_scenario.EvolutionScenario):
    """Evolution keeps the password for sending by the transport's name, so that it fits the new server."""

    stored = True

    def steps(self):
        self._make_old()
        transport = self.source_path(self.account["transport"])
        with open(transport, "rb") as file:
            before = file.read()
        self.check_told(["smtp-differs"] if self.stored else ["smtp-differs", "smtp-no-authentication"])
        answer = self.switch("--fix-smtp")
        self._check("the change is said", "smtp-changed" in answer.warnings(), answer.warnings())
        self._equal("that it asks is said", "no-saved-password" in answer.warnings(), not self.stored)
        self._send("switched")
        self.undo("--last")
        with open(transport, "rb") as file:
            self._equal("undone: the transport is as it was", file.read(), before)
        position = self.server.log_position()
        self.folders["Sent"] += 1  # in the second case it waits until now
        self.look("undone", "pop")
        self.check_sent("undone", "switched", position, [])

    def _send(self, moment):
        """A message in the Outbox goes out at the next "Send / Receive"."""
        self._put_into_outbox(moment)
        position = self.server.log_position()
        with self.client() as client:
            self.await_account(client, self.account, "imapx", position)
            client.send_and_receive()
            client.await_(lambda: self.sink.with_subject(moment) or client.problems(), "the message", may_fail=True, may_ask=True)
            problems = client.problems()
            if self.stored:
                self._equal(f"{moment}: nothing asks or complains", problems, [])
            else:
                self._check(f"{moment}: it asks for the password", "password for mail transport" in str(problems), problems)
                client.kill()
        if self.stored:
            self.check_sent(moment, moment, position, [("alice@lab.test", "PLAIN")])

    def _put_into_outbox(self, subject):
        evolution.put_into_outbox(
            self.fixture, self.scratch,
            f"X-Evolution-Identity: {self.account['identity']}\nX-Evolution-Transport: {self.account['transport']}\n"
            f"From: alice@lab.test\nTo: somebody@other.test\nSubject: {subject}\nDate: Tue, 24 Nov 2026 10:00:00 +0000\n"
            f"Message-ID: <{subject}@sent.test>\nMIME-Version: 1.0\nContent-Type: text/plain\n\nSent text\n")

    def _make_old(self):
        """As set up years ago: another port and no TLS."""
        path = self.source_path(self.account["transport"])
        values = {"Port": self.sink.port, "Method": "PLAIN" if self.stored else "none", "User": "alice@lab.test" if self.stored else ""}
        with open(path) as file:
            head, mark, security = file.read().partition("[Security]")
        for key, value in values.items():
            head = re.sub(rf"(?m)^{key}=.*$", f"{key}={value}", head)
        with open(path, "w") as file:
            file.write(head + mark + security.replace("ssl-on-alternate-port", "none"))
        if self.stored:
            evolution.store_password(self.fixture, self.scratch, self.account["transport"], PASSWORD)


class EvolutionSendingUnsaved(EvolutionSending):
    """Where signing in begins, there is no password by the transport's name: Evolution asks, as the warning says."""

    stored = False


class SendingSTARTTLS(Sending):
    """The same where the provider wants STARTTLS."""

    smtp = "submission"
