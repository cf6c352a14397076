"""A certificate that the user accepted for the POP server is not accepted for the IMAP server by the switch."""
import hashlib
import os
import ssl

from lab import inspection

from . import scenario

SHA256 = "OID.2.16.840.1.101.3.4.2.1"


class CertificateException(scenario.Scenario):
    def steps(self):
        self._distrust()
        self.look("before the switch", self.all_types("pop3"))
        answer = self.rewriter.call("plan", self.fixture.home, *self.target())
        self._check("the plan warns", "certificate-exception" in answer.warnings(), answer.said)
        self.switch()
        with self.client() as client:
            shown = inspection.inspect_running(client)
        self._check("the client asks about the certificate", any(_is_about_certificate(dialog) for dialog in shown["dialogs"]), shown["dialogs"])
        entry = scenario.account_of(shown, self.pop_accounts[0]["user"])
        self._check("it does not log in unasked", entry.get("type") == "imap" and entry.get("login") != inspection.OK, entry.get("login"))
        self.check_mail("switched", shown)
        self.undo("--last")
        self.look("undone", self.all_types("pop3"))

    def _distrust(self):
        """The authority is no longer trusted, but the POP server's own certificate is."""
        os.unlink(os.path.join(self.profile, "cert9.db"))
        with open(os.path.join(self.server.root, "tls", "server.crt"), encoding="ascii") as file:
            digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest().upper()
        fingerprint = ":".join(digest[n:n + 2] for n in range(0, len(digest), 2))
        pop = self.pop_accounts[0]["pop"]
        with open(os.path.join(self.profile, "cert_override.txt"), "w", encoding="ascii") as file:
            file.write(f"# PSM Certificate Override Settings file\n{pop['host']}:{pop['port']}:\t{SHA256}\t{fingerprint}\t\n")


def _is_about_certificate(dialog):
    """153 goes on to its window for exceptions after the alert, 140 does not once the alert was cancelled."""
    return "exceptionDialog" in dialog["href"] or "certificate" in dialog["text"]
