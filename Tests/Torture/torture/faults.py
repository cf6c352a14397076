"""Every call that can change a file, killed before, killed after, failed three ways, and cut short: what is left, and what the
next commands make of it.

Kills before and errors are strace's (`inject=`) as long as one thread makes all those calls: strace counts for each thread by
itself. It can neither kill after a call nor shorten a write truthfully, so those two, and all of a program with several such
threads, are injector.c's.
"""
import collections
import errno
import os
import random
import shutil
import subprocess
import tempfile

from . import journals, subjects, tracing, trees

ERRORS = ("EIO", "ENOSPC", "EINTR")
KINDS = ("kill-before", "kill-after", *ERRORS, "short")
SCENARIOS = (("thunderbird/two", "apply"), ("thunderbird/two", "rollback"), ("evolution/two", "apply"), ("evolution/two", "rollback"),
             ("evolution/filters", "finish"))
KILLED = (-9, 137)
TRIES = 4
OPPOSITE = {"apply": "rollback-all", "rollback": "apply", "finish": "rollback-all"}


class Scenario:
    """A command at its start, the trees on both of its sides, and the calls that it makes between them."""

    def __init__(self, fixture, command, directory):
        self.name = f"{fixture} {command}"
        self.command = command
        self.directory = tempfile.mkdtemp(dir=directory)
        self.subject = subjects.Subject(fixture, os.path.join(self.directory, "run"))
        os.makedirs(self.subject.scratch)
        self.start = os.path.join(self.directory, "start")
        self.subject.reset()
        if command != "apply":
            self._must(self.subject.run("apply"))
        if command == "finish":
            self.subject.synchronised()
        self.subject.save(self.start)
        old = trees.read(self.subject.home)
        process, calls = tracing.trace(self.subject, command)
        self._must(process)
        new = trees.read(self.subject.home)
        plain, switched = (new, old) if command == "rollback" else (old, new)
        self.judge = trees.Judge(plain, switched, self.subject.deciding)
        self.calls = tracing.tortured(self.subject, calls)
        self.one_thread = {call.thread for call in self.calls} == {calls[0].thread}

    def cases(self):
        return [(call, kind) for call in self.calls for kind in KINDS if fits(call, kind)]

    def side(self, tree):
        """"old" is before the command, "new" after it; else what is wrong."""
        side = self.judge.whole(tree)
        return {"plain": "new" if self.command == "rollback" else "old", "switched": "old" if self.command == "rollback" else "new"}.get(side, side)

    def _must(self, process):
        if process.returncode != 0:
            raise RuntimeError(f"{self.name}: a clean run fails: {process.stdout} {process.stderr}")


def fits(call, kind):
    """A lock leaves nothing on the disk and needs no room on it: a kill there is the kill at the call beside it."""
    if kind == "short":
        return call.name in ("write", "pwrite64") and call.number(2) > 1
    return call.name != "fcntl" or kind in ("EIO", "EINTR")


