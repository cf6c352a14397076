"""Nothing is changed behind a running client's back, and no client starts while a change is being made."""
import os
import subprocess
import time

from lab.rewriter import Rewriter
from lab.thunderbird import ThunderbirdError

from . import scenario

HELD_SECONDS = 12


class RunningClient(scenario.Scenario):
    def steps(self):
        with self.client():
            self._check_refused("apply", self.fixture.home, *self.target())
        self._apply_slowly()
        with self.client():
            self._check_refused("rollback", "--last")
        self.look("after the refused undo", self.all_types("imap"))
        self.undo("--last")
        self.look("undone", self.all_types("pop3"))

    def _check_refused(self, *command):
        before = self._decisive()
        answer = self.rewriter.call(*command)
        self._equal(f"{command[0]} is refused while the client runs", (answer.status, answer.column("status"), answer.column("reason")),
                    (3, ["refused"], ["client-running"]), answer.said)
        self._equal(f"the refused {command[0]} changes nothing", self._decisive(), before)

    def _apply_slowly(self):
        """While an apply is held up before it replaces prefs.js, neither a client nor a second run gets in."""
        delay = f"inject=renameat:delay_enter={HELD_SECONDS}s:when=2"
        command = ["strace", "-f", "-qq", "-o", os.devnull, "-e", delay, *self.rewriter.command("apply", self.fixture.home, *self.target())]
        before = self._content("prefs.js")
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                self._check("the apply is held up after its first file", self._wait(lambda: b"imap://" in self._content("logins.json"), 10))
                self._check_busy()
                self._check_client_stays_out()
                self._equal("the apply was held up until then", (process.poll(), self._content("prefs.js") == before), (None, True))
                self._equal("the apply is carried out", process.wait(HELD_SECONDS + 20), 0)
            finally:
                process.kill()

    def _check_busy(self):
        answer = self.rewriter.call("apply", self.fixture.home, *self.target())
        self._equal("a second run is refused", (answer.status, set(answer.column("reason"))), (3, {"busy"}), answer.said)
        stranger = Rewriter(self.scratch.path("other-state"), self.program).call("apply", self.fixture.home, *self.target())
        self._check("a second run with another journal is refused", stranger.status == 3 and set(stranger.column("reason")) <= {"busy", "client-running"}, stranger.said)

    def _check_client_stays_out(self):
        start = time.monotonic()
        try:
            with self.client(timeout=HELD_SECONDS):
                problem = "it came up"
        except ThunderbirdError as error:
            problem = "" if "ended at once" in str(error) else str(error)
        self._check("no client starts meanwhile", not problem, f"{problem} after {time.monotonic() - start:.0f} s")

    def _decisive(self):
        """What a change would edit; the running client itself writes other keys of prefs.js at any time."""
        return {"accounts": self.accounts_in_prefs(), "logins": self._content("logins.json"),
                "directories": sorted(os.listdir(os.path.join(self.profile, "ImapMail"))) if os.path.exists(os.path.join(self.profile, "ImapMail")) else None}

    def _content(self, name):
        with open(os.path.join(self.profile, name), "rb") as file:
            return file.read()
