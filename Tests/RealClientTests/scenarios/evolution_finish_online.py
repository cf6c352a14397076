"""Where the cache proves nothing, `finish --online` asks the account's server before it turns the rules for incoming mail on."""
import re

from lab.dovecot import CA_CERTIFICATE, PASSWORD

from . import evolution_finish

LOGINS = re.compile(r"imap-login: Info: Login:|auth failed, 1 attempts")


class FinishOnline(evolution_finish.Finish):
    def steps(self):
        """A second switch with no mail in between: the cache is the same before and after."""
        self.switch()
        self.look("first switch", "imapx")
        self.undo("--last")
        self.switch()
        self._stays_off("after a second switch", 3, "not-yet")
        self.look("second switch", "imapx")
        self._stays_off("after Evolution has got all mail again", 3, "not-yet")
        self._stays_off("by a wrong password", 3, "login-refused", online="wrong", logins=1)
        self._passwords_of_other_kinds()
        self._stays_off("by no certificate that is trusted", 3, "server-unreachable", online=PASSWORD, authority=None)
        with self.client() as client:
            self.await_account(client, self.account, "imapx", 0)
            self._stays_off("while Evolution runs", 3, "client-running", online=PASSWORD)
            self._equal("nothing asks or complains", client.quit(), [])
        self.server.seed(self.account["user"], [13])
        self._stays_off("with a message that the cache has not", 3, "not-yet", online=PASSWORD, logins=1)
        self.server.remove(self.account["user"], 13)
        before = self.server.messages(self.account["user"])
        answer, logins = self._finish_online(PASSWORD, 1)
        self._equal("finish --online", (answer.status, answer.column("status"), logins), (0, ["applied"], 1), answer.said)
        self._equal("finished: rules treat incoming mail", self._rules_are_on(), "true")
        self._equal("finished: nothing on the server has changed", [str(message) for message in self.server.messages(self.account["user"])],
                    [str(message) for message in before])
        self._receive()
        self.check_mail("finished, and the rule has moved new mail")

    def _passwords_of_other_kinds(self):
        """From a command that knows the account, and typed at a terminal, which does not show it."""
        arguments = ["finish", "--online", "--ca-file", CA_CERTIFICATE, self.fixture.home]
        position = self.server.log_position()
        answer = self.rewriter.call_online(*arguments, "--password-command", 'echo "wrong-$PROFILE_REWRITER_USER-$PROFILE_REWRITER_HOST"')
        self._equal("a command's password is tried", (answer.status, answer.column("reason"), self._logins(position, 1)),
                    (3, ["login-refused"], 1), answer.said)
        answer, shown, shows_again = self.rewriter.call_at_terminal(*arguments, typed="typed-secret\n")
        self._equal("a typed password is tried", (answer.status, answer.column("reason")), (3, ["login-refused"]), answer.said)
        self._equal("a typed password is not shown, and what is typed afterwards is", ("typed" in shown, shows_again), (False, True), shown)
        answer, shown, shows_again = self.rewriter.call_at_terminal(*arguments, typed="typed\x03")
        self._equal("Ctrl-C ends the question, and the terminal shows again what is typed", (answer.status, shows_again), (130, True), answer.said)
        answer = self.rewriter.call_online(*arguments)
        self._equal("no terminal and no password", answer.status, 64, answer.said)

    def _stays_off(self, moment, status, reason, online=None, logins=0, authority=CA_CERTIFICATE):
        settings = self.settings()
        if online:
            answer, made = self._finish_online(online, logins, authority)
        else:
            answer, made = self.rewriter.call("finish", self.fixture.home), 0
        self._equal(f"finish {moment}", (answer.status, answer.column("reason"), made), (status, [reason], logins), answer.said)
        self._equal(f"finish {moment} changes nothing", self.settings() == settings, True)

    def _finish_online(self, password, wanted, authority=CA_CERTIFICATE):
        """The answer, and how many logins the server saw, tried ones and made ones."""
        position = self.server.log_position()
        authorities = ["--ca-file", authority] if authority else []
        answer = self.rewriter.call_online("finish", "--online", "--password-fd", 0, *authorities, self.fixture.home, typed=password + "\n")
        return answer, self._logins(position, wanted)

    def _logins(self, position, wanted):
        return self._noted(wanted, lambda: len(LOGINS.findall(self.server.log(position))))
