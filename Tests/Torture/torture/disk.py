"""What a disk may hold after the power was cut, given the calls that were made and what they synced.

Everything a disk can lose is a variable with its versions in time: a name in a directory, a file's mode and owner, its size, and
each of its sectors. A sync makes the versions before it the least that can be found; a cut at an instant finds any
version between that and the last one.

Two models say what a sync covers and what may part from what:

- `posix`, the worst that POSIX allows: every variable by itself. fsync of a file covers its bytes, size and mode (fdatasync not
  the mode), fsync of a directory the names in it, and neither anything else; of a rename the new name may be there without the
  old one gone, or the other way round; sectors of 512 bytes may be old or new in any mixture.
- `ext4`, data=ordered: names and modes reach the disk in the order of the calls, and a sync of a file or directory brings every one up to
  the last that concerned it; bytes and sizes that were not synced are as free as above (delayed allocation).
"""
import bisect
import os

SECTOR = 512
PAGE = 4096


class Node:
    """A file or directory. `contents` are [(time, all its bytes)] of a file, `attributes` [(time, (mode, uid, gid))]."""

    def __init__(self, kind, mode, time, content=b"", owner=(0, 0), initial=False):
        self.kind = kind
        self.initial = initial
        self.attributes = [(time, (mode, *owner))]
        self.contents = [(time, content)]
        self.names = {}  # of a directory: name → [(time, node or None)]
        self.touched = []  # times of all calls that concern it and that ext4 journals
        self.opaque = False  # written through memory, unseen
        self.label = "?"

    def name(self, name):
        """What stands under a name now."""
        versions = self.names.get(name)
        return versions[-1][1] if versions else None


