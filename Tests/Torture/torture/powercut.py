"""The power cut at every instant of an apply and the rollback after it: every disk that may be found then, judged as it is, and
after `recover`.

The calls are recorded once (strace, all bytes). Disks are made of the record (see `disk`), not by running anything again; equal ones are
judged once. Of each different disk Python judges the home, and Python's SQLite the journal; of those that differ in more than bytes of the
journal that mean the same, the real program's `recover`, and the commands after it, are run.
"""
import hashlib
import itertools
import os
import random
import shutil
import tempfile

from . import disk, journals, subjects, tracing, trees

FIXTURES = ("thunderbird/two", "evolution/two")
MODELS = ("ext4", "posix")
ABSENT = (None,)


class Effort:
    """How many of the disks are made: all combinations up to `limit`, else chosen ones and `draws`; at every `stride`-th instant."""

    def __init__(self, limit, draws, stride=1, extra=0, all_mutants=False):
        self.all_mutants = all_mutants
        self.limit = limit
        self.draws = draws
        self.stride = stride
        self.extra = extra  # how many disks more are run through `recover` that only Python's SQLite would have judged


FULL = Effort(limit=1500, draws=1000, extra=100, all_mutants=True)
SAMPLE = Effort(limit=24, draws=2, stride=17)
MUTANT = Effort(limit=64, draws=4)
QUICK = Effort(limit=16, draws=0)


class Recording:
    """An apply and a rollback, as the calls that they made, and what the profile is meant to be in between."""

    def __init__(self, fixture, directory):
        self.directory = tempfile.mkdtemp(dir=directory)
        self.subject = subjects.Subject(fixture, os.path.join(self.directory, "run"))
        os.makedirs(self.subject.scratch)
        self.subject.reset()
        self.start = os.path.join(self.directory, "start")
        self.subject.save(self.start)
        self.base = trees.read(self.subject.scratch)
        self.history = disk.History(self.subject.scratch, self.base)
        plain = trees.read(self.subject.home)
        self._play("apply")
        switched = trees.read(self.subject.home)
        self._play("rollback")
        self.exact = trees.Judge(plain, switched, self.subject.deciding, exact=True)
        self.loose = trees.Judge(plain, switched, self.subject.deciding)
        if self.exact.whole(trees.read(self.subject.home)) != "plain":
            raise RuntimeError(f"{fixture}: a clean rollback does not bring the plain profile back")
        self._check_model()

    def _play(self, command):
        process, calls = tracing.trace(self.subject, command)
        if process.returncode != 0:
            raise RuntimeError(f"{self.subject.name}: {command} fails: {process.stdout} {process.stderr}")
        done = {"apply": "applied", "rollback": "undone"}[command]
        said = [call for call in calls if call.name == "write" and call.descriptor()[0] == 1 and f'"status":"{done}"'.encode() in call.bytes(1)]
        self.history.mark("begin")
        calls = [call for call in calls if call.name != "fcntl"]
        place = calls.index(said[-1]) + 1
        self.history.play(calls[:place], fresh=True)
        self.history.mark(done)
        self.history.play(calls[place:])

    def _check_model(self):
        """The model's disk without a loss must be the real one."""
        made = {**self.base, **disk.Cut(self.history, "posix", self.history.time, self.history.syncs).tree({})}
        real = trees.read(self.subject.scratch)
        wrong = [path for path in {*made, *real} if made.get(path) != real.get(path)]
        if wrong:
            raise RuntimeError(f"{self.subject.name}: the model of the disk is wrong about {wrong[:5]}")

    def instants(self):
        """The times at which something may have come to differ: before and after each call that changes or syncs."""
        history, times = self.history, {0, self.history.time}
        times.update(time + 1 for time, *_ in history.syncs)
        times.update(time + 1 for time in history.metadata)
        times.update(time for time, _ in history.marks)
        seen, waiting = set(), [history.top]
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            times.update(time + 1 for time, _ in node.contents if time >= 0)
            waiting += [child for versions in node.names.values() for _, child in versions if child is not None]
        return sorted(times)

    def promised(self, time):
        """What the user has been told by then: "applied", "undone" or nothing that still holds."""
        told = [text for when, text in self.history.marks if when <= time]
        return told[-1] if told and told[-1] != "begin" else None


