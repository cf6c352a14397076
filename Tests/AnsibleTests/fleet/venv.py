"""Ansible from PyPI, in a virtual environment of its own."""
import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
REQUIREMENTS = HERE / "requirements.txt"
VENV = ROOT / ".build/ansible-venv"


def make():
    """Where its programs are. Made anew only when the pinned versions changed."""
    stamp, wanted = VENV / "requirements.sha256", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        print("downloading ansible-core and what it needs from PyPI (about 10 MB)", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([VENV / "bin/pip", "install", "-q", "--disable-pip-version-check", "--only-binary=:all:",
                        "--require-hashes", "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    return VENV / "bin"
