"""A Dovecot to upload to, and the program that does it."""
import contextlib
import imaplib
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

from lab import dovecot
from . import reading

USER = dovecot.USERS[0]
PASSWORD = dovecot.PASSWORD


class Server(dovecot.Dovecot):
    """With settings of its own after the others."""

    def __init__(self, directory, *, extra="", **options):
        super().__init__(directory, users=(USER,), **options)
        self.extra = extra

    def _write_configuration(self):
        super()._write_configuration()
        with open(self._path("dovecot.conf"), "a", encoding="utf-8") as file:
            file.write(self.extra + "\n")

    @contextlib.contextmanager
    def imap(self):
        """A connection of the account's reader."""
        connection = imaplib.IMAP4("127.0.0.1", self.ports["imap"])
        connection.login(USER, PASSWORD)
        yield connection
        connection.logout()

    def make_inbox_anew(self):
        """Empty, with the UIDVALIDITY that it had; while the server is down."""
        listed, = pathlib.Path(self.root).rglob("Maildir/dovecot-uidlist")
        header = listed.read_text(encoding="ascii").splitlines()[0]
        for path in [*listed.parent.glob("dovecot.index*"), *listed.parent.glob("cur/*"), *listed.parent.glob("new/*")]:
            path.unlink()
        listed.write_text(re.sub(r" N\d+", " N1", header) + "\n", encoding="ascii")

    def holds(self):
        """What is there now; mailboxes without messages are left out."""
        return {name: box["messages"] for name, box in self.read().items() if box["messages"]}

    def read(self):
        return reading.read(self.ports["imap"], USER, PASSWORD)


class Uploader:
    """Runs upload-maildir."""

    def __init__(self, program, server, local, state):
        self.program, self.server, self.local, self.state = program, server, local, state

    def command(self, port=None, security="tls"):
        return [self.program, self.local.path, self.state, "localhost", str(port or self.server.ports["imaps"]), security,
                USER, self.server.info()["ca"]]

    def start(self, *more, **server):
        process = subprocess.Popen(self.command(**server) + list(more), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, start_new_session=True)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(PASSWORD + "\n")
            process.stdin.flush()
        return process

    def run(self, *more, **server):
        """The exit status, what it said, and the sums of its folders."""
        process = self.start(*more, **server)
        output, _ = process.communicate(timeout=120)
        sums = {name: sum(map(int, re.findall(rf"{name}=(\d+)", output))) for name in ("uploaded", "present", "doubled")}
        return process.returncode, output, sums


class Proxy:
    """Hands connections on to a port; cuts one once the client has sent `most` bytes, and hands on `rate` bytes a second.

    most may be a function that is asked for every connection; `answer` is given each line that the client sends, and what it
    returns goes back in place of handing that on.
    """

    def __init__(self, port, *, most=None, rate=None, answer=None):
        self.target, self.rate = port, rate
        self.most = most if callable(most) else lambda: most
        self.answer = answer
        self.connections = 0
        self.listener = socket.socket()
        # What it has taken goes on its way although the client is gone: as much as a line holds, not megabytes.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
                threading.Thread(target=self._pump, args=(client, server, self.most(), self.rate, self.answer), daemon=True).start()

    @staticmethod
    def _pump(source, sink, most=None, rate=None, answer=None):
        sent, held = 0, b""
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if answer:
                    # A line may come in pieces.
                    *lines, held = (held + data).split(b"\n")
                    replies = [(line + b"\n", answer(line + b"\n")) for line in lines]
                    for _, reply in replies:
                        if reply:
                            source.sendall(reply)
                    data = b"".join(line for line, reply in replies if not reply)
                if rate:
                    time.sleep(len(data) / rate)
                sink.sendall(data[:most - sent] if most is not None else data)
                sent += len(data)
                if most is not None and sent >= most:
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()
