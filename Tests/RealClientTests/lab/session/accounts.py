#!/usr/bin/python3
"""The mail accounts as the account registry has them: accounts.py [--connect], JSON.

--connect logs in with the stored password, by the mail library that Evolution uses, and reads INBOX of an IMAP account; accounts
that belong to an online account have their password elsewhere and are left out of this.
Nobody is there to answer: a question for a password or about a certificate fails and stands in the result. Must run in a
session of its own, on a copy of the home (see ../desktop.py).
"""
import json
import sys
import tempfile

import gi
gi.require_version("EDataServer", "1.2")
gi.require_version("Camel", "1.2")
from gi.repository import Camel, EDataServer, GLib

BACKENDS = ("pop", "imapx", "imap")
FOLDERS = ("INBOX", "Sent", "Drafts", "Junk", "Trash", "Archive")  # a list of all is not to be had through introspection
SOURCES = (("Authentication", ("host", "port", "user", "method")), ("Security", ("method",)),
           ("Offline", ("stay-synchronized",)), ("Mail Account", ("needs-initial-setup", "archive-folder", "identity-uid")))


class Session(Camel.Session):
    __gtype_name__ = "LabSession"
    password = None
    questions = []

    def do_authenticate_sync(self, service, mechanism, cancellable):
        service.set_password(self.password or "")
        if service.authenticate_sync(mechanism, cancellable) != Camel.AuthenticationResult.ACCEPTED:
            raise GLib.Error("the password was rejected", "lab", 1)
        return True

    def do_trust_prompt(self, service, certificate, errors):
        self.questions.append("certificate")
        return Camel.CertTrust.NEVER


def stored_password(source):
    try:
        found, password = source.lookup_password_sync(None)
        return password if found else None
    except GLib.Error:
        return None


def describe(registry, source):
    account = source.get_extension("Mail Account")
    result = {"account": source.get_uid(), "name": source.get_display_name(), "enabled": source.get_enabled(),
              "parent": source.get_parent(), "backend": account.get_backend_name()}
    for extension, keys in SOURCES:
        if source.has_extension(extension):
            for key in keys:
                name = "auth" if (extension, key) == ("Authentication", "method") else "security" if extension == "Security" else key
                result[name] = source.get_extension(extension).get_property(key)
    identity = registry.ref_source(account.get_identity_uid() or "")
    if identity:
        result["sent"] = identity.get_extension("Mail Submission").get_sent_folder()
        result["drafts"] = identity.get_extension("Mail Composition").get_drafts_folder()
        result["templates"] = identity.get_extension("Mail Composition").get_templates_folder()
    return result


def folder_exists(service, name):
    try:
        return service.get_folder_sync(name, 0, None) is not None
    except GLib.Error:
        return False


def connect(session, source, result):
    Session.password = stored_password(source)
    Session.questions = []
    result.update(passwordStored=bool(Session.password), connected=False)
    try:
        service = session.add_service(source.get_uid(), result["backend"], Camel.ProviderType.STORE)
        source.camel_configure_service(service)
        if isinstance(service, Camel.OfflineStore):
            service.set_online_sync(True, None)
        result["connected"] = bool(service.connect_sync(None))
        if result["backend"] == "imapx":
            service.get_folder_info_sync(None, Camel.StoreGetFolderInfoFlags.RECURSIVE, None)  # asks the server for its folders
            result["folders"] = [name for name in FOLDERS if folder_exists(service, name)]
            inbox = service.get_folder_sync("INBOX", 0, None)
            inbox.refresh_info_sync(None)
            result["inbox"] = inbox.get_message_count()
        service.disconnect_sync(True, None)
    except GLib.Error as error:
        result["error"] = error.message
    result["questions"] = Session.questions


def main():
    scratch = tempfile.mkdtemp(prefix="camel-")
    Camel.init(GLib.get_user_data_dir() + "/evolution", False)  # where the certificates are that the user accepted
    EDataServer.SourceCamel.register_types()
    registry = EDataServer.SourceRegistry.new_sync(None)
    session = Session(user_data_dir=scratch + "/data", user_cache_dir=scratch + "/cache")
    session.set_online(True)
    found = []
    for source in sorted(registry.list_sources("Mail Account"), key=lambda source: source.get_uid()):
        if source.get_extension("Mail Account").get_backend_name() in BACKENDS:
            found.append(describe(registry, source))
            if "--connect" in sys.argv and not source.get_parent():
                connect(session, source, found[-1])
    print(json.dumps(found))


main()