class Trial:
    """One call of one command, meddled with in one way. `problems` says what broke; `prefix` what state was left."""

    def __init__(self, scenario, call, kind, turn):
        self.scenario = scenario
        self.subject = scenario.subject
        self.call = call
        self.kind = kind
        self.turn = turn
        self.problems = []
        self.prefix = None
        self.left_over = False
        self.reached = False

    def run(self):
        """The work of a run is not always spread over its threads in the same way: what was missed is tried again."""
        for _ in range(TRIES):
            self.subject.restore(self.scenario.start)
            self._strike()
            if self.reached:
                break
        else:
            return self
        if not self.problems:
            self._look_before()
        if not self.problems:
            self._next_command()
        return self

    def _fail(self, text):
        self.problems.append(f"{self.scenario.name}: {self.kind} at {self.call}: {text}")

    def _strike(self):
        command = self.scenario.command
        if self.kind in ("kill-after", "short") or not self.scenario.one_thread:
            how = {"kill-before": "kill", "kill-after": "after", "short": "short"}.get(self.kind) or str(getattr(errno, self.kind))
            process = self.subject.run(command, [injector(), how, self.call.name, str(self.call.nth_of_all)])
            self.reached = process.returncode != 99
        else:
            how = "signal=KILL" if self.kind == "kill-before" else f"error={self.kind}"
            log = os.path.join(self.subject.scratch, "strike")
            process = self.subject.run(command, [
                "strace", "-f", "-qq", "-o", log, "-e", f"trace={self.call.name}", "-e", f"inject={self.call.name}:{how}:when={self.call.nth}"])
            with open(log, "rb") as file:
                said = file.read()
            os.unlink(log)
            self.reached = b"(INJECTED)" in said or b"killed by SIGKILL" in said
        if not self.reached:
            return
        if self.kind.startswith("kill-"):
            if process.returncode not in KILLED:
                self._fail(f"it lives on ({process.returncode})")
        elif process.returncode < 0 or process.returncode not in (0, 1, 3, 4):
            self._fail(f"it ends with {process.returncode}: {process.stderr[-300:]}")
        elif self.kind == "short" and process.returncode != 0 and self.call.name == "write":
            self._fail(f"a short write fails it: {process.stdout[-500:]}")
        self.process = process

    def _look_before(self):
        """Before any later command: would a client open it, and does the journal know of it?"""
        tree = trees.read(self.subject.home)
        unsafe = self.scenario.judge.safe(tree)
        if unsafe:
            self._fail(f"before any later command: {unsafe}")
        self.prefix = self.scenario.judge.prefix(tree)
        journal = journals.of_state_directory(self.subject.state)
        for problem in journal.problems:
            self._fail(f"before any later command: {problem}")
        last = journal.states[-1] if journal.states else None
        side = self.scenario.side(tree)
        wanted = {"apply": {"new": {"prepared", "applied"}}, "rollback": {"new": {"undoing", "undone"}, "old": {"applied", "undoing"}},
                  "finish": {"new": {"prepared", "applied"}}}[self.scenario.command].get(side)
        if wanted and last not in wanted:
            self._fail(f"before any later command: {side}, and the journal says {last}")
        if self.kind.startswith("kill-"):
            return
        self._look_at_what_was_said(side, last)

    def _look_at_what_was_said(self, side, last):
        """A command that lived to its end has settled what it could, and told what it did."""
        said = {row["status"] for row in subjects.rows(self.process)}
        done = "undone" if self.scenario.command == "rollback" else "applied"
        if self.process.returncode == 0 and (side != "new" or last != done):
            self._fail(f"it says that it is done, and it is {side}, {last}")
        if said == {done} and side != "new":
            self._fail(f"it reports {said}, and it is {side}")
        self.left_over = side not in ("old", "new") or last in journals.UNSETTLED

    def _next_command(self):
        command, opposite = self.scenario.command, OPPOSITE[self.scenario.command]
        following = ("recover", command, opposite)[self.turn % (2 if command == "finish" else 3)]
        self._call(following)
        tree = trees.read(self.subject.home)
        side = self.scenario.side(tree)
        wanted = {"recover": ("old", "new"), command: ("new",), opposite: ("old",)}[following]
        self._expect(side in wanted, f"after {following}: {side}")
        self._settled(following, tree, side)
        if self.problems or command == "finish":
            return
        if self.turn % 5 == 0:
            self._call("scan")
        last = command if side == "old" else opposite
        self._call(last)
        tree = trees.read(self.subject.home)
        side = self.scenario.side(tree)
        self._expect(side == ("new" if last == command else "old"), f"after {following} and {last}: {side}")
        self._settled(last, tree, side)

    def _call(self, command):
        process = self.subject.run(command)
        if process.returncode != 0:
            self._fail(f"{command} ends with {process.returncode}: {process.stdout[-400:]} {process.stderr[-400:]}")

    def _settled(self, moment, tree, side):
        self._expect(not trees.Judge.litter(tree), f"after {moment}: {trees.Judge.litter(tree)} is left")
        left = journals.litter(self.subject.state)
        self._expect(not left, f"after {moment}: {left} is left in the state directory")
        journal = journals.of_state_directory(self.subject.state)
        for problem in journal.problems:
            self._fail(f"after {moment}: {problem}")
        self._expect(not journals.UNSETTLED & set(journal.states), f"after {moment}: the journal says {journal.states}")
        applied = journal.states.count("applied")
        new_means = {"apply": 1, "rollback": 0, "finish": 2}[self.scenario.command]
        old_means = {"apply": 0, "rollback": 1, "finish": 1}[self.scenario.command]
        expected = {"new": new_means, "old": old_means}.get(side)
        self._expect(expected in (None, applied), f"after {moment}: {side}, and {applied} changes are applied")

    def _expect(self, holds, text):
        if not holds:
            self._fail(text)


