"""A certificate that the user accepted for the POP server counts for its host name only: Evolution asks about the IMAP server's."""
import time

from lab.evolution import EvolutionError

from . import evolution_scenario

ACCEPT = "Accept Permanently"


class CertificateException(evolution_scenario.EvolutionScenario):
    trusted = False

    def steps(self):
        with self.client() as client:
            self._await_question(client)
            client.press(ACCEPT)
            client.await_(self.server.pop3_sessions, "the login by POP")
        self.look("before the switch", "pop")
        answer = self.rewriter.call("plan", self.fixture.home, *self.target())
        self._check("the plan warns", "certificate-exception" in answer.warnings(), answer.said)
        self.switch()
        position = self.server.log_position()
        with self.client() as client:
            said = self._await_question(client)
            self._check("Evolution asks about the IMAP server's certificate", self.account["imap"]["host"] in str(said), said)
            self._equal("it does not log in unasked", "Login" in self.server.log(position), False)
            self.check_mail("while Evolution asks")
            client.kill()
        self.undo("--last")
        self.look("undone", "pop")
        self.switch()
        with self.client() as client:
            self._await_question(client)
            client.press(ACCEPT)
            self.await_account(client, self.account, "imapx", position)
        self.look("accepted", "imapx")

    @staticmethod
    def _await_question(client):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if dialogs := [window for window in client.look()["windows"] if window[1] == "dialog"]:
                return dialogs
            time.sleep(0.2)
        raise EvolutionError(f"no question about the certificate: {client.look()}")
