"""A mail server that takes everything and sends nothing on: who listens there can be seen in `messages`.

Speaks SMTP without TLS, as a provider's relay does within its own network. It offers authentication, so that it is the client's own
doing where none is used, and accepts no password.
"""
import socketserver
import threading


class MailSink:
    """`with MailSink() as sink:` listens on 127.0.0.1, port `sink.port`; `sink.messages` are the messages as bytes,
    `sink.attempts` the AUTH commands."""

    def __init__(self):
        self.messages = []
        self.attempts = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=True)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def with_subject(self, subject):
        return [message for message in self.messages if f"\nSubject: {subject}\r\n".encode() in b"\n" + message]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        messages, attempts = self.messages, self.attempts

        class Handler(socketserver.StreamRequestHandler):
            timeout = 60

            def handle(self):
                self._answer("220 sink.lab.test ESMTP")
                while line := self.rfile.readline():
                    verb = line.split(b" ")[0].strip().upper()
                    if verb == b"DATA":
                        self._answer("354 go on")
                        messages.append(self._data())
                        self._answer("250 taken")
                    elif verb == b"QUIT":
                        return self._answer("221 bye")
                    elif verb == b"EHLO":
                        self._answer("250-sink.lab.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME")
                    elif verb == b"AUTH":
                        attempts.append(line)
                        self._answer("535 no")
                    else:
                        self._answer("250 yes")

            def _data(self):
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line[1:] if line.startswith(b"..") else line)
                return b"".join(lines)

            def _answer(self, text):
                self.wfile.write(text.encode() + b"\r\n")

        return Handler
