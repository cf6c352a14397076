"""A program at a terminal of its own: its input and what it says to people; its rows go to a pipe."""
import contextlib
import fcntl
import os
import pty
import signal
import subprocess
import termios
import threading
import time


class AtTerminal:
    def __init__(self, command):
        self.ours, theirs = pty.openpty()
        # Its session's own terminal, so that Ctrl-C there is a signal.
        self.process = subprocess.Popen(command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, start_new_session=True,
                                        preexec_fn=self._be_there)
        os.close(theirs)
        self.shown, self.output = b"", b""
        self.threads = [threading.Thread(target=self._read_shown), threading.Thread(target=self._read_output)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _be_there():
        # Who started the tests in the background has had Ctrl-C ignored, and the program would go on to ignore it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _read_shown(self):
        # A terminal whose last program is gone gives an error.
        with contextlib.suppress(OSError):
            while data := os.read(self.ours, 4096):
                self.shown += data

    def _read_output(self):
        self.output = self.process.stdout.read()

    def wait(self, is_so, seconds=30):
        """Until it is so, or it has ended. Whether it is so."""
        deadline = time.monotonic() + seconds
        while not is_so() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return is_so()

    def type(self, text):
        os.write(self.ours, text.encode())

    def type_password(self, password):
        """Once it is asked for, which switches the echo off."""
        self.wait(lambda: not termios.tcgetattr(self.ours)[3] & termios.ECHO)
        self.type(password + "\n")

    def end(self, seconds=60):
        """Its exit status, its output, and what the terminal showed."""
        try:
            self.process.wait(seconds)
        finally:
            self.process.kill()
            for thread in self.threads:
                thread.join()
            os.close(self.ours)
        return self.process.returncode, self.output.decode(), self.shown.decode(errors="replace")
