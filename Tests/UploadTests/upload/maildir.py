"""A Maildir++ tree on this computer, and what a server must hold once it has been uploaded."""
import hashlib
import os
import re

FLAGS = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "D": "\\Draft"}


class LocalMaildir:
    def __init__(self, path):
        self.path = path
        self.expected = {}
        self._count = 0
        self.folder("")

    def folder(self, directory):
        for part in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.path, directory, part), exist_ok=True)

    def add(self, content, directory="", *, flags="", keywords=(), date=1_600_000_000, mailbox="INBOX", name=None):
        """`directory` as Maildir++ has it ("" is the inbox); `mailbox` is where it must come to lie, None: nowhere."""
        content = content if isinstance(content, bytes) else content.encode()
        self.folder(directory)
        self._count += 1
        name = name or f"{100_000 + self._count}.test"
        place = os.path.join(self.path, directory, "cur", f"{name}:2,{flags}")
        with open(place, "wb") as file:
            file.write(content)
        os.utime(place, (date, date))
        if keywords:
            with open(os.path.join(self.path, directory, "keywords"), "a") as file:
                file.write(f"{name} {' '.join(keywords)}\n")
        if mailbox is not None:
            self.expect(mailbox, content, [FLAGS[flag] for flag in flags if flag in FLAGS] + list(keywords), date)

    def expect(self, mailbox, content, flags, date):
        digest = hashlib.sha256(re.sub(rb"(?<!\r)\n", b"\r\n", content)).hexdigest()
        self.expected.setdefault(mailbox, []).append((digest, tuple(sorted(flags)), date))

    @property
    def count(self):
        return sum(map(len, self.expected.values()))

    def fingerprint(self):
        """Every file with its content, mode and time."""
        found = []
        for parent, directories, files in os.walk(self.path):
            for name in files + directories:
                place = os.path.join(parent, name)
                status = os.lstat(place)
                content = open(place, "rb").read() if name in files else b""
                found.append((place, status.st_mode, status.st_mtime_ns, hashlib.sha256(content).digest()))
        return sorted(found)


def text(number, *, message_id=None, body="Text.\n"):
    lines = [f"Message-ID: <{message_id}>"] if message_id else []
    lines += ["From: a@example.org", f"Subject: number {number}", "Date: Tue, 3 Nov 2026 10:00:00 +0100", "", body]
    return "\n".join(lines)


def fill(local, separator="."):
    """Messages and folders of all kinds."""
    for number in range(1, 131):
        local.add(text(number, message_id=f"m{number}@example.org"), flags="S" if number % 2 else "RS",
                  date=1_500_000_000 + number * 86_399)
    local.add(text(0), flags="FRS", keywords=["$label1", "work"])
    local.add(text(1), flags="D", keywords=["$Forwarded"])
    local.add("Subject: CRLF\r\n\r\nOne\r\nTwo\r\n\r\n\r\n")
    local.add("Subject: mixed\r\n\nOne\nTwo\r\nThree")
    local.add("Subject: header only\n")
    local.add("Subject: \u00e4\n\n".encode() + b"\xe4\xff\x80\n")
    local.add("Subject: From\n\nFrom the start\n>From quoted\n.\n..\n")
    local.add("Subject: deleted\n\nText.\n", flags="ST", mailbox=None)
    local.add("Subject: cut", name="broken1.test", mailbox=None)
    below = f"Archives{separator}2023"
    local.add(text(2, message_id="large@example.org", body="0123456789abcde\n" * 200_000), ".Archives.2023", flags="S",
              mailbox=below)
    local.add(text(3), ".Sent", mailbox="Sent")
    local.add(text(4), ".Entw&APw-rfe.Stra&AN8-e &JjoDuw-", mailbox=f"Entwürfe{separator}Straße \u263a\u03bb")
    # Dovecot's Maildir takes no dot in a name: it refuses the folder.
    local.add(text(5), ".v1=2E5", mailbox="v1_5" if separator == "." else None)
    # Nor a slash, whatever parts names.
    local.add(text(6), ".a=2Fb & \"c\" %*", mailbox="a_b & \"c\" %*" if separator == "/" else None)
    local.add(text(7), ".Outbox", mailbox=None)
