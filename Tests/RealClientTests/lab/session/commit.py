#!/usr/bin/python3
"""A program that changes an account while somebody edits its file: commit.py ACCOUNT FILE TEXT SECONDS NAME

Waits until FILE holds TEXT, then so many SECONDS, then gives the account another NAME, by the registry that runs and that has
not read the file again yet. Says "ready" when it waits. Must run in a session of its own (see ../desktop.py).
"""
import sys
import time

import gi
gi.require_version("EDataServer", "1.2")
from gi.repository import EDataServer

WAITED = 30


def main(account, path, text, seconds, name):
    source = EDataServer.SourceRegistry.new_sync(None).ref_source(account)
    print("ready", flush=True)
    deadline = time.monotonic() + WAITED
    while text not in open(path, encoding="utf-8").read():
        if time.monotonic() > deadline:
            sys.exit(f"no {text} in {path}")
        time.sleep(0.01)
    time.sleep(float(seconds))
    source.set_display_name(name)
    source.write_sync(None)


main(*sys.argv[1:])
