#!/usr/bin/python3
"""Creates POP accounts as Evolution's account assistant does: the account registry itself writes their files.

Standard input: a JSON list of {account, identity, transport (uids), user, password, name, realName, address, host, port,
security, auth, keepOnServer}. Must run in a session of its own (see ../desktop.py).
"""
import json
import sys

import gi
gi.require_version("EDataServer", "1.2")
gi.require_version("Camel", "1.2")
from gi.repository import Camel, EDataServer, GLib


def new_source(entry, role, name, extensions):
    source = EDataServer.Source.new_with_uid(entry[role], None)
    source.set_display_name(name)
    if role != "account":
        source.set_parent(entry["account"])
    for extension, properties in extensions:
        target = source.get_extension(extension)
        if isinstance(target, EDataServer.SourceCamel):
            target = target.get_settings()
        for key, value in properties.items():
            target.set_property(key, value)
    return source


def server(entry, host, port, security, auth):
    return [("Authentication", {"host": host, "port": port, "user": entry["user"], "method": auth}),
            ("Security", {"method": security})]


def sources(entry):
    name = entry["name"]
    yield new_source(entry, "account", name, [
        ("Mail Account", {"backend-name": "pop", "identity-uid": entry["identity"], "needs-initial-setup": False}),
        ("Pop Backend", {"keep-on-server": entry["keepOnServer"]}),
        *server(entry, entry["host"], entry["port"], entry["security"], entry["auth"]),
        ("Refresh", {"enabled": True, "interval-minutes": 60})])
    yield new_source(entry, "identity", name, [
        ("Mail Submission", {"transport-uid": entry["transport"], "sent-folder": "folder://local/Sent"}),
        ("Mail Composition", {"drafts-folder": "folder://local/Drafts", "templates-folder": "folder://local/Templates"}),
        ("Mail Identity", {"name": entry["realName"], "address": entry["address"], "signature-uid": "none"})])
    yield new_source(entry, "transport", name, [
        ("Mail Transport", {"backend-name": "smtp"}), ("Smtp Backend", {}),
        *server(entry, "smtp.lab.test", 465, "ssl-on-alternate-port", "none")])


def main():
    Camel.init(GLib.get_user_runtime_dir(), True)
    EDataServer.SourceCamel.register_types()
    registry = EDataServer.SourceRegistry.new_sync(None)
    for entry in json.load(sys.stdin):
        registry.create_sources_sync(list(sources(entry)), None)
        registry.ref_source(entry["account"]).store_password_sync(entry["password"], True, None)


main()
