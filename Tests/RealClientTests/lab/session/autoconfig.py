#!/usr/bin/python3
"""What the real Evolution reads out of autoconfig files: autoconfig.py ADDRESS < paths, one a line; JSON, one object a line.

Its own class looks the settings up (EMailAutoconfig of libevolution-mail), on a web server of ours, and puts them into an account
source, from which they are read. Must run in a session of its own, on a network of its own that has nothing but this machine.
"""
import ctypes
import http.server
import json
import subprocess
import sys
import tempfile
import threading

import gi
gi.require_version("EDataServer", "1.2")
gi.require_version("Camel", "1.2")
from gi.repository import Camel, EDataServer, GLib

LIBRARY = "/usr/lib/evolution/libevolution-mail.so.0"
HOSTS = "127.0.0.1 localhost {domain} autoconfig.{domain} autoconfig.thunderbird.net\n"
# The account's backend, the extension that holds it, and how the class is asked for its details.
KINDS = {"imap": ("imapx", "Mail Account", "imap"), "pop3": ("pop", "Mail Account", "pop3"), "smtp": ("smtp", "Mail Transport", "smtp")}
SECURITY = {"NONE": "none", "SSL_ON_ALTERNATE_PORT": "tls", "STARTTLS_ON_STANDARD_PORT": "starttls"}


class Handler(http.server.BaseHTTPRequestHandler):
    content = b""

    def do_GET(self):
        # Only the first place that is asked has something.
        if not self.path.startswith("/mail/config-v1.1.xml"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_):
        pass


def make_network(domain):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.NamedTemporaryFile("w", delete=False) as hosts:
        hosts.write(HOSTS.format(domain=domain))
    subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 80), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class Lookup:
    def __init__(self, address):
        self.address = address.encode()
        self.registry = EDataServer.SourceRegistry.new_sync(None)
        self.mail = ctypes.CDLL(LIBRARY)
        self.mail.e_mail_autoconfig_new_sync.restype = ctypes.c_void_p
        self.mail.e_mail_autoconfig_new_sync.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p]
        self.unref = ctypes.CDLL("libgobject-2.0.so.0").g_object_unref
        self.unref.argtypes = [ctypes.c_void_p]

    def read(self, content):
        Handler.content = content
        error = ctypes.c_void_p()
        found = self.mail.e_mail_autoconfig_new_sync(hash(self.registry), self.address, None, None, ctypes.byref(error))
        if not found:
            return {"accepted": False}
        try:
            return {"accepted": True, **{kind: self._details(found, kind) for kind in KINDS}}
        finally:
            self.unref(found)

    def _details(self, found, kind):
        backend, extension, name = KINDS[kind]
        source = EDataServer.Source.new(None, None)
        source.get_extension(extension).set_backend_name(backend)
        give = getattr(self.mail, f"e_mail_autoconfig_set_{name}_details")
        give.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        if not give(found, hash(source)):
            return None
        settings = source.get_extension(EDataServer.SourceCamel.get_extension_name(backend)).get_settings()
        method = settings.get_property("security-method").value_name.removeprefix("CAMEL_NETWORK_SECURITY_METHOD_")
        return {"host": settings.get_property("host"), "port": settings.get_property("port"), "user": settings.get_property("user"),
                "security": SECURITY[method], "mechanism": settings.get_property("auth-mechanism")}


def main():
    address = sys.argv[1]
    make_network(address.split("@")[1])
    Camel.init(GLib.get_user_data_dir() + "/evolution", False)
    EDataServer.SourceCamel.register_types()
    lookup = Lookup(address)
    for path in sys.stdin.read().splitlines():
        with open(path, "rb") as file:
            print(json.dumps({"file": path, **lookup.read(file.read())}), flush=True)


main()