class History:
    """The nodes below `root` as `tree` (trees.read) had them, and everything calls did to them."""

    def __init__(self, root, tree):
        self.root = root
        self.top = Node("directory", 0o700, -1, initial=True)
        self.time = 0
        self.syncs = []  # (time, node, whether attributes are covered, label)
        self.metadata = []  # times of names and attributes changed
        self.marks = []  # (time, text)
        self.open = {}
        for path in sorted(tree):
            kind, mode, uid, gid, content = tree[path]
            node = Node("directory" if kind == 0o040000 else "file", mode, -1, content, (uid, gid), True)
            parent = self.find(os.path.dirname(path))
            parent.names[os.path.basename(path)] = [(-1, node)]

    def mark(self, text):
        self.marks.append((self.time, text))

    def find(self, path):
        """The node at a path below the root, by today's names; None: there is none."""
        node = self.top
        for name in filter(None, path.split("/")):
            node = node.name(name) if node is not None else None
        return node

    def play(self, calls, fresh=False):
        """Calls of one program; `fresh` where it has just begun, with nothing open."""
        if fresh:
            self.open = {}
        for call in calls:
            if call.answer >= 0:
                getattr(self, "_" + call.name, self._other)(call)
            self.time += 1

    # Calls. Paths are strace's, below the root or nobody's business.

    def _other(self, call):
        if any(self._inside(call.descriptor(index)[1] or "") for index in range(len(call.arguments))):
            raise ValueError(f"the model of a disk does not know {call.name}")

    def _inside(self, path):
        return path.startswith(self.root + "/") or path == self.root

    def _place(self, call, descriptor, name):
        """(directory's node, name) of an argument pair; None outside."""
        path = call.path(name)
        if not path.startswith("/"):
            path = os.path.join(call.descriptor(descriptor)[1] or "", path)
        path = os.path.normpath(path)
        if not path.startswith(self.root + "/"):
            return None
        return self.find(os.path.dirname(path)[len(self.root):]), os.path.basename(path)

    def _openat(self, call):
        flags = call.arguments[2]
        number, path = call.answer, call.answer_path or ""
        self.open.pop(number, None)
        if not self._inside(path):
            return
        if b"O_TMPFILE" in flags:
            self.open[number] = Node("file", int(call.arguments[3], 8), self.time)
            return
        directory, name = self.find(os.path.dirname(path)[len(self.root):]), os.path.basename(path)
        node = self.find(path[len(self.root):])
        if node is None:
            if b"O_CREAT" not in flags:
                raise ValueError(f"{path} was opened, and nothing made it")
            node = Node("file", int(call.arguments[3], 8), self.time)
            node.opaque = name.endswith("-shm")
            self._set(directory, name, node)
        elif b"O_TRUNC" in flags:
            raise ValueError("O_TRUNC")
        self.open[number] = node

    def _openat2(self, call):
        path = call.answer_path or ""
        self.open.pop(call.answer, None)
        if not self._inside(path):
            return
        node = self.find(path[len(self.root):])
        if node is None and b"O_CREAT" in call.arguments[2]:
            raise ValueError("openat2 made a file")
        if node is not None:
            self.open[call.answer] = node

    def _close(self, call):
        self.open.pop(call.descriptor()[0], None)

    def _write(self, call):
        node = self.open.get(call.descriptor()[0])
        if node is None:
            return
        self._data(node, len(node.contents[-1][1]), call.bytes(1)[:call.answer])

    def _pwrite64(self, call):
        node = self.open.get(call.descriptor()[0])
        if node is not None:
            self._data(node, call.number(3), call.bytes(1)[:call.answer])

    def _ftruncate(self, call):
        node, size = self.open.get(call.descriptor()[0]), call.number(1)
        if node is not None:
            content = node.contents[-1][1]
            node.contents.append((self.time, content[:size].ljust(size, b"\0")))

    def _data(self, node, offset, piece):
        content = node.contents[-1][1].ljust(offset, b"\0")
        node.contents.append((self.time, content[:offset] + piece + content[offset + len(piece):]))

    def _fsync(self, call, attributes=True):
        node = self.open.get(call.descriptor()[0])
        if node is not None:
            path = call.descriptor()[1] or ""
            self.syncs.append((self.time, node, attributes, f"{call.name} of {os.path.relpath(path, self.root)}"))

    def _fdatasync(self, call):
        self._fsync(call, attributes=False)

    def _mkdirat(self, call):
        place = self._place(call, 0, 1)
        if place:
            self._set(*place, Node("directory", int(call.arguments[2], 8), self.time))

    def _renameat(self, call):
        source, target = self._place(call, 0, 1), self._place(call, 2, 3)
        if source and target:
            node = source[0].name(source[1])
            self._set(*target, node)
            self._set(*source, None, node)

    _renameat2 = _renameat

    def _linkat(self, call):
        target = self._place(call, 2, 3)
        if target:
            number = int(call.path(1).rpartition("/")[2])
            self._set(*target, self.open[number])

    def _unlinkat(self, call):
        place = self._place(call, 0, 1)
        if place:
            self._set(*place, None)

    def _unlink(self, call):
        path = os.path.normpath(call.path(0))
        if self._inside(path):
            self._set(self.find(os.path.dirname(path)[len(self.root):]), os.path.basename(path), None)

    def _fchmod(self, call):
        self._attribute(call, lambda _, uid, gid: (int(call.arguments[1], 8), uid, gid))

    def _fchown(self, call):
        self._attribute(call, lambda mode, uid, gid: (mode, call.number(1), call.number(2)))

    def _attribute(self, call, change):
        node = self.open.get(call.descriptor()[0])
        if node is not None:
            node.attributes.append((self.time, change(*node.attributes[-1][1])))
            node.touched.append(self.time)
            self.metadata.append(self.time)

    def _set(self, directory, name, node, moved=None):
        versions = directory.names.setdefault(name, [(-1, None)])
        gone = versions[-1][1]
        versions.append((self.time, node))
        for concerned in (directory, node, gone, moved):
            if concerned is not None:
                concerned.touched.append(self.time)
        self.metadata.append(self.time)

    # Mutations.

    def without_sync(self, index):
        return [sync for number, sync in enumerate(self.syncs) if number != index]


