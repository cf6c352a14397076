"""A scratch directory that Dovecot's own users can walk into.

`tempfile.mkdtemp` makes directories of mode 0700; Dovecot's mail processes run as another user when the tests run as root,
so each scratch directory is opened to all, and a temporary directory below a closed parent is passed over.
"""
import os
import shutil
import stat
import tempfile

KEEP_VARIABLE = "LAB_KEEP"


def _is_open_to_all(path):
    """True when every directory from `path` up to the root may be entered by anybody."""
    path = os.path.realpath(path)
    while True:
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
        parent = os.path.dirname(path)
        if parent == path:
            return True
        path = parent


def _base():
    for candidate in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if os.access(candidate, os.W_OK) and _is_open_to_all(candidate):
            return candidate
    raise RuntimeError("no writable temporary directory that Dovecot's users can walk into")


class Scratch:
    """`with Scratch("name") as scratch: scratch.path("profile")`. LAB_KEEP=1 keeps it and says where it is."""

    def __init__(self, label="lab"):
        self.root = tempfile.mkdtemp(prefix=f"{label}-", dir=_base())
        os.chmod(self.root, 0o755)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def directory(self, *names, mode=0o755):
        """The path of a directory below the scratch directory, made if it is not there."""
        path = self.path(*names)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        return path

    def remove(self):
        if os.environ.get(KEEP_VARIABLE):
            print(f"kept: {self.root}", flush=True)
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()