_injector = None


def injector():
    global _injector
    if _injector is None:
        _injector = os.path.join(tempfile.gettempdir(), f"profile-rewriter-injector-{os.getpid()}")
        compile_c("injector.c", _injector)
    return _injector


def compile_c(source, target, *more):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), source)
    subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-Werror", *more, "-o", target, source], check=True)


class Outcome:
    """What came of many trials of one scenario."""

    def __init__(self, name):
        self.name = name
        self.calls = 0
        self.kinds = collections.Counter()
        self.prefixes = set()
        self.left_over = 0
        self.missed = 0
        self.problems = []

    @property
    def states(self):
        return sum(self.kinds.values())

    def line(self):
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds.items())
        return (f"{self.name}: {self.calls} calls, {self.states} states ({kinds}); {len(self.prefixes)} different profiles; "
                f"{self.left_over} failed calls left the settling to the next command; {self.missed} never reached; {len(self.problems)} broken")

    def add(self, other):
        self.kinds += other.kinds
        self.prefixes |= other.prefixes
        self.left_over += other.left_over
        self.missed += other.missed
        self.problems += other.problems


def torture(fixture, command, directory, choose=lambda cases: cases, part=(0, 1), enough=None):
    """Every case that `choose` keeps, or the `part[0]`-th of `part[1]` parts of them; no more than `enough` that were reached."""
    scenario = Scenario(fixture, command, directory)
    outcome = Outcome(scenario.name)
    outcome.calls = len(scenario.calls)
    cases = choose(scenario.cases())
    for turn, (call, kind) in list(enumerate(cases))[part[0]::part[1]]:
        if outcome.states == enough:
            break
        trial = Trial(scenario, call, kind, turn // len(KINDS) + turn % len(KINDS)).run()
        if not trial.reached:
            outcome.missed += 1
            continue
        outcome.kinds[kind] += 1
        outcome.prefixes.add(trial.prefix)
        outcome.left_over += trial.left_over
        outcome.problems += trial.problems
    outcome.prefixes.discard(None)
    shutil.rmtree(scenario.directory, ignore_errors=True)
    return outcome


def sample(cases, count, seed):
    """`count` cases, every kind and every call name among them, as a seed draws them."""
    drawn, seen = list(cases), set()
    random.Random(seed).shuffle(drawn)
    rare = [case for case in drawn if (mark := (case[0].name, case[1])) not in seen and not seen.add(mark)]
    rest = [case for case in drawn if case not in rare]
    return (rare + rest)[:count]


def saboteur(directory):
    library = os.path.join(directory, "saboteur.so")
    compile_c("saboteur.c", library, "-shared", "-fPIC")
    return library


def sabotaged(name, library, directory, call_name):
    """What the judges say of a Thunderbird's apply that is killed at the last call of a name, by a program that is broken so."""
    scenario = Scenario("thunderbird/two", "apply", directory)
    call = [call for call in scenario.calls if call.name == call_name][-1]
    os.environ.update(LD_PRELOAD=library, SABOTAGE=name)
    try:
        return [problem for turn, kind in enumerate(("kill-before", "kill-after"))
                for problem in Trial(scenario, call, kind, turn * 3).run().problems]
    finally:
        del os.environ["LD_PRELOAD"], os.environ["SABOTAGE"]
