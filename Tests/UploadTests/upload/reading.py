"""What an account holds, by a reader that is not ours: Python's imaplib."""
import base64
import hashlib
import imaplib
import re
import time

imaplib._MAXLINE = 100_000_000


def read(port, user, password):
    """{mailbox: {"subscribed": bool, "messages": [(SHA-256 of the content, flags, internal date), …]}}"""
    server = imaplib.IMAP4("127.0.0.1", port)
    server.login(user, password)
    subscribed = {name for name, _ in _names(server.lsub()[1])}
    result = {}
    for name, line in _names(server.list()[1]):
        if "\\Noselect" in line:
            continue
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        status, _ = server.select(quoted, readonly=True)
        assert status == "OK", name
        _, rows = server.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])")
        messages = [_message(row) for row in rows if isinstance(row, tuple)]
        result[_decoded(name)] = {"subscribed": name in subscribed, "messages": sorted(messages)}
    server.logout()
    return result


def _message(row):
    flags = re.search(rb"FLAGS \(([^)]*)\)", row[0])[1].decode().split()
    flags = tuple(sorted(flag for flag in flags if flag != "\\Recent"))
    return hashlib.sha256(row[1]).hexdigest(), flags, int(time.mktime(imaplib.Internaldate2tuple(row[0])))


def _decoded(name):
    """Modified UTF-7 (RFC 3501, 5.1.3), by Python's own UTF-16 codec."""
    def wide(match):
        if not match[1]:
            return "&"
        text = match[1].replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be")
    return re.sub(r"&([^-]*)-", wide, name)


def _names(lines):
    """(name as the protocol has it, the line) for each line of an answer to LIST."""
    for line in lines:
        if isinstance(line, tuple):  # the name came as a literal
            yield line[1].decode(), line[0].decode()
        elif line:
            text = line.decode()
            name = re.match(r'\([^)]*\) (?:"(?:\\.|[^"])*"|NIL) (.*)', text)[1]
            yield re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith('"') else name, text