class Inspection:
    """Judges disks, each different one once. `problems` are in words; `stop_early` ends at the first."""

    def __init__(self, recording):
        self.recording = recording
        self.homes, self.journals, self.settled = {}, {}, {}
        self.sound, self.gone_on = set(), set()
        self.raw = 0
        self.digests = {}
        self.runs = 0
        self.disks = set()

    def judge(self, cut, choice, digest_of, settle=True):
        """What is wrong with a disk as it is found, and (with `settle`) once the program has settled it; None: nothing."""
        self.raw += 1
        tree = cut.tree(choice)
        home, state = {}, {}
        for path, entry in tree.items():
            part = home if path.startswith("home/") else state
            part[path] = entry
        home_key = self._key(home, digest_of)
        state_key = self._key(state, digest_of)
        promise = self.recording.promised(cut.time)
        disk_key = (home_key, state_key, promise)
        if disk_key in self.sound:
            return None
        self.disks.add((home_key, state_key))
        side, problem = self._home(home_key, home)
        if problem:
            return problem
        journal, presence = self._journal(state)
        if journal.problems:
            return "; ".join(journal.problems)
        problem = agreement(side, journal.states)
        if problem or not settle:
            return problem
        meaning = (home_key, presence, journal.content, promise)
        if meaning not in self.settled:
            parts = {home_key, (presence, journal.content)}
            self.settled[meaning] = self._settle(tree, promise, go_on=not parts <= self.gone_on)
            self.gone_on |= parts
        if self.settled[meaning]:
            return self.settled[meaning]
        self.sound.add(disk_key)
        return None

    def settle_again(self, cut, choice):
        """The program on one more disk whose journal means what another's did."""
        return self._settle(cut.tree(choice), self.recording.promised(cut.time))

    def _key(self, part, digest_of):
        return frozenset((path, ABSENT if entry is None else (*entry[:4], b"" if trees.is_litter(path) or path.endswith("-shm") else digest_of(entry[4])))
                         for path, entry in part.items())

    def _home(self, key, home):
        if key not in self.homes:
            tree = self._whole(home)
            judge = self.recording.exact
            side = judge.whole(tree)
            unsafe = judge.safe(tree)
            self.homes[key] = (side, unsafe and f"before any later command: {unsafe}")
        return self.homes[key]

    def _whole(self, home):
        tree = {path.removeprefix("home/"): entry for path, entry in self.recording.base.items() if path.startswith("home/")}
        tree.update({path.removeprefix("home/"): entry for path, entry in home.items()})
        gone = [path for path, entry in tree.items() if entry is None]
        return {path: entry for path, entry in tree.items() if entry is not None and not any(path.startswith(other + "/") for other in gone)}

    def _journal(self, state):
        files = {suffix: state.get(f"state/{journals.NAME}{suffix}") for suffix in journals.LIVE}
        files = {suffix: entry[4] for suffix, entry in files.items() if entry}
        presence = tuple((suffix, len(content) > 0) for suffix, content in files.items())
        key = tuple((suffix, hashlib.blake2b(content).digest()) for suffix, content in files.items())
        if key not in self.journals:
            with tempfile.TemporaryDirectory(dir=self.recording.directory) as directory:
                for suffix, content in files.items():
                    with open(os.path.join(directory, journals.NAME + suffix), "wb") as file:
                        file.write(content)
                self.journals[key] = journals.of_copy(os.path.join(directory, journals.NAME))
        return self.journals[key], presence

    def _settle(self, tree, promise, go_on=True):
        """`go_on`: with an apply and a rollback after the recover."""
        self.runs += 1
        subject = self.recording.subject
        subject.restore(self.recording.start)
        self._make(tree)
        process = subject.run("recover")
        if process.returncode != 0:
            return f"recover ends with {process.returncode}: {process.stdout[-300:]} {process.stderr[-300:]}"
        side, problem = self._look("recover", self.recording.exact)
        if problem:
            return problem
        if promise and side != {"applied": "switched", "undone": "plain"}[promise]:
            return f"{promise} was reported, and after recover it is {side}"
        for command, wanted in (("apply", "switched"), ("rollback-all", "plain")) if go_on else ():
            process = subject.run(command)
            if process.returncode != 0:
                return f"after recover {command} ends with {process.returncode}: {process.stdout[-300:]} {process.stderr[-300:]}"
            side, problem = self._look(command, self.recording.loose)
            if problem or side != wanted:
                return problem or f"after recover and {command}: {side}"
        return None

    def _look(self, command, judge):
        tree = trees.read(self.recording.subject.home)
        side = judge.whole(tree)
        if side not in ("plain", "switched"):
            return side, f"after {command}: {side}"
        if trees.Judge.litter(tree) or journals.litter(self.recording.subject.state):
            return side, f"after {command}: {trees.Judge.litter(tree)} {journals.litter(self.recording.subject.state)} is left"
        journal = journals.of_state_directory(self.recording.subject.state)
        if journal.problems:
            return side, f"after {command}: {'; '.join(journal.problems)}"
        applied = journal.states.count("applied")
        if journals.UNSETTLED & set(journal.states) or applied != (side == "switched"):
            return side, f"after {command}: {side}, and the journal says {journal.states}"
        return side, None

    def _make(self, tree):
        root = self.recording.subject.scratch
        for path in sorted(tree):
            entry, place = tree[path], os.path.join(root, path)
            if entry is None:
                shutil.rmtree(place) if os.path.isdir(place) and not os.path.islink(place) else os.path.lexists(place) and os.unlink(place)
                continue
            kind, mode, uid, gid, content = entry
            if kind == 0o040000:
                os.makedirs(place, exist_ok=True)
            else:
                with open(place, "wb") as file:
                    file.write(os.urandom(32768) if path.endswith("-shm") else content)
            os.chmod(place, mode)
            os.chown(place, uid, gid)


