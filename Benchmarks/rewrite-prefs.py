#!/usr/bin/env python3
"""rewrite-prefs.py LIST [--sync]: POP to IMAP in the prefs.js of each home, as a careful script would.

Parses every statement, changes four values and writes a temporary file that takes the old one's place; with --sync durably.
It keeps no journal, takes no lock and asks nothing. The peer of `apply` in Benchmarks/fleet.
"""
import os
import re
import sys

STATEMENT = re.compile(r'user_pref\("((?:[^"\\]|\\.)*)",\s*("(?:[^"\\]|\\.)*"|-?\d+|true|false)\);')


def parse(text: str) -> list[tuple[str, str, int, int]]:
    statements, place = [], 0
    while True:
        match = STATEMENT.search(text, place)
        if not match:
            return statements
        statements.append((match[1], match[2], match.start(2), match.end(2)))
        place = match.end()


def rewritten(text: str) -> str | None:
    statements = parse(text)
    values = {key: value for key, value, _, _ in statements}
    if values.get("mail.server.server1.type") != '"pop3"':
        return None
    wanted = {
        "mail.server.server1.type": '"imap"', "mail.server.server1.hostname": '"imap.example.test"',
        "mail.server.server1.port": "993", "mail.server.server1.directory-rel": '"[ProfD]ImapMail/imap.example.test"'}
    for key, _, start, end in reversed(statements):
        if key in wanted:
            text = text[:start] + wanted[key] + text[end:]
    return text


def replace(path: str, text: str, sync: bool) -> None:
    status = os.stat(path)
    temporary = path + ".tmp"
    with open(temporary, "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), status.st_mode & 0o7777)
        file.flush()
        if sync:
            os.fsync(file.fileno())
    os.rename(temporary, path)
    if sync:
        directory = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)


def main() -> None:
    sync = "--sync" in sys.argv
    changed = 0
    for home in open(sys.argv[1]).read().split("\n"):
        path = os.path.join(home, ".thunderbird/abcd1234.default-default/prefs.js")
        if not home or not os.path.exists(path):
            continue
        text = rewritten(open(path).read())
        if text is not None:
            replace(path, text, sync)
            changed += 1
    print(changed)


main()
