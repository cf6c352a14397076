"""The real client on every state that a killed apply or rollback can leave behind, and what settles them afterwards.

The states are made by killing profile-rewriter (strace) before each single call that changes a directory or makes a change
durable. States that the client cannot tell apart are opened once: only temporary files of
ours, which no setting names, make no difference, and of those the state with the most of them is taken.
"""
import collections
import hashlib
import os
import re
import shutil
import subprocess

from . import scenario
from lab import prefs

CALLS = "rename,renameat,renameat2,mkdir,mkdirat,link,linkat,symlinkat,unlink,unlinkat,rmdir,fsync,fdatasync"
TEMPORARY = re.compile(r"\.profile-rewriter-\w+\.tmp")
TRACED = re.compile(r"\d+ +(\w+)\(")
SETTLED = {"applied", "undone", "unchanged"}


class Interrupted(scenario.Scenario):
    """`undoing` kills the rollback instead of the apply; `used` lets the client run between the two.

    `least` is the number of states that there must be: fewer mean that the killing did not work.
    """

    undoing = False
    used = False
    least = 6

    def steps(self):
        if self.undoing:
            self.switch(accounts=len(self.pop_accounts))
            if self.used:
                self.look("before the undo", self.all_types("imap"))
        command = ["rollback", "--last"] if self.undoing else ["apply", self.fixture.home, *self.target()]
        states = self._kill_everywhere(self.rewriter.command(*command))
        self._check("the killing finds every state", len(states) >= self.least, f"{len(states)} instead of {self.least}")
        for number, directory in enumerate(states, 1):
            self._open(f"state {number} of {len(states)}", directory)

    def _kill_everywhere(self, command):
        """Directories with a home and a journal as they were when the command was killed, one for each different profile."""
        start = self.scratch.path("start")
        self._save(start)
        calls = self._calls_of(command)
        best, unsettled = {}, []
        for moment in [*calls, ("unkilled", 0)]:
            self._restore(start)
            self._check_killed(command, moment)
            tree, temporaries = fingerprint(self.profile)
            directory = self.scratch.path("-".join(map(str, ("state", *moment))))
            self._save(directory)
            problem = self._settle_unopened()
            unsettled += [f"killed at {moment}: {problem}"] if problem else []
            if tree not in best or best[tree][0] < temporaries:
                best[tree] = (temporaries, directory)
        self._equal(f"each of {len(calls)} kills is settled", unsettled, [])
        return [directory for _, directory in best.values()]

    def _calls_of(self, command):
        """[(name of a system call, its how-many-th)] that the command makes, in order; strace counts each name by itself."""
        trace = self.scratch.path("trace")
        subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e", f"trace={CALLS}", *command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
        counts, calls = collections.Counter(), []
        with open(trace, errors="replace") as file:
            for match in filter(None, map(TRACED.match, file)):
                counts[match[1]] += 1
                calls.append((match[1], counts[match[1]]))
        return calls

    def _check_killed(self, command, moment):
        name, count = moment
        tracer = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={name}:signal=KILL:when={count}"] if count else []
        process = subprocess.run(tracer + command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        if (process.returncode == 0) != (count == 0):
            self._check(f"the command ends as it must at {name} {count}", False, process.returncode)

    def _settle_unopened(self):
        """What is wrong with the state when no client opens it: after recover it is all-old or all-new, and can be undone."""
        answer = self.rewriter.call("recover")
        if answer.status or not set(answer.column("status")) <= SETTLED:
            return f"recover: {answer.status} {answer.said}"
        if answer.results and self._litter():
            return f"recover leaves {self._litter()}"
        if self._litter():  # killed while it made the client's lock file, before the journal knew of anything: the next run tidies up
            self.rewriter.call("apply", self.fixture.home, *self.target())
            if self._litter():
                return f"the next apply leaves {self._litter()}"
        answer = self.rewriter.call("rollback", "--all")
        if answer.status or self.accounts_in_prefs() != self.accounts_before:
            return f"rollback: {answer.status} {answer.said}"
        return None

    def _litter(self):
        return [name for name in paths(self.profile) if TEMPORARY.search(name)]

    def _open(self, name, directory):
        self._restore(directory)
        kind = next(account["type"] for account in map(self._server, self.pop_accounts))
        self.look(name, self.all_types(kind))
        answer = self.rewriter.call("recover")
        self._check(f"{name}: recover settles it", answer.status == 0 and set(answer.column("status")) <= SETTLED, answer.said)
        answer = self.rewriter.call("rollback", "--all")
        self._check(f"{name}: it can be undone", answer.status == 0 and set(answer.column("status")) <= SETTLED, answer.said)
        self.check_pop_prefs(name)

    def _server(self, account):
        return prefs.servers(prefs.read(self.profile))[account["server"]]

    def _save(self, directory):
        os.makedirs(directory)
        copy(self.fixture.home, os.path.join(directory, "home"))
        if os.path.exists(self.rewriter.state):
            copy(self.rewriter.state, os.path.join(directory, "state"))

    def _restore(self, directory):
        for name, target in (("home", self.fixture.home), ("state", self.rewriter.state)):
            shutil.rmtree(target, ignore_errors=True)
            if os.path.exists(os.path.join(directory, name)):
                copy(os.path.join(directory, name), target)


class Apply(Interrupted):
    pass


class Rollback(Interrupted):
    """Right after the apply: everything goes back by bytes, and what was made is removed."""
    undoing = True


class RollbackUsed(Interrupted):
    """After the client has run: everything goes back by key."""
    undoing = used = True
    least = 3


class ApplyTwo(Apply):
    fixture_name = "two"


class RollbackTwo(Rollback):
    fixture_name = "two"


class ApplyUnified(Apply):
    fixture_name = "unified"
    least = 7


class RollbackUnified(Rollback):
    fixture_name = "unified"
    least = 7


def copy(source, target):
    subprocess.run(["cp", "-a", source, target], check=True, timeout=60)


def paths(profile):
    """Every path below the profile, sorted."""
    found = []
    for parent, directories, files in os.walk(profile):
        found += [os.path.relpath(os.path.join(parent, name), profile) for name in directories + files]
    return sorted(found)


def fingerprint(profile):
    """(a hash of the tree without temporary files of ours, how many of those)."""
    digest, temporaries = hashlib.sha256(), 0
    for name in paths(profile):
        path = os.path.join(profile, name)
        if TEMPORARY.search(name):
            temporaries += 1
            continue
        digest.update(f"{name} {os.lstat(path).st_mode:o}\0".encode(errors="surrogateescape"))
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest(), temporaries
