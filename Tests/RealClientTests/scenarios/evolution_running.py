"""Evolution has no lock: while it runs nothing is changed, while only its account registry runs the change reaches the registry."""
import json
import os
import shutil
import subprocess
import time

from lab import keyfile
from lab.desktop import Desktop
from lab.evolution import SESSION_DIRECTORY, SYSTEM_PYTHON

from . import evolution_scenario

REGISTRY = "/usr/libexec/evolution-source-registry"


class RunningClient(evolution_scenario.EvolutionScenario):
    def steps(self):
        with self.client() as client:
            client.await_(self.server.pop3_sessions, "the login")
            self._check_refused("apply", self.fixture.home, *self.target())
        self._check_ended_client()
        with self.client() as client:
            client.await_(lambda: self.store.server_folders(self.account["account"]).get("INBOX"), "the INBOX")
            self._check_refused("rollback", "--last")
        self.look("after the refused undo", "imapx")
        self.undo("--last")
        self.look("undone", "pop")

    def _check_refused(self, *command):
        before = self.settings()
        answer = self.rewriter.call(*command)
        self._equal(f"{command[0]} is refused while Evolution runs", (answer.status, answer.column("status"), answer.column("reason")),
                    (3, ["refused"], ["client-running"]), answer.said)
        self._equal(f"the refused {command[0]} changes nothing", self.settings() == before, True)

    def _check_ended_client(self):
        """A process that has ended, but that nobody has waited for yet, still has its name, though neither program nor memory."""
        program = shutil.copy(shutil.which("true"), self.scratch.path("evolution"))
        with subprocess.Popen([program]) as process:
            self._wait(lambda: _state(process.pid) == "Z")
            self.switch()
            process.wait()


class RunningRegistry(evolution_scenario.EvolutionScenario):
    def steps(self):
        with Desktop(self.fixture.home, self.scratch, display=False) as desktop:
            self._equal("the registry has a POP account", self._backend(desktop), "pop")
            running = desktop.pids(REGISTRY)
            answer = self.switch()
            self._equal("the switch says that the registry runs", answer.warnings().count("settings-service"), 1, answer.said)
            self._equal("the same registry has an IMAP account", (self._backend(desktop), desktop.pids(REGISTRY)), ("imapx", running))
            answer = self.undo("--last")
            self._equal("the undo says that the registry runs", answer.warnings().count("settings-service"), 1, answer.said)
            self._equal("the same registry has a POP account again", (self._backend(desktop), desktop.pids(REGISTRY)), ("pop", running))
        self.look("undone", "pop")

    def _backend(self, desktop):
        accounts = json.loads(desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "accounts.py")))
        return next((account["backend"] for account in accounts if account["account"] == self.account["account"]), None)


class RegistryCommit(evolution_scenario.EvolutionScenario):
    """A program changes the account by the registry, which has not seen ours yet and writes the file as it knew it."""

    def steps(self):
        for seconds in (0.1, 2):
            self._collide(seconds)
        self.look("at the end", keyfile.value(self.source_path(self.account["account"]), "Mail Account", "BackendName"))

    def _collide(self, seconds):
        path, name = self.source_path(self.account["account"]), f"renamed after {seconds} s"
        before = self._connection()
        imap = self.account["imap"]
        with Desktop(self.fixture.home, self.scratch, display=False) as desktop:
            commit = desktop.start_process(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "commit.py"), self.account["account"], path,
                                           "BackendName=imapx", str(seconds), name, log=self.scratch.path("commit.log"))
            self._wait(lambda: "ready" in self._commit_log(), 20)
            answer = self.rewriter.call("apply", self.fixture.home, *self.target())
            self._equal(f"{name}: the other program's change was made", commit.wait(30), 0, self._commit_log())
            time.sleep(4)  # what the registry has not read yet, it reads and may write in this time
        found = self._connection()
        switched = ("imapx", imap["host"], str(imap["port"]))
        status, said = answer.column("status"), answer.said
        self._check(f"{name}: all is old or all is new", found in (before, switched), (found, said))
        self._equal(f"{name}: the answer says which", (status == ["applied"], bool(status)), (found == switched, True), said)
        self._equal(f"{name}: the other program's change stays", keyfile.value(path, "Data Source", "DisplayName"), name, said)
        if found == switched:
            # A change that was made again stands in the journal twice.
            answer = self.rewriter.call("rollback", "--last")
            self._equal(f"{name}: the undo is complete", (answer.status, set(answer.column("status")) - {"unchanged"}), (0, {"undone"}), answer.said)
            self._equal(f"{name}: undone", self._connection(), before)
            self._equal(f"{name}: the other program's change stays after the undo", keyfile.value(path, "Data Source", "DisplayName"), name)
        open(self.scratch.path("commit.log"), "w").close()

    def _connection(self):
        path = self.source_path(self.account["account"])
        return (keyfile.value(path, "Mail Account", "BackendName"), keyfile.value(path, "Authentication", "Host"),
                keyfile.value(path, "Authentication", "Port"))

    def _commit_log(self):
        with open(self.scratch.path("commit.log"), errors="replace") as file:
            return file.read()


def _state(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]
