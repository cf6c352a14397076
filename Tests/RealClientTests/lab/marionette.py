"""A minimal client of Marionette, the automation protocol built into Thunderbird: frames `LENGTH:JSON` on a TCP socket."""
import json
import socket


class MarionetteError(Exception):
    pass


class Marionette:
    def __init__(self, port, timeout):
        self.timeout = timeout
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.settimeout(timeout)
        self.buffer = b""
        self.last_id = 0
        self._read_frame()  # the server's hello

    def command(self, name, parameters=None, timeout=None):
        """Sends one command and returns its result; raises MarionetteError with what the client said."""
        self.last_id += 1
        self.socket.settimeout(timeout or self.timeout)
        frame = json.dumps([0, self.last_id, name, parameters or {}]).encode()
        self.socket.sendall(b"%d:%s" % (len(frame), frame))
        while True:
            answer = self._read_frame()
            if isinstance(answer, list) and answer[1] == self.last_id:
                break
        if answer[2]:
            raise MarionetteError(f"{answer[2].get('error')}: {answer[2].get('message')}")
        return answer[3]

    def close(self):
        self.socket.close()

    def _read_frame(self):
        while b":" not in self.buffer:
            self._receive()
        length, _, rest = self.buffer.partition(b":")
        self.buffer = rest
        while len(self.buffer) < int(length):
            self._receive()
        frame, self.buffer = self.buffer[:int(length)], self.buffer[int(length):]
        return json.loads(frame)

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise MarionetteError("the client closed the connection")
        self.buffer += data