class Cut:
    """The power cut before the call of a time: what may be found, variable by variable.

    `names`: [(directory, name, versions)], `attributes`: [(node, versions)], `files`: [(node, versions)], each with more than one
    version that may be found; of `ext4` the names and attributes are chosen together, by `prefixes`.
    """

    def __init__(self, history, model, time, syncs):
        self.history = history
        self.model = model
        self.time = time
        self.data_synced, self.all_synced = {}, {}
        self.least = -1
        for when, node, covers_attributes, _ in syncs:
            if when >= time:
                break
            self.data_synced[node] = when
            if covers_attributes:
                self.all_synced[node] = when
            before = bisect.bisect_left(node.touched, when)
            if before:
                self.least = max(self.least, node.touched[before - 1])
        self.names, self.attributes, self.files = [], [], []
        self.fixed = {}
        self._collect(history.top, set())
        self.prefixes = []
        if model == "ext4":
            first = bisect.bisect_right(history.metadata, self.least)
            last = bisect.bisect_left(history.metadata, time)
            self.prefixes = [self.least, *history.metadata[first:last]]

    def _collect(self, node, seen):
        if node in seen:
            return
        seen.add(node)
        if node.kind == "file":
            if not node.opaque and len(found := self.window(node.contents, self.data_synced.get(node, -1))) > 1:
                self.files.append((node, found))
        if len(found := self.window(node.attributes, self.all_synced.get(node, -1))) > 1:
            self.attributes.append((node, found))
        for name, versions in node.names.items():
            if versions[0][0] >= self.time and versions[0][0] != -1:
                continue
            found = self.window(versions, self.data_synced.get(node, -1))
            if len(found) > 1:
                self.names.append((node, name, found))
            for _, child in versions:
                if child is not None and child.attributes[0][0] < self.time and not (child.initial and not child.touched and child.kind == "file"):
                    self._collect(child, seen)

    def window(self, versions, synced):
        """The versions that may be found: from the last that was synced to the last that was made."""
        last = bisect.bisect_left(versions, self.time, key=lambda version: version[0])
        first = bisect.bisect_left(versions, synced, key=lambda version: version[0], hi=last) - 1 if synced >= 0 else 0
        return versions[max(first, 0):last] or versions[:1]

    def last(self, versions):
        index = bisect.bisect_left(versions, self.time, key=lambda version: version[0])
        return versions[max(index - 1, 0)]

    def tree(self, choice):
        """{path: (kind, mode, uid, gid, bytes)} of what differs from the first tree; a value of None: nothing there any more.

        `choice`: {variable: version}: (directory, name) → node, ("mode", node) → attributes, node → bytes; and "prefix".
        """
        found = {}
        prefix = choice.get("prefix")

        def named(directory, name, versions):
            if prefix is not None:
                return versions[max(bisect.bisect_right(versions, prefix, key=lambda version: version[0]) - 1, 0)][1]
            return choice[directory, name] if (directory, name) in choice else self.last(versions)[1]

        def mode(node):
            if prefix is not None:
                versions = node.attributes
                return versions[max(bisect.bisect_right(versions, prefix, key=lambda version: version[0]) - 1, 0)][1]
            return choice[("mode", node)] if ("mode", node) in choice else self.last(node.attributes)[1]

        def emit(node, path, was_there):
            for name, versions in node.names.items():
                place = f"{path}/{name}" if path else name
                child = named(node, name, versions)
                first = versions[0][1] if was_there else None
                if child is not first:
                    if first is not None:
                        found[place] = None
                    if child is not None:
                        found[place] = content(child)
                elif child is not None and (len(child.contents) > 1 or len(child.attributes) > 1):
                    found[place] = content(child)
                if child is not None and child.kind == "directory":
                    emit(child, place, child is first)

        def content(node):
            bits = mode(node)
            if node.kind == "directory":
                return (0o040000, *bits, b"")
            data = choice[node] if node in choice else self.last(node.contents)[1]
            return (0o100000, *bits, data)

        emit(self.history.top, "", True)
        return found


def contents(versions, draws, random):
    """What a file may hold of versions of which any sector may be of any, and the size of any: [bytes], the first and the last first.

    All there is where there is little; else what is torn in the ways that have broken programs, and draws by `random`.
    """
    first, last = versions[0][1], versions[-1][1]
    found = dict.fromkeys([first, last])
    for _, content in versions[1:-1][-3:] + versions[1:3]:
        found.setdefault(content)
    found.setdefault(first.ljust(len(last), b"\0") if len(last) >= len(first) else first[:len(last)])  # the size without the bytes
    if len(last) > len(first) + 1:  # half of the growth
        found.setdefault(last[:(len(first) + len(last)) // 2])
    changed = [number for number in range((max(len(first), len(last)) + SECTOR - 1) // SECTOR)
               if any(sector(content, number) != sector(first, number) for _, content in versions)]
    if not changed:
        return list(found)
    half = len(changed) // 2
    for kept in ({changed[0]}, {changed[-1]}, set(changed[:half]), set(changed[half:])):
        found.setdefault(torn(first, last, set(changed) - kept))
        found.setdefault(torn(first, last, kept))
    for _ in range(draws):
        unit = random.choice((SECTOR, PAGE)) // SECTOR
        share = random.choice((0.1, 0.5, 0.9))
        units = {number // unit for number in changed if random.random() < share}
        middle = random.choice(versions)[1] if random.random() < 0.3 else last
        found.setdefault(torn(first, middle, {number for number in changed if number // unit in units}))
    return list(found)


def sector(content, number):
    return content[number * SECTOR:(number + 1) * SECTOR]


def torn(first, last, taken):
    """`last` in its size, of which only the `taken` sectors have reached the disk; the others hold what `first` had, or nothing."""
    pieces = []
    for number in range((len(last) + SECTOR - 1) // SECTOR):
        length = min(SECTOR, len(last) - number * SECTOR)
        pieces.append(sector(last, number) if number in taken else sector(first, number)[:length].ljust(length, b"\0"))
    return b"".join(pieces)