def agreement(side, states):
    """Whether the journal knows of what is there: nothing unfinished that it does not call unfinished."""
    last = states[-1] if states else None
    allowed = {"plain": {None, "prepared", "undoing", "undone", "abandoned"}, "switched": {"prepared", "applied", "undoing"}}.get(side, {"prepared", "undoing"})
    return None if last in allowed else f"before any later command: {side}, and the journal says {last}"


def choices(cut, effort, chance):
    """[({variable: version}, digest of bytes)] of a cut, as many as the effort allows."""
    axes = []
    if cut.model == "ext4":
        axes.append(("prefix", cut.prefixes))
    else:
        axes += [((directory, name), unique(found)) for directory, name, found in cut.names]
        axes += [(("mode", node), unique(found)) for node, found in cut.attributes]
    small = len(axes)
    axes += [(node, disk.contents(found, effort.draws // 4, chance)) for node, found in cut.files]
    axes = [axis for axis in axes if axis[1]]
    count = 1
    for _, values in axes:
        count *= len(values)
    names = [name for name, _ in axes]
    if count <= effort.limit:
        yield from (dict(zip(names, values)) for values in itertools.product(*(values for _, values in axes)))
        return
    first = {name: values[0] for name, values in axes}
    last = {name: values[-1] if number < small else values[min(1, len(values) - 1)] for number, (name, values) in enumerate(axes)}
    for base in (first, last):
        yield base
        for name, values in axes:
            yield from ({**base, name: value} for value in values)
        for values in itertools.islice(itertools.product(*(values for _, values in axes[:small])), effort.limit):
            yield {**base, **dict(zip(names, values))}
    for _ in range(effort.draws):
        yield {name: chance.choice(values) for name, values in axes}


def unique(versions):
    return list(dict.fromkeys(value for _, value in versions))


class Result:
    def __init__(self, name):
        self.name = name
        self.raw = self.disks = self.runs = self.instants = self.journals = 0
        self.problems = []
        self.mutants = []  # [(mutant, whether it must be found, what is wrong with its disks or None)]

    def line(self):
        return (f"{self.name}: power cut at {self.instants} instants, {self.raw} disks, {self.disks} different, {self.journals} different journals, "
                f"{self.runs} runs of recover, apply and rollback on what differs in meaning; {len(self.problems)} broken")


def torture(fixture, directory, effort, seed):
    """Every instant's disks, and then, of the same record, the mutants: what was judged once is not judged again."""
    recording = Recording(fixture, directory)
    inspection = Inspection(recording)
    result = Result(fixture)
    _cut_everywhere(recording, inspection, effort, random.Random(seed), result)
    result.raw, result.disks, result.journals, result.runs = inspection.raw, len(inspection.disks), len(inspection.journals), inspection.runs
    for mutant in mutants(recording.history) if effort.all_mutants else sample_of_mutants(recording):
        name = trees.TEMPORARY_ANYWHERE.sub("TEMPORARY", f"{fixture}: sync {mutant.number}: {mutant.name}")
        result.mutants.append((name, mutant.must_be_found, violation(recording, inspection, mutant.syncs, mutant.since, seed)))
    shutil.rmtree(recording.directory, ignore_errors=True)
    return result


def _cut_everywhere(recording, inspection, effort, chance, result):
    instants = recording.instants()
    offset = chance.randrange(effort.stride)
    again = []
    for model in MODELS:
        for time in instants[offset::effort.stride]:
            result.instants += 1
            for cut, choice, problem in inspected(inspection, recording.history, model, time, recording.history.syncs, effort, chance):
                if problem:
                    result.problems.append(f"{result.name}, {model}, before call {time}: {problem}")
                elif effort.extra and chance.random() < 0.002:
                    again.append((cut, choice))
            if len(result.problems) > 20:
                return
    for cut, choice in chance.sample(again, min(effort.extra, len(again))):
        problem = inspection.settle_again(cut, choice)
        if problem:
            result.problems.append(f"{result.name}, before call {cut.time}: {problem}")


def inspected(inspection, history, model, time, syncs, effort, chance, settle=True):
    cut = disk.Cut(history, model, time, syncs)
    digests = {}

    def digest_of(content):
        known = digests.get(id(content))
        if known is None:
            known = digests[id(content)] = (content, hashlib.blake2b(content, digest_size=16).digest())
        return known[1]

    for choice in choices(cut, effort, chance):
        yield cut, choice, inspection.judge(cut, choice, digest_of, settle)


class Mutant:
    """The record with syncs missing, or one too late; `since` is when it begins to differ. `must_be_found`: else it is only told."""

    def __init__(self, name, number, since, syncs, must_be_found):
        self.name = name
        self.number = number
        self.since = since
        self.syncs = syncs
        self.must_be_found = must_be_found


def mutants(history):
    """Each sync dropped; each new file's made after its rename instead of before; and of each file and directory every sync dropped.

    A single sync of a directory or of a log may be covered by the next one of the same, so of these only all together must be missed.
    A directory that was synced only while it was being made has nothing to lose but its mode.
    """
    found = [Mutant(f"without {label}", number, time, history.without_sync(number), node.kind == "file" and is_staged(label))
             for number, (time, node, _, label) in enumerate(history.syncs)]
    for number, (time, node, attributes, label) in enumerate(history.syncs):
        if node.kind != "file" or not is_staged(label):
            continue
        renamed = next(when for when in node.touched if when > time)
        late = sorted([*history.without_sync(number), (renamed + 0.5, node, attributes, label)], key=lambda sync: sync[0])
        found.append(Mutant(f"after its rename, {label}", number, time, late, True))
    for node in dict.fromkeys(node for _, node, _, _ in history.syncs):
        ours = [(number, sync) for number, sync in enumerate(history.syncs) if sync[1] is node]
        rest = [sync for sync in history.syncs if sync[1] is not node]
        named = [sync[3] for _, sync in ours if not is_staged(sync[3])]
        if len(ours) > 1:
            label = (named or [ours[0][1][3]])[0].partition(" of ")[2]
            found.append(Mutant(f"without any of the {len(ours)} syncs of {label}", ours[0][0], ours[0][1][0], rest, bool(named)))
    return found


def is_staged(label):
    return trees.is_litter(label.partition(" of ")[2])


def sample_of_mutants(recording):
    """What must never be missing: the syncs of the commit file, of its directory after the rename, and of the log before any file changes."""
    deciding = {path.rpartition("/")[0] for path in recording.subject.deciding}
    commit_directory = max(number for number, (time, _, _, label) in enumerate(recording.history.syncs)
                           if label.partition(" of home/")[2] in deciding and time < recording.history.marks[1][0])
    staged = max(number for number, (time, _, _, label) in enumerate(recording.history.syncs) if is_staged(label) and time < recording.history.marks[1][0])
    chosen = [mutant for mutant in mutants(recording.history) if mutant.number in (commit_directory, staged) and "any of" not in mutant.name]
    for mutant in chosen:
        mutant.must_be_found = True
    return chosen


def violation(recording, inspection, syncs, begin, seed):
    """The first disk that is wrong where syncs are missing; None: there is none.

    What Python alone sees is looked for first, and first where profile and promises change.
    """
    history = recording.history
    late = {time for time, *_ in syncs if time != int(time)}  # just before a sync that was put off
    later = sorted(time for time in {*recording.instants(), *late} if time > begin)
    turns = late | {time + 1 for time in history.metadata} | {time for time, _ in history.marks} | {history.time}
    turns = [time for time in later if time in turns]
    for instants, made, settle in ((turns, QUICK, False), (turns, QUICK, True), (later, MUTANT, True)):
        chance = random.Random(seed)
        for time in instants:
            for model in MODELS:
                for _, _, problem in inspected(inspection, history, model, time, syncs, made, chance, settle):
                    if problem:
                        return f"{model}, before call {time}: {problem}"
    return None
