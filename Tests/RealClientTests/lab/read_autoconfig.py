#!/usr/bin/env python3
"""What the real Thunderbird reads out of autoconfig files: read_autoconfig.py FILE… prints it as JSON, one object a line.

The client's own parser is called (readFromXML), after its own reading of the XML, in a profile made for it. Exit status 1 when it
refuses any file.
"""
import argparse
import base64
import json
import os
import sys

if __name__ == "__main__":
    sys.path.insert(0, os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")))
from lab.scratch import Scratch
from lab.thunderbird import Thunderbird

EMAIL = "fred@example.com"
NAME = "Fred Example"
BATCH = 200  # files for one call, so that no message to the client grows without bound


def read(files, *, email=EMAIL, name=NAME, from_disk=False, app_directory=None):
    """[what Thunderbird reads] for the paths or bytes in `files`, in their order, by one client.

    The bytes are taken as from a web server, in the encoding they declare; with from_disk as from an installation's `isp`
    directory, where the client takes UTF-8 only. In each dictionary:

    error       why the whole file is refused; then nothing else is there
    id, displayName, domains
    incoming    every server that the client would use, its choice first: type, hostname, port, socketType ("SSL",
                "alwaysSTARTTLS", "plain"), auth ("passwordCleartext", …), username (for `email`), usernamePattern
    outgoing    likewise
    """
    contents = [base64.b64encode(file if isinstance(file, bytes) else _bytes(file)).decode() for file in files]
    with Scratch("lab-autoconfig") as scratch, Thunderbird(scratch.directory("profile"), scratch, app_directory=app_directory) as client:
        return [found for start in range(0, len(contents), BATCH)
                for found in client.run("read-autoconfig", contents[start:start + BATCH], email, name, from_disk)]


def _bytes(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--email", default=EMAIL)
    parser.add_argument("--disk", action="store_true", help="read as from an installation's isp directory")
    options = parser.parse_args()
    results = read(options.files, email=options.email, from_disk=options.disk)
    for file, found in zip(options.files, results):
        print(json.dumps({"file": file, **found}, ensure_ascii=False))
    return 1 if any("error" in found for found in results) else 0


if __name__ == "__main__":
    sys.exit(main())
