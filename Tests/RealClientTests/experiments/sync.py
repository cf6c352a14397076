#!/usr/bin/env python3
"""What the first IMAP sync and the client's housekeeping do to the server after a switch: sync.py [--program PATH] [CASE…]

Each case prepares the mbox fixture, lets profile-rewriter switch it, opens it twice in the real Thunderbird and compares the
server before and after. The facts behind it: docs/clients/thunderbird-findings-sync.md. One line for each case; the exit
status is 0 when all pass.
"""
import argparse
import os
import signal
import sys
import time
from email.utils import formatdate

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lab import fixtures, passwords
from lab.dovecot import Dovecot
from lab.rewriter import Rewriter
from lab.scratch import Scratch
from lab.thunderbird import Thunderbird

USER = "alice@lab.test"
DAY = 86400
TARGET = "mailbox://alice%40lab.test@pop.lab.test/Empty"
S, DEF = "mail.server.server1.", "mail.server.default."

# Opens every IMAP folder and lets retention settings act on it, as the purge service does some minutes after the start.
HOUSEKEEPING = """
const [key, wait] = args;
const server = MailServices.accounts.getIncomingServer(key);
if (server.type != "imap") return "not imap";
server.performExpand(null);
await until(() => server.rootFolder.getFolderWithFlags(F.Inbox));
await sleep(1000);
const open = async folder => {
  const listener = urlListener();
  folder.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, listener);
  await until(() => listener.status !== null);
};
const inbox = server.rootFolder.getFolderWithFlags(F.Inbox);
await open(inbox);
await sleep(wait);
for (const folder of server.rootFolder.descendants) {
  await open(folder);
  folder.applyRetentionSettings();
}
await sleep(wait);
return "done";
"""


def odd_dates(now):
    """{subject: Date header} of mail that was there before the switch."""
    return {
        "old": formatdate(now - 1000 * DAY), "of yesterday": formatdate(now - DAY), "in a year": formatdate(now + 400 * DAY),
        "in two days": formatdate(now + 2 * DAY), "of 2099": "Thu, 1 Jan 2099 00:00:00 +0000", "of 1960": "Fri, 1 Jan 1960 00:00:00 +0000",
        "of the epoch": "Thu, 1 Jan 1970 00:00:00 +0000", "undated": None, "with an empty date": "", "with a wrong date": "not a date",
        "with an impossible date": "Thu, 45 Foo 2026 99:99:99 +0000", "without a year": "Tue, 24 Nov 10:00:00", "ISO": "2026-11-10T10:00:00Z",
    }


def just_after_midnight(now):
    """The Date of a message that comes tomorrow, but less than a day ahead."""
    year, month, day = time.localtime(now + DAY)[:3]
    return formatdate(min(time.mktime((year, month, day, 0, 30, 0, 0, 0, -1)), now + DAY - 600))


class Case:
    """One fixture, switched with these prefs added before; `server` and `profile` are there for the length of a `with`."""

    def __init__(self, program, user_prefs=None, rules=""):
        self.program, self.user_prefs, self.rules = program, user_prefs or {}, rules

    def __enter__(self):
        self.scratch = Scratch("experiment")
        self.server = Dovecot(self.scratch.directory("dovecot"), pop3_no_flag_updates=True).start()
        self.fixture = fixtures.copy_fixture("mbox", self.scratch.path("home"), self.server.ports)
        self.profile = self.fixture.profile
        passwords.suit(self.fixture, self.scratch)
        add_prefs(self.profile, self.user_prefs)
        if self.rules:
            with open(os.path.join(self.profile, "Mail", "pop.lab.test", "msgFilterRules.dat"), "w") as file:
                file.write('version="9"\nlogging="no"\n' + self.rules)
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.scratch.remove()

    def switch(self):
        rows = Rewriter(self.scratch.path("state"), self.program).switch(self.fixture)
        return [row["status"] for row in rows] == ["applied"]

    def open(self, wait=3000):
        with Thunderbird(self.profile, self.scratch) as client:
            done = client.js(HOUSEKEEPING, "server1", wait)
            return done == "done" and not client.dialogs()


