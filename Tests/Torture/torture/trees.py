"""The independent judge of a home: what is old, what is new, and what a client opens safely.

It knows nothing of profile-rewriter but the two trees that clean runs left, the files that decide, and the form of
temporary names.
"""
import hashlib
import os
import re
import stat

TEMPORARY = re.compile(r"\.profile-rewriter-[0-9a-hjkmnp-tv-z]{8}\.tmp$")
TEMPORARY_ANYWHERE = re.compile(r"\.profile-rewriter-[0-9a-hjkmnp-tv-z]{8}\.tmp")
LOCKS = {".parentlock"}  # the client's own lock file: made where it is missing, never removed
VARYING = re.compile(rb"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}|\b1[0-9]{12}\b|\b[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4}\b")


def is_litter(path):
    return any(TEMPORARY.match(name) for name in path.split("/"))


def exempt(path):
    return os.path.basename(path) in LOCKS


def read(home):
    """{path: (kind, mode, uid, gid, bytes)} of everything below a home."""
    found = {}

    def walk(directory, prefix):
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            path = prefix + entry.name
            status = entry.stat(follow_symlinks=False)
            content = b""
            if stat.S_ISREG(status.st_mode):
                with open(entry.path, "rb") as file:
                    content = file.read()
            elif stat.S_ISLNK(status.st_mode):
                content = os.fsencode(os.readlink(entry.path))
            found[path] = (stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, content)
            if stat.S_ISDIR(status.st_mode):
                walk(entry.path, path + "/")

    walk(home, "")
    return found


class Judge:
    """Compares trees with the two that clean runs left: `plain`, and `switched`, which has more.

    What differs from one clean run to the next (identifiers, times and dates that are not in the plain file) compares
    equal where `exact` is not asked for; everything else is compared byte by byte.
    """

    def __init__(self, plain, switched, deciding, exact=False):
        self.exact = exact
        self.known = {path: set(VARYING.findall(entry[4])) for path, entry in plain.items()}
        self.cache = {}
        self.plain = self.normal(plain)
        self.switched = self.normal(switched)
        self.changed = {path for path in {*self.plain, *self.switched} if self.plain.get(path) != self.switched.get(path)}
        self.deciding = deciding & self.changed
        assert self.deciding, "a clean run changes nothing that decides"

    def normal(self, tree):
        return {path: self._entry(path, entry) for path, entry in tree.items() if not exempt(path)}

    def _entry(self, path, entry):
        key = (path, entry)
        if key not in self.cache:
            content = entry[4]
            if not self.exact:
                known = self.known.get(path, set())
                content = VARYING.sub(lambda match: match[0] if match[0] in known else b"*", content)
            self.cache[key] = (*entry[:4], hashlib.sha256(content).digest())
        return self.cache[key]

    def whole(self, tree):
        """"plain", "switched", or what is wrong with it."""
        now = self.normal(tree)
        if now == self.plain:
            return "plain"
        if now == self.switched:
            return "switched"
        return f"neither: from plain {differences(self.plain, now)}, from switched {differences(self.switched, now)}"

    def safe(self, tree):
        """What keeps a client from opening it safely; None: it is plain, plain and what the client ignores, or switched.

        Every file is one of its two selves, whole. Nobody's file is missing. Where one that decides is switched, all that
        it needs is there.
        """
        now = {path: entry for path, entry in self.normal(tree).items() if not is_litter(path)}
        for path in sorted({*self.plain, *self.switched, *now}):
            entry = now.get(path)
            if entry != self.plain.get(path) and entry != self.switched.get(path):
                return f"{path} is {'missing' if entry is None else 'neither old nor new'}"
        if any(now[path] == self.switched[path] for path in self.deciding):
            behind = [path for path in self.changed - self.deciding if now.get(path) != self.switched.get(path)]
            if behind:
                return f"what decides is switched and {sorted(behind)} is not"
        return None

    def prefix(self, tree):
        """Which of the changed paths are switched: the state as a client can tell it from others."""
        now = self.normal(tree)
        return frozenset(path for path in self.changed if now.get(path) == self.switched.get(path))

    @staticmethod
    def litter(tree):
        return sorted(path for path in tree if is_litter(path))


def differences(first, second):
    return sorted(path for path in {*first, *second} if first.get(path) != second.get(path))[:6]
