"""What strace saw: every call that can change a file, with its descriptors' paths and all its bytes."""
import os
import re

from . import subjects

WRITING = ("openat", "openat2", "write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "sync_file_range", "syncfs", "close", "rename",
           "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "chmod", "fchmod",
           "fchmodat", "chown", "fchown", "lchown", "fchownat", "setxattr", "fsetxattr", "removexattr", "fremovexattr", "truncate", "ftruncate",
           "fallocate", "fcntl")
LINE = re.compile(rb"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$", re.DOTALL)
UNFINISHED = b" <unfinished ...>"
RETURNED = re.compile(rb"^(.*)\) += (-?\d+)(?:<(.*?)>)?(?:\(deleted\))?(?: ([A-Z]+) \(.*\))?(?: \(INJECTED\))?$", re.DOTALL)
DESCRIPTOR = re.compile(rb"^(-?\d+|AT_FDCWD)(?:<(.*?)>)?(?:\(deleted\))?$")
HEX = re.compile(rb"\\x([0-9a-f]{2})")


class Call:
    """One call: `nth` of its name in its thread (as strace counts) and `nth_of_all` in the program, its arguments, its answer."""

    def __init__(self, thread, name, nth, nth_of_all, arguments, answer, answer_path):
        self.thread = thread
        self.name = name
        self.nth = nth
        self.nth_of_all = nth_of_all
        self.arguments = arguments
        self.answer = answer
        self.answer_path = answer_path

    def descriptor(self, index=0):
        """(its number, None for the working directory; its path, None where the argument is no descriptor)."""
        match = DESCRIPTOR.match(self.arguments[index])
        if not match:
            return None, None
        number = None if match[1] == b"AT_FDCWD" else int(match[1])
        return number, text(match[2]) if match[2] else None

    def bytes(self, index):
        argument = self.arguments[index]
        if not argument.startswith(b'"') or not argument.endswith(b'"'):
            raise ValueError(f"strace did not tell all of {self.name}: {argument[-40:]}")
        return unhex(argument[1:-1])

    def path(self, index):
        return os.fsdecode(self.bytes(index))

    def number(self, index):
        return int(self.arguments[index], 0)

    def __repr__(self):
        return f"{self.name} {self.nth_of_all}"


def unhex(raw):
    return bytes.fromhex(raw.replace(b"\\x", b"").decode())


def text(raw):
    return os.fsdecode(HEX.sub(lambda match: bytes([int(match[1], 16)]), raw))


def trace(subject, command, calls=WRITING):
    """The process as it ended, and its calls in order of their ends; failed ones and other threads' included."""
    log = os.path.join(subject.scratch, "trace")
    tracer = ["strace", "-f", "-qq", "-y", "-xx", "-s", "99999999", "--seccomp-bpf", "-o", log, "-e", "trace=" + ",".join(calls), "-e", "signal=none"]
    process = subject.run(command, tracer)
    with open(log, "rb") as file:
        found = list(parse(file))
    os.unlink(log)
    return process, found


def parse(lines):
    begun, counts = {}, {}
    for line in lines:
        match = LINE.match(line.rstrip(b"\n"))
        if not match:
            continue
        thread, resumed, started, rest = match.groups()
        name = (resumed or started).decode()
        if started:
            for counted in ((thread, name), name):
                counts[counted] = counts.get(counted, 0) + 1
            nth = counts[name]
            if rest.endswith(UNFINISHED):
                begun[thread] = rest[:-len(UNFINISHED)], nth
                continue
        elif thread in begun:
            before, nth = begun.pop(thread)
            rest = before + rest.lstrip(b" ")
        else:
            continue
        returned = RETURNED.match(rest)
        if not returned:
            continue  # killed in it
        yield Call(int(thread), name, counts[thread, name], nth, split(returned[1]), int(returned[2]), text(returned[3]) if returned[3] else None)


def split(raw):
    """Arguments, at the commas outside of braces."""
    parts, depth, current = [], 0, []
    for piece in raw.split(b", "):
        current.append(piece)
        depth += piece.count(b"{") + piece.count(b"[") - piece.count(b"}") - piece.count(b"]")
        if depth == 0:
            parts.append(b", ".join(current))
            current = []
    return parts


def tortured(subject, calls):
    """Of a run's calls those that can change home or state directory: what is worth failing.

    An open for reading, and the close of what was opened so, change nothing; a directory that is synced through its
    descriptor counts as written.
    """
    inside = tuple(os.fsencode(directory + suffix) for directory in (subject.home, subject.state) for suffix in ("/",))
    roots = {os.fsencode(subject.home), os.fsencode(subject.state)}
    written, kept = set(), []
    for call in calls:
        if call.name in ("openat", "openat2"):
            writes = any(flag in b"".join(call.arguments) for flag in (b"O_CREAT", b"O_WRONLY", b"O_RDWR", b"O_TMPFILE"))
            place = os.fsencode(call.answer_path or "")
            if writes and (place.startswith(inside) or _names_inside(call, inside, roots)):
                kept.append(call)
                written.add(call.answer)
            continue
        if call.name == "close":
            number, _ = call.descriptor()
            if number in written:
                kept.append(call)
                written.discard(number)
            continue
        if call.name == "fcntl" and not any(word in call.arguments[1] for word in (b"F_SETLK", b"F_OFD_SETLK")):
            continue
        if _names_inside(call, inside, roots):
            kept.append(call)
            if call.name in ("fsync", "fdatasync"):
                written.add(call.descriptor()[0])
    return kept


def _names_inside(call, inside, roots):
    for index, argument in enumerate(call.arguments[:3]):
        if argument.startswith(b'"'):
            place = call.bytes(index) if index < 2 and call.name not in ("write", "pwrite64") else b""
        else:
            place = os.fsencode(call.descriptor(index)[1] or "")
        if place.startswith(inside) or place in roots:
            return True
    return False
