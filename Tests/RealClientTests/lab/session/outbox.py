#!/usr/bin/python3
"""Puts a message into the Outbox, by the mail library that Evolution uses, as "Send" in its composer does: outbox.py, the message on
standard input. Must run in a session of its own, while Evolution is closed (see ../desktop.py).
"""
import sys

import gi
gi.require_version("EDataServer", "1.2")
gi.require_version("Camel", "1.2")
from gi.repository import Camel, EDataServer, GLib


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
    message = Camel.MimeMessage.new()
    message.construct_from_stream_sync(Camel.StreamMem.new_with_buffer(sys.stdin.buffer.read()), None)
    folder = store.get_folder_sync("Outbox", Camel.StoreGetFolderFlags.CREATE, None)
    info = Camel.MessageInfo.new(None)
    info.set_flags(Camel.MessageFlags.SEEN, Camel.MessageFlags.SEEN)
    folder.append_message_sync(message, info, None)
    folder.synchronize_sync(False, None)


main()
