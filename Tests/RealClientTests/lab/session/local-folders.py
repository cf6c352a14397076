#!/usr/bin/python3
"""What Evolution's mail library makes of "On This Computer": JSON, {folder: [[subject, flags] of every message]}. --mark first marks the
messages of every folder in turn as read, answered and important. Must run in a session of its own, while Evolution is closed (see ../desktop.py).
"""
import json
import os
import re
import sys

import gi
gi.require_version("EDataServer", "1.2")
gi.require_version("Camel", "1.2")
from gi.repository import Camel, EDataServer, GLib

FLAGS = {"answered": Camel.MessageFlags.ANSWERED, "deleted": Camel.MessageFlags.DELETED, "draft": Camel.MessageFlags.DRAFT,
         "flagged": Camel.MessageFlags.FLAGGED, "seen": Camel.MessageFlags.SEEN}
ALL = Camel.MessageFlags.ANSWERED | Camel.MessageFlags.FLAGGED | Camel.MessageFlags.SEEN
MARKS = [0, Camel.MessageFlags.SEEN, Camel.MessageFlags.SEEN | Camel.MessageFlags.ANSWERED, Camel.MessageFlags.FLAGGED]


def folders(store, root):
    """Those that the library lists, of the directories that are there: a list of it cannot be walked from Python."""
    for entry in ["."] + sorted(entry for entry in os.listdir(root) if entry.startswith(".") and os.path.isdir(os.path.join(root, entry))):
        name = "/".join(re.sub("_([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), level) for level in entry.split(".")[1:] if level) or "Inbox"
        info = store.get_folder_info_sync(name, 0, None)
        if info and info.full_name == name:
            yield name


def main():
    data, cache = (f"{directory}/evolution" for directory in (GLib.get_user_data_dir(), GLib.get_user_cache_dir()))
    Camel.init(data, False)
    EDataServer.SourceCamel.register_types()
    registry = EDataServer.SourceRegistry.new_sync(None)
    session = Camel.Session(user_data_dir=f"{data}/mail", user_cache_dir=f"{cache}/mail")
    source = registry.ref_source("local")
    store = session.add_service("local", source.get_extension("Mail Account").get_backend_name(), Camel.ProviderType.STORE)
    source.camel_configure_service(store)
    store.connect_sync(None)
    found = {}
    for name in folders(store, f"{data}/mail/local"):
        folder = store.get_folder_sync(name, 0, None)
        folder.refresh_info_sync(None)
        messages = sorted((folder.get_message_info(uid) for uid in folder.get_uids()), key=lambda info: (info.get_subject(), info.get_date_sent()))
        if "--mark" in sys.argv:
            for number, info in enumerate(messages):
                info.set_flags(ALL, MARKS[number % len(MARKS)])
            folder.synchronize_sync(False, None)
        found[name] = sorted([info.get_subject(), [flag for flag, bit in FLAGS.items() if info.get_flags() & bit]] for info in messages)
    print(json.dumps(found))


main()
