"""What every command with --json prints over homes from the fixtures: rows by the command that printed them."""
import json
import pathlib
import shutil
import subprocess

from schemas import ROOT

FIXTURES = ROOT / "profiles-fixtures"
# No name is asked for, and nothing listens there.
TARGET = ["--match", "pop.lab.test", "--imap-host", "localhost", "--imap-port", "9"]
PASSWORD = ["--password-command", "printf secret"]


class Outputs:
    """`said` has (words of the command, row) for every row; `plan` is a plan that was saved."""

    def __init__(self, program, scratch):
        self.program, self.scratch, self.said = str(program), pathlib.Path(scratch), []
        self.state, self.plan = self.scratch / "state", self.scratch / "plan.json"
        self.thunderbird = self.home("thunderbird/mbox", b"thunderbird")
        # Stays with POP: that is what a backup is made of.
        self.kept = self.home("thunderbird/mbox", b"kept")
        self.others = [self.home("evolution/filters", b"evolution"), self.home("claws-mail/filters", b"claws-mail"),
                       self.home("thunderbird/plain", b"not-utf-8\xff")]
        self.elsewhere = self.home("windows-mail/windows-mail", b"windows")
        self.broken = self.home("thunderbird/plain", b"broken")
        for prefs in self.broken.rglob("prefs.js"):
            prefs.write_bytes(prefs.read_bytes() + b"user_pref(\n")
        self.document = self.scratch / "config.xml"
        shutil.copy(next((FIXTURES / "autoconfig-xml/pop-first").rglob("*.xml")), self.document)

    def home(self, fixture, name):
        target = bytes(self.scratch) + b"/" + name
        subprocess.run(["cp", "-R", str(FIXTURES / fixture / "home"), target], check=True)
        return pathlib.Path(target.decode("utf-8", "surrogateescape"))

    def run(self, *words, state=None, statuses=range(7)):
        words = [str(word) for word in words]
        line = [self.program, *words, "--json"]
        if words[0] != "autoconfig":
            line += ["--state", str(state or self.state)]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.scratch / "nobody"), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(line, capture_output=True, env=environment, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode not in statuses:
            raise AssertionError(f"{words}: {done.returncode}: {done.stderr.decode(errors='replace')}")
        rows = [json.loads(row) for row in done.stdout.decode().splitlines()]
        self.said += [(words, row) for row in rows]
        return rows

    def make(self):
        self.look()
        self.switch()
        self.read_journal()
        self.keep_mail()
        self.meet_servers()
        self.take_back()
        self.provide()

    def look(self):
        self.run("scan", self.thunderbird, *self.others, self.elsewhere, self.broken, self.document)
        self.run("check", "alice@gmx.de", "nobody.example", "outlook.com")
        self.run("check", "--accounts", self.thunderbird, self.broken)
        self.run("plan", *TARGET, "--risk", self.thunderbird, *self.others, self.broken)
        # Accounts of more than one POP host: an error.
        self.run("plan", *TARGET[2:], self.thunderbird, self.document, statuses=[64])

    def switch(self):
        self.run("plan", *TARGET, "--out", self.plan, self.thunderbird)
        self.run("apply", "--plan", self.plan)
        self.run("apply", *TARGET, self.thunderbird, *self.others, self.broken)
        self.run("apply", *TARGET[2:], self.document)
        self.run("finish")
        self.run("recover")

    def read_journal(self):
        for row in self.run("history"):
            if row["type"] == "recorded":
                self.run("show", row["change"])
        gathered = self.scratch / "gathered.jsonl"
        gathered.write_text("".join(json.dumps(row) + "\n" for row in self.report()))
        self.run("report", "--merge", gathered)
        export = self.scratch / "export"
        self.run("history", "export", "--out", export)
        self.run("history", "import", export, state=self.scratch / "other")
        self.run("history", "prune", "--older-than", "0", "--applied", "--dry-run")
        # A journal that others may read is a finding, and so is a switch that must be finished.
        self.state.chmod(0o755)
        self.run("doctor")

    def report(self):
        return self.run("report", "--csv", self.scratch / "report.csv", "--risk", self.thunderbird, *self.others, self.broken,
                        self.document)

    def keep_mail(self):
        backups = self.scratch / "backups"
        self.run("backup", "create", "--to", backups, self.kept, self.broken)
        self.run("backup", "list", backups)
        self.run("backup", "verify", backups)
        self.run("backup", "restore", backups, self.kept, "--dry-run")
        self.run("backup", "restore", backups, self.kept)
        damaged = next(path for path in backups.iterdir() if path.is_dir())
        (damaged / "manifest.json").write_text("{")
        self.run("backup", "list", backups)
        self.run("backup", "verify", backups)
        self.run("backup", "restore", damaged, self.kept)

    def meet_servers(self):
        """None answers."""
        self.run("test", "--host", "127.0.0.1", "--port", "9", "--username", "alice", *PASSWORD)
        self.run("test", "--no-login", self.broken)
        self.run("upload", "--dry-run", *PASSWORD, self.thunderbird)

    def take_back(self):
        self.run("rollback", "--all")
        self.run("rollback", "zzzzzzzzzz")

    def provide(self):
        out, other = self.scratch / "autoconfig", self.scratch / "lint"
        said = ["autoconfig", "generate", "example.com", "--imap-host", "imap.example.com", "--smtp-host", "smtp.example.com"]
        self.run(*said, "--out", out)
        self.run(*said, "--auth", "OAuth2", "--oauth2-issuer", "https://login.example.com", "--out", out, "--force")
        other.mkdir()
        (other / "example.net.xml").write_bytes(self.document.read_bytes().replace(b"995", b"993"))
        (other / "example.org.xml").write_text("<clientConfig")
        (other / "not-utf-8\udcff.xml").write_bytes(self.document.read_bytes())
        self.run("autoconfig", "lint", other)
