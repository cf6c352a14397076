"""What is tortured: a home of a real client's fixture, the commands that change it, and the files that decide."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
FIXTURES = os.path.join(ROOT, "profiles-fixtures")
PROGRAM = os.environ.get("PROFILE_REWRITER", os.path.join(ROOT, ".build/debug/profile-rewriter"))
TARGET = ["--imap-host", "imap.lab.test", "--imap-port", "993", "--security", "tls"]
SECONDS = 120


class Subject:
    """A fixture in a scratch directory: `home`, and `state` for the journal."""

    def __init__(self, fixture, scratch, commands=("apply", "rollback")):
        self.fixture = fixture
        self.name = fixture.replace("/", "-")
        self.commands = commands
        self.scratch = scratch
        self.home = os.path.join(scratch, "home")
        self.state = os.path.join(scratch, "state")
        with open(os.path.join(FIXTURES, fixture, "fixture.json"), encoding="utf-8") as file:
            facts = json.load(file)
        self.profile = facts["profile"]
        self.accounts = [account["account"] for account in facts["accounts"]]

    @property
    def deciding(self):
        """The files that decide, below the home: Thunderbird has one for all accounts, Evolution one for each."""
        if self.fixture.startswith("thunderbird/"):
            return {os.path.join(self.profile, "prefs.js")}
        return {os.path.join(self.profile, "sources", f"{account}.source") for account in self.accounts}

    def reset(self):
        self.clear()
        copy(os.path.join(FIXTURES, self.fixture, "home"), self.home)

    def clear(self):
        for directory in (self.home, self.state):
            shutil.rmtree(directory, ignore_errors=True)

    def save(self, directory):
        os.makedirs(directory)
        for name in ("home", "state"):
            if os.path.exists(os.path.join(self.scratch, name)):
                copy(os.path.join(self.scratch, name), os.path.join(directory, name))

    def restore(self, directory):
        self.clear()
        for name in ("home", "state"):
            if os.path.exists(os.path.join(directory, name)):
                copy(os.path.join(directory, name), os.path.join(self.scratch, name))

    def arguments(self, command):
        """The command line of `apply`, `rollback`, `rollback-all`, `recover`, `finish` or `scan`."""
        words = {
            "apply": ["apply", self.home, *TARGET],
            "rollback": ["rollback", "--last"],
            "rollback-all": ["rollback", "--all"],
            "recover": ["recover"],
            "finish": ["finish"],
            "scan": ["scan", self.home],
        }[command]
        return [PROGRAM, *words, "--json", "--state", self.state]

    def run(self, command, around=()):
        return run([*around, *self.arguments(command)], self.scratch)

    def synchronised(self):
        """Makes the cache that proves Evolution's first synchronisation, which `finish` waits for."""
        for account in self.accounts:
            directory = os.path.join(self.home, ".cache/evolution/mail", account)
            os.makedirs(directory, exist_ok=True)
            database = sqlite3.connect(os.path.join(directory, "folders.db"))
            database.execute("CREATE TABLE folders (folder_name TEXT, saved_count INT, bdata TEXT)")
            database.execute("INSERT INTO folders VALUES ('INBOX', 12, '4 1700000000 13 2')")
            database.execute("CREATE TABLE INBOX (uid TEXT PRIMARY KEY)")
            database.executemany("INSERT INTO INBOX VALUES (?)", [(str(uid),) for uid in range(12)])
            database.commit()
            database.close()


def run(words, directory):
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "TZ": "UTC"}
    return subprocess.run(words, cwd=directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)


def rows(process):
    """The result rows of a command called with --json."""
    found = []
    for line in process.stdout.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("type") == "result":
            found.append(row)
    return found


def copy(source, target):
    shutil.copytree(source, target, symlinks=True)


def scratch_directory():
    """In memory where there is room for it: the durability of the test's own files is nobody's concern."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.mkdtemp(prefix="profile-rewriter-torture-", dir=base)
