"""A real Claws Mail or Sylpheed in a desktop session of its own (see `desktop`), told what to do by its own command line, and what lies in its home.

Both have accounts in `accountrc`, the tree of folders in `folderlist.xml`, and local mail in MH folders below ~/Mail.
"""
import contextlib
import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree

from .desktop import Desktop, DesktopError
from .evolution import SESSION_DIRECTORY, SYSTEM_PYTHON

MAIN_WINDOW = re.compile(r"(Claws Mail|Sylpheed) \d")
NOTIFICATION = "Notification"  # tells of new mail, asks nothing
STATUS = re.compile(r"\s*(\d+)\s+(\d+)\s+(\d+)\s+(#.*)$")


class FamilyError(Exception):
    pass


class FamilyClient:
    """`with FamilyClient("claws-mail", fixture, scratch) as client:` has its window open; leaving ends it as a user does, and fails if something asks.

    The home is opened and rewritten; copy it first where that is not wanted.
    """

    def __init__(self, program, fixture, scratch, *, timeout=20):
        self.program = program
        self.timeout = timeout
        self.log_path = scratch.path(f"{program}.log")
        self.desktop = Desktop(fixture.home, scratch)
        self.process = None

    def start(self):
        self.desktop.start()
        # What a client of GTK 2 shows is on the accessibility bus only with these.
        self.desktop.environment["GTK_MODULES"] = "gail:atk-bridge"
        try:
            self.process = self.desktop.start_process(self.program, log=self.log_path)
            self.await_(self._main_windows, "its window")
        except BaseException:
            self.kill()
            raise
        return self

    def await_(self, condition, what, seconds=None, may_fail=False):
        """Waits until `condition` is true and returns its value; fails when the client ends meanwhile, or with the time unless may_fail."""
        deadline = time.monotonic() + (seconds or self.timeout)
        while not (value := condition()):
            if self.process.poll() is not None:
                raise FamilyError(f"{self.program} ended, exit status {self.process.returncode}: {self._log()}")
            if time.monotonic() > deadline:
                if may_fail:
                    return value
                raise FamilyError(f"waited in vain for {what}: {self._windows()}")
            time.sleep(0.1)
        return value

    def problems(self):
        """Every window that is not the main one."""
        return [window for window in self._windows() if not MAIN_WINDOW.search(window[2]) and window[2] != NOTIFICATION]

    def counts(self):
        """{folder: number of messages} of all folders as the client counts them; {} while it is busy with something that asks."""
        with contextlib.suppress(DesktopError, subprocess.TimeoutExpired):
            lines = self._tell("--status-full").splitlines()
            return {match[4]: int(match[3]) for match in map(STATUS.match, lines) if match}
        return {}

    def open_folder(self, identifier, shown):
        """Claws Mail is told to; in Sylpheed as by a click at the last row of the tree of folders whose name begins as `shown`."""
        if self.program == "claws-mail":
            self.desktop.run(self.program, "--select", identifier, timeout=10)
        else:
            self.desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "screen.py"), "click", shown)

    def receive(self):
        self._tell("--receive-all")

    def quit(self, timeout=15):
        """Ends the client the way a user does, then the session; returns what asked until the end, and fails if it crashes."""
        problems = self.problems()
        with contextlib.suppress(DesktopError, subprocess.TimeoutExpired):
            self._tell("--exit")
            self.process.wait(timeout)
        status = self.process.poll()
        self.kill()
        if status != 0:
            raise FamilyError(f"{self.program} ended with {status}: {problems}: {self._log()}")
        return problems

    def kill(self):
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
            raise FamilyError(f"at the end: {problems}")

    def _windows(self):
        return json.loads(self.desktop.run(SYSTEM_PYTHON, os.path.join(SESSION_DIRECTORY, "screen.py"), "look"))["windows"]

    def _main_windows(self):
        return [window for window in self._windows() if MAIN_WINDOW.search(window[2])]

    def _tell(self, argument):
        return self.desktop.run(self.program, argument, timeout=10)

    def _log(self):
        with contextlib.suppress(OSError), open(self.log_path, errors="replace") as file:
            return file.read()[-800:]
        return ""


class Home:
    """What lies in a home, read by other eyes than the program's under test."""

    def __init__(self, fixture):
        self.home, self.profile = fixture.home, fixture.profile

    def accounts(self):
        """{account's number: {key: value}} of accountrc."""
        accounts, current = {}, None
        with open(os.path.join(self.profile, "accountrc"), encoding="utf-8") as file:
            for line in file.read().split("\n"):
                if match := re.match(r"\[Account: (\d+)\]", line):
                    current = accounts[match[1]] = {}
                elif "=" in line and current is not None:
                    key, _, value = line.partition("=")
                    current[key] = value
        return accounts

    def server_trees(self):
        """The numbers of the accounts whose folders on a server stand in folderlist.xml."""
        root = xml.etree.ElementTree.parse(os.path.join(self.profile, "folderlist.xml")).getroot()
        return sorted(folder.get("account_id") for folder in root.iter("folder") if folder.get("type") == "imap")

    def local_mail(self):
        """{path below ~/Mail: bytes} of every message."""
        root = os.path.join(self.home, "Mail")
        mail = {}
        for parent, _, names in os.walk(root):
            for name in filter(str.isdigit, names):
                with open(os.path.join(parent, name), "rb") as file:
                    mail[os.path.relpath(os.path.join(parent, name), root)] = file.read()
        return mail

    def local_folders(self):
        """{folder below ~/Mail: number of messages} of those that have any."""
        counts = {}
        for path in self.local_mail():
            counts[os.path.dirname(path)] = counts.get(os.path.dirname(path), 0) + 1
        return dict(sorted(counts.items()))

    def other_files(self):
        """{file name: bytes} of what a switch has no business in: passwords, rules, the record of what was fetched."""
        files = {}
        names = ["passwordstorerc", "matcherrc", "filter.xml"] + [f"uidl/{name}" for name in os.listdir(os.path.join(self.profile, "uidl"))]
        for name in names:
            with contextlib.suppress(FileNotFoundError), open(os.path.join(self.profile, name), "rb") as file:
                files[name] = file.read()
        return files
