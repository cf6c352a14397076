"""A Thunderbird profile whose POP account has become IMAP, on a server that the tests choose."""
import os
import subprocess

from lab import fixtures

from .house import USER


class Profile:
    def __init__(self, scratch, program, server, port, *, messages=0, fixture="mbox"):
        """Switched to `port` of this machine, without TLS; `messages` are added to its inbox, in its own folder of old mail."""
        self.home, self.state = os.path.join(scratch, "home"), os.path.join(scratch, "rewriter")
        self.program = program
        self.fixture = fixtures.copy_fixture(fixture, self.home, server.ports)
        inbox = os.path.join(self.fixture.profile, "Mail", "pop.lab.test", "Inbox")
        with open(inbox, "ab") as file:
            for number in range(messages):
                file.write(f"From - Tue Nov  3 10:00:00 2020\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n"
                           f"Message-ID: <added-{number}@example.org>\nFrom: a@example.org\nSubject: added {number}\n"
                           f"Date: Tue, 3 Nov 2020 10:00:00 +0100\n\n".encode() + b"0123456789\n" * 100 + b"\n")
        self.target = ["--imap-host", "localhost", "--imap-port", str(port), "--security", "none", "--allow-weaker",
                       "--username", USER]

    def command(self, name, *more):
        return [self.program, name, self.home, "--state", self.state, "--json", *more]

    def switch(self):
        return subprocess.run(self.command("apply", *self.target), capture_output=True, text=True)
