"""A real Evolution in a desktop session of its own (see `desktop`), and what its account registry makes of a home.

A session's programs in session/ need the system's Python, which has the introspection data of GNOME's libraries.
"""
import configparser
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
import uuid

from .desktop import Desktop, DesktopError

SYSTEM_PYTHON = "/usr/bin/python3"
SESSION_DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "session")
FLATPAK = ".var/app/org.gnome.Evolution"
PROGRAM = "evolution"
# Spam filters are other programs, which need training and may be missing.
SETTINGS = {"org/gnome/evolution/mail": {"junk-check-incoming": "false", "prompt-check-if-default-mailer": "false"},
            "org/gnome/evolution/shell": {"skip-warning-dialog": "true"},
            "org/gnome/evolution/shell/window": {"width": "1100", "height": "800", "x": "0", "y": "0"}}


class EvolutionError(Exception):
    pass


def directories(profile):
    """Where the client keeps its trees, by its profile's path below the home: {"config", "data", "cache"}."""
    if profile.startswith(FLATPAK + "/"):
        return {tree: f"{FLATPAK}/{tree}" for tree in ("config", "data", "cache")}
    return {"config": ".config", "data": ".local/share", "cache": ".cache"}


class Evolution:
    """`with Evolution(fixture, scratch) as client:` has the main window open; leaving quits as a user does, and fails if
    something asks or complains.

    The home is opened and rewritten; copy it first where that is not wanted.
    """

    def __init__(self, fixture, scratch, *, timeout=40, trusted=True):
        self.timeout = timeout
        self.scratch = scratch
        self.desktop = Desktop(fixture.home, scratch, directories=directories(fixture.description["profile"]), trusted=trusted)
        self.process = None

    def start(self, window=True):
        """Starts Evolution and, unless told otherwise, waits until its window is there."""
        self.desktop.start()
        try:
            self._write_settings()
            self.process = self.desktop.start_process(PROGRAM, "--component=mail", log=self.scratch.path("evolution.log"))
            if window:
                self.await_(lambda: self.look()["windows"], "its window", may_ask=True)  # what asks is for the caller to find
        except BaseException:
            self.kill()
            raise
        return self

    def await_(self, condition, what, seconds=None, may_fail=False, may_ask=False):
        """Waits until `condition` is true and returns its value; fails when Evolution ends or asks something meanwhile.

        With may_fail it returns what the condition has at the end of the time; with may_ask it goes on when something asks.
        """
        deadline = time.monotonic() + (seconds or self.timeout)
        looked = time.monotonic()
        while not (value := condition()):
            if self.process.poll() is not None:
                raise EvolutionError(f"Evolution ended, exit status {self.process.returncode}: {self._log()}")
            if time.monotonic() - looked > 2 and not may_ask:
                looked = time.monotonic()
                if problems := self.problems():
                    raise EvolutionError(f"while waiting for {what}: {problems}")
            if time.monotonic() > deadline:
                if may_fail:
                    return value
                raise EvolutionError(f"waited in vain for {what}: {self.look()}")
            time.sleep(0.1)
        return value

    def look(self):
        """What is on the screen: {"windows": [[program, role, name, text]], "alerts": [[program, text]]}."""
        return json.loads(self._session("screen.py", "look"))

    def problems(self):
        """Every window that is not the main one (a question, a password prompt), and every bar that tells of an error."""
        shown = self.look()
        return [window for window in shown["windows"] if window[:2] != [PROGRAM, "frame"]] + shown["alerts"]

    def press(self, *names):
        """Presses buttons or chooses menu items by name, one after the other."""
        self._session("screen.py", "press", *names)

    def send_and_receive(self):
        self.press("Send / Receive")

    def quit(self, timeout=30):
        """Ends Evolution the way a user does, then the session; returns what asked or complained until the end."""
        problems = self.problems()
        with contextlib.suppress(DesktopError, subprocess.TimeoutExpired):  # a question may keep the menu from being used
            self.press("Quit")
            self.process.wait(timeout)
        stuck = self.process.poll() is None
        self.kill()
        if stuck:
            raise EvolutionError(f"Evolution did not quit in {timeout} s: {problems}")
        return problems

    def kill(self):
        """Ends Evolution and its session as a power failure would."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None
        self.desktop.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind:
            self.kill()
        elif self.process and (problems := self.quit()):
            raise EvolutionError(f"at the end: {problems}")

    def _session(self, program, *arguments, **options):
        return self.desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, program), *arguments, **options)

    def _write_settings(self):
        """Adds to the settings that the client keeps in the home what spares us its greetings."""
        path = self.desktop.path("config", "glib-2.0", "settings", "keyfile")
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str
        parser.read(path)
        for group, values in SETTINGS.items():
            if not parser.has_section(group):
                parser.add_section(group)
            for key, value in values.items():
                parser[group][key] = value
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w") as file:
            parser.write(file, space_around_delimiters=False)

    def _log(self):
        with contextlib.suppress(OSError), open(self.scratch.path("evolution.log"), errors="replace") as file:
            return file.read()[-800:]
        return ""


def registered_accounts(fixture, scratch, connect=True, trusted=True):
    """What the account registry makes of a copy of the home: {account uid: dictionary}, see session/accounts.py.

    connect logs in with the stored passwords; nobody is there to answer a question.
    """
    copy = scratch.path(f"inspected-{uuid.uuid4().hex[:8]}")
    shutil.copytree(fixture.home, copy, symlinks=True)
    try:
        trees = directories(fixture.description["profile"])
        with Desktop(copy, scratch, directories=trees, display=False, trusted=trusted) as desktop:
            output = desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "accounts.py"), *(["--connect"] if connect else []), timeout=60)
        return {account["account"]: account for account in json.loads(output)}
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def store_password(fixture, scratch, uid, password):
    """Puts a password into the home's keyring as Evolution does for a source."""
    with Desktop(fixture.home, scratch, directories=directories(fixture.description["profile"]), display=False) as desktop:
        desktop.run("secret-tool", "store", "--label=Evolution Data Source", "xdg:schema", "org.gnome.Evolution.Data.Source",
                    "e-source-uid", uid, "eds-origin", "evolution-data-server", input=password)