def add_prefs(profile, values):
    with open(os.path.join(profile, "prefs.js"), "a") as file:
        for key, value in values.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            file.write(f'user_pref("{key}", {text});\n')


def subjects(server):
    """The subjects in INBOX without those flagged as deleted."""
    return {message["Subject"] for message in server.messages(USER) if "T" not in message["X-Lab-Flags"]}


def first_sync(program, kind):
    """A rule that moves everything leaves alone whatever was there before the switch, and moves tomorrow's mail."""
    now = time.time()
    rule = f'name="all"\nenabled="yes"\ntype="{kind}"\naction="Move to folder"\nactionValue="{TARGET}"\ncondition="AND (from,contains,@)"\n'
    with Case(program, {S + "moveOnSpam": False}, rule) as case:
        dates = odd_dates(now)
        if kind & 288:  # these runs cannot see the Date header: undated mail is not held, a known remainder
            dates = {name: date for name, date in dates.items() if name in ("old", "of yesterday", "in a year", "in two days", "of 2099", "of 1960")}
        for subject, date in dates.items():
            case.server.add(USER, {"Subject": subject, "Date": date})
        if not case.switch():
            return "the switch was not applied"
        if not case.open():
            return "the client complained or is not IMAP"
        moved = sorted(set(dates) - subjects(case.server))
        case.server.add(USER, {"Subject": "new", "Date": just_after_midnight(now)})
        case.open()
        later = sorted(set(dates) - subjects(case.server))
        if moved or later:
            return f"touched at the first sync: {moved}, later: {later}"
        return "tomorrow's mail was not filtered" if "new" in subjects(case.server) else ""


def nothing_deleted(program, user_prefs):
    """With these prefs in the POP profile, no message of the server is deleted after the switch."""
    with Case(program, {S + "moveOnSpam": False, **user_prefs}) as case:
        for folder, count in (("INBOX", 8), ("Trash", 5), ("Junk", 5)):
            for number in range(count):
                case.server.add(USER, {"Subject": f"{folder} {number}", "Date": formatdate(time.time() - (100 + number) * DAY)}, folder=folder, flags="S")
        before = {name: count for name, count in case.server.folder_counts(USER).items() if count}
        if not case.switch():
            return "the switch was not applied"
        if not (case.open() and case.open()):
            return "the client complained or is not IMAP"
        after = case.server.folder_counts(USER)
        lost = {name: (count, after.get(name, 0)) for name, count in before.items() if after.get(name, 0) != count}
        return f"changed: {lost}" if lost else ""


CASES = {
    "first-sync": lambda program: first_sync(program, 17),
    "first-sync-after-junk": lambda program: first_sync(program, 32),
    "no-housekeeping": lambda program: nothing_deleted(program, {}),
    "empty-trash": lambda program: nothing_deleted(program, {S + "empty_trash_on_exit": True}),
    "empty-trash-default": lambda program: nothing_deleted(program, {DEF + "empty_trash_on_exit": True}),
    "retain-days": lambda program: nothing_deleted(program, {S + "retainBy": 2, S + "daysToKeepHdrs": 30}),
    "retain-number": lambda program: nothing_deleted(program, {S + "retainBy": 3, S + "numHdrsToKeep": 3}),
    "retain-days-default": lambda program: nothing_deleted(program, {DEF + "retainBy": 2, DEF + "daysToKeepHdrs": 30}),
    "cleanup-and-retain": lambda program: nothing_deleted(program, {S + "cleanup_inbox_on_exit": True, S + "retainBy": 2, S + "daysToKeepHdrs": 30}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all by default: " + " ".join(CASES))
    parser.add_argument("--program", help="the profile-rewriter to use (else $PROFILE_REWRITER, else .build/debug/profile-rewriter)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    failed = 0
    for name in options.cases or CASES:
        try:
            problem = CASES[name](options.program)
        except Exception as error:  # a case that breaks off has not passed
            problem = f"{type(error).__name__}: {error}"
        failed += bool(problem)
        print(f"{'FAIL' if problem else 'ok':4} {name}" + (f": {problem}" if problem else ""), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
