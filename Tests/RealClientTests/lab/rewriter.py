"""The program under test as the cycles call it: switch a fixture's accounts, and take it back."""
import contextlib
import itertools
import json
import os
import pty
import subprocess
import termios
import time

from .dovecot import LOCAL_NAMES

PROGRAM_VARIABLE = "PROFILE_REWRITER"
REPOSITORY = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
DEFAULT_PROGRAM = os.path.join(REPOSITORY, ".build", "debug", "profile-rewriter")


class RewriterError(Exception):
    pass


class Rewriter:
    """Calls profile-rewriter with a journal of its own in `state`."""

    def __init__(self, state, program=None):
        self.state = state
        self.program = program or os.environ.get(PROGRAM_VARIABLE) or DEFAULT_PROGRAM
        self.runs = 0

    def switch(self, fixture):
        """Switches every POP account; one call for each POP host, as the command demands. Returns all result rows."""
        rows = []
        for host, accounts in _by_pop_host(fixture):
            imap = accounts[0]["imap"]
            arguments = ["apply", fixture.home, "--imap-host", imap["host"], "--imap-port", str(imap["port"]),
                         "--security", imap["security"]]
            rows += self._call(arguments + (["--match", host] if host else []))
            self.runs += 1
        return rows

    def undo(self, fixture):
        """Takes back what `switch` did, newest run first. Returns all result rows."""
        if self.runs == 1:
            return self._call(["rollback", "--last"])
        return self._call(["rollback", "--all", fixture.home])

    def command(self, *arguments):
        """The command line that `call` runs."""
        return [self.program, *map(str, arguments), "--state", self.state, "--json"]

    def call(self, *arguments, timeout=60):
        """Runs profile-rewriter and returns what it answered."""
        return self._run(self.command(*arguments), timeout, "")

    def call_online(self, *arguments, typed="", timeout=60):
        """The same where the laboratory's host names lead to this machine, with `typed` on its standard input."""
        return self._run(self._in_laboratory(self.command(*arguments)), timeout, typed)

    def call_at_terminal(self, *arguments, typed, timeout=60):
        """The same with a terminal as standard input, at which `typed` is typed once something is asked.

        Returns the answer, what the terminal showed, and whether it shows again what is typed.
        """
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(self._in_laboratory(self.command(*arguments)), stdin=theirs, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, start_new_session=True)
            deadline = time.monotonic() + timeout
            while termios.tcgetattr(ours)[3] & termios.ECHO and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.02)
            os.write(ours, typed.encode())
            output, talk = process.communicate(timeout=timeout)
            shows_again = bool(termios.tcgetattr(ours)[3] & termios.ECHO)
            os.set_blocking(ours, False)
            shown = b""
            with contextlib.suppress(BlockingIOError):
                shown = os.read(ours, 10000)
        finally:
            os.close(ours)
            os.close(theirs)
        return Answer(subprocess.CompletedProcess(arguments, process.returncode, output, talk)), shown.decode(), shows_again

    def _run(self, command, timeout, typed):
        try:
            process = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=timeout)
        except OSError as error:
            raise RewriterError(f"cannot run {self.program}: {error.strerror}") from error
        return Answer(process)

    def _in_laboratory(self, command):
        hosts = self.state + ".hosts"
        with open(hosts, "w") as file:
            file.write("127.0.0.1 localhost " + " ".join(LOCAL_NAMES) + "\n")
        user = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
        return ["unshare", *user, "--mount", "--propagation", "private", "--", "sh", "-c",
                'mount --bind "$1" /etc/hosts && shift && exec "$@"', "sh", hosts, *command]

    def _call(self, arguments):
        answer = self.call(*arguments)
        if not answer.results:
            raise RewriterError(f"{' '.join(arguments[:2])}: no result, exit status {answer.status}: {answer.said}")
        return answer.results


class Answer:
    """An answer of profile-rewriter: exit status, its JSON rows, and the end of what it said."""

    def __init__(self, process):
        self.status = process.returncode
        self.rows = [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]
        self.results = [row for row in self.rows if row.get("type") == "result"]
        self.said = process.stderr[-600:] + process.stdout[-600:]

    def column(self, name):
        """One field of every result row, in order."""
        return [row.get(name) for row in self.results]

    def warnings(self):
        """The codes of all warnings, sorted."""
        return sorted({warning["code"] for row in self.rows for warning in row.get("warnings") or []})


def _by_pop_host(fixture):
    """[(host, accounts)]; the host is None when there is but one, and nothing needs to be picked."""
    accounts = sorted((account for account in fixture.accounts if account["type"] == "pop3"), key=lambda account: account["pop"]["host"])
    groups = [(host, list(group)) for host, group in itertools.groupby(accounts, key=lambda account: account["pop"]["host"])]
    return groups if len(groups) > 1 else [(None, groups[0][1])]