def put_into_outbox(fixture, scratch, message):
    """Has a message wait for the next "Send / Receive"; Evolution must be closed."""
    with Desktop(fixture.home, scratch, directories=directories(fixture.description["profile"]), display=False) as desktop:
        desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "outbox.py"), input=message)


def local_marks(fixture, scratch, mark=False):
    """What the mail library that Evolution uses makes of On This Computer, see session/local-folders.py; Evolution must be closed."""
    with Desktop(fixture.home, scratch, directories=directories(fixture.description["profile"]), display=False) as desktop:
        return json.loads(desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "local-folders.py"), *(["--mark"] if mark else []), timeout=60))


def create_accounts(fixture, scratch, accounts, online=None):
    """Creates POP accounts as the account assistant does (see session/create-accounts.py), in an empty home.

    online has the passwords of GNOME Online Accounts that stand in its accounts.conf, by their ids.
    """
    with Desktop(fixture.home, scratch, directories=directories(fixture.description["profile"]), display=False) as desktop:
        for account, password in (online or {}).items():
            desktop.run("secret-tool", "store", f"--label=GOA imap_smtp credentials for identity {account}",
                        "xdg:schema", "org.gnome.OnlineAccounts", "goa-identity", f"imap_smtp:gen0:{account}",
                        input=f"{{'imap-password': <'{password}'>, 'smtp-password': <'{password}'>}}")
        desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "create-accounts.py"), input=json.dumps(accounts))


class Store:
    """The mail of a home as it lies on the disk, read without a lock while Evolution writes it."""

    def __init__(self, fixture):
        self.home = fixture.home
        self.directories = directories(fixture.description["profile"])

    def path(self, tree, *names):
        return os.path.join(self.home, self.directories[tree], "evolution", *names)

    def local_folders(self):
        """{folder of On This Computer: number of messages}; the inbox is "Inbox"."""
        root = self.path("data", "mail", "local")
        names = ["."] + sorted(name for name in os.listdir(root) if name.startswith(".") and os.path.isdir(os.path.join(root, name)))
        return {name.lstrip(".") or "Inbox": len(self._local_files(os.path.join(root, name))) for name in names}

    def local_mail(self):
        """{file name: bytes} of every local message, by folder and name without its flags."""
        root = self.path("data", "mail", "local")
        mail = {}
        for parent, _, names in os.walk(root):
            if os.path.basename(parent) in ("cur", "new"):
                for name in names:
                    with open(os.path.join(parent, name), "rb") as file:
                        mail[os.path.join(os.path.relpath(os.path.dirname(parent), root), name.partition(":")[0])] = file.read()
        return mail

    def mail_files(self):
        """{path below the data tree: bytes} of everything that belongs to mail: messages, indexes, the record of what was downloaded."""
        root = self.path("data")
        files = {}
        for parent, _, names in os.walk(os.path.join(root, "mail")):
            for name in names:
                with open(os.path.join(parent, name), "rb") as file:
                    files[os.path.relpath(os.path.join(parent, name), root)] = file.read()
        return files

    def downloaded(self, account):
        """The POP account's record of what it has downloaded: the UIDLs of uid-cache."""
        with contextlib.suppress(FileNotFoundError), open(self.path("data", "mail", account, "uid-cache")) as file:
            return [line.strip() for line in file if line.strip()]
        return []

    def server_folders(self, account):
        """{folder of an IMAP account: number of messages} as Evolution shows them; {} while it has none or is writing."""
        return dict(self._cached(account, "SELECT folder_name, saved_count FROM folders"))

    def server_headers(self, account):
        """How many headers of an IMAP account's INBOX are in Evolution's cache."""
        return next((count for count, in self._cached(account, "SELECT count(*) FROM INBOX")), 0)

    def synchronised_to(self, account):
        """INBOX's UIDNEXT in Evolution's cache of an IMAP account, which only a complete synchronisation writes; 0 until then."""
        found = self._cached(account, "SELECT bdata FROM folders WHERE folder_name = 'INBOX'")
        numbers = [number for data, in found for number in (data or "").split()]  # summary version, UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ
        return int(numbers[2]) if len(numbers) == 4 else 0

    def _cached(self, account, query):
        path = self.path("cache", "mail", account, "folders.db")
        with contextlib.suppress(sqlite3.Error):
            # immutable: neither looks for a lock nor takes one, so that Evolution never finds its database locked
            database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
            with contextlib.closing(database):
                return database.execute(query).fetchall()
        return []

    @staticmethod
    def _local_files(directory):
        parts = (os.path.join(directory, part) for part in ("cur", "new"))
        return [name for part in parts if os.path.isdir(part) for name in os.listdir(part)]
