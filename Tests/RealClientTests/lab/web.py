"""A real nginx on loopback, and a proxy by which a client reaches it under any name and on the usual ports.

The proxy takes CONNECT and plain requests, leads the names it knows to nginx, refuses all others, and keeps a list of what
was asked for. Neither a right to low ports nor the machine's name service is needed.
"""
import atexit
import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time

FRAME = """{user}pid {root}/pid;
error_log {root}/error.log;
worker_processes 1;
events {{ }}
http {{
  access_log {root}/access.log;
  {temporary}
  types {{ application/octet-stream xml json; }}
  {body}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class WebError(Exception):
    pass


class Nginx:
    """`with Nginx(directory, configuration) as web:` serves server blocks whose ports are `web.http` and `web.https`.

    In the configuration `listen 80;` and `listen 443 ssl;` become those ports on loopback, nothing else is changed.
    """

    def __init__(self, directory, configuration):
        self.root = os.path.abspath(directory)
        self.http, self.https = _free_port(), _free_port()
        for line in ("listen [::]:80;", "listen [::]:443 ssl;"):
            configuration = configuration.replace(line, "")
        self.configuration = configuration.replace("listen 80;", f"listen 127.0.0.1:{self.http};")
        self.configuration = self.configuration.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.https} ssl;")
        self.process = None

    def __enter__(self):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
        if not program:
            raise WebError("nginx is not installed (Debian: nginx-light)")
        os.makedirs(self.root, exist_ok=True)
        path = os.path.join(self.root, "nginx.conf")
        with open(path, "w") as file:
            file.write(FRAME.format(
                user="user root;\n" if os.geteuid() == 0 else "", root=self.root, body=self.configuration,
                temporary=" ".join(f"{name}_temp_path {self.root}/{name};" for name in TEMPORARY)))
        log = os.path.join(self.root, "nginx.log")
        with open(log, "wb") as output:
            self.process = subprocess.Popen([program, "-p", self.root, "-c", path, "-e", "stderr", "-g", "daemon off;"],
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        atexit.register(self._stop)
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.https), 1):
                return self
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                with open(log, errors="replace") as file:
                    raise WebError(f"nginx did not come up: {file.read()[-800:]}")
            time.sleep(0.05)

    def requests(self):
        """The request lines that were served, in order, with their status."""
        with open(os.path.join(self.root, "access.log"), errors="replace") as file:
            return [(fields[1], int(fields[2].split()[0])) for fields in (line.split('"') for line in file) if len(fields) > 2]

    def _stop(self):
        atexit.unregister(self._stop)
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __exit__(self, *_):
        self._stop()


class NameProxy:
    """`with NameProxy({("autoconfig.example.com", 443): port}) as proxy:` listens on `proxy.port`; `proxy.asked` grows."""

    def __init__(self, targets):
        self.targets = targets
        self.asked = []
        self.listener = None

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def prefs(self):
        """Default prefs for a client that is to go by this proxy."""
        return {"network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": self.port,
                "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": self.port, "network.proxy.no_proxies_on": ""}

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError, ValueError, IndexError):
            head = b""
            while b"\r\n\r\n" not in head:
                received = client.recv(65536)
                if not received:
                    return
                head += received
            method, target = head.split(None, 2)[:2]
            is_tunnel = method == b"CONNECT"
            authority = target.decode() if is_tunnel else target.decode().split("/", 3)[2]
            host, _, port = authority.partition(":")
            name = (host, int(port or 80))
            self.asked.append(name)
            if name not in self.targets:
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.targets[name])) as server:
                if is_tunnel:
                    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                else:
                    # A server takes the whole address in a request line, too.
                    server.sendall(head)
                other = threading.Thread(target=_pump, args=(client, server), daemon=True)
                other.start()
                _pump(server, client)
                other.join(5)


def _pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
