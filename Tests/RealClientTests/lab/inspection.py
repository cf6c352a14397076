"""What a real Thunderbird makes of a profile: opened, logged in, counted and read."""
import os
import shutil
import uuid

from .thunderbird import Thunderbird

OK = "0x0"  # nsresult NS_OK, as the login results are given


def inspect(profile, scratch, *, app_directory=None, in_place=False, connect=True, fetch=False, wait=1.0, save=None):
    """Opens the profile (a copy of it unless in_place) and returns what the client shows.

    connect logs in at every IMAP and POP3 server; fetch also downloads new POP mail (IMAP always selects INBOX); save copies
    the profile, as the client left it at exit, into that directory. In the result:

    version        of the client
    dialogs        every dialog since the start; a password prompt is one, [] means that nothing asked
    alerts         messages the client would have shown to the user otherwise
    accounts       key, server, type, name, host, port, user, socketType, authMethod, uri, directory, store, isDefault,
                   identities, passwordsStoredFor, junkFolder; login ("0x0" is success), inbox, prompted; for POP fetched;
                   folders: uri, name, flags, total, unread and (local ones) headers, unreadable, starred, tagged;
                   filters: name, enabled, actions (type, target, resolves)
    identities     key, email, name and folders: sent, drafts, templates, archives (uri, resolves, flags)
    savedSearches  uri, total and scope (uri, resolves)
    """
    opened = profile if in_place else _copy(profile, scratch)
    try:
        with Thunderbird(opened, scratch, app_directory=app_directory) as client:
            result = inspect_running(client, connect=connect, fetch=fetch, wait=wait)
        if save:
            shutil.copytree(opened, save, symlinks=True, dirs_exist_ok=True)
        return result
    finally:
        if not in_place:
            shutil.rmtree(opened, ignore_errors=True)


def inspect_running(client, *, connect=True, fetch=False, wait=1.0):
    """The same for a Thunderbird that runs already."""
    return client.run("inspect", {"connect": connect, "fetch": fetch, "wait": wait}, timeout=150)


def copy_to_sent(client, identity):
    """Saves a message into the identity's Sent folder; returns uri, status ("0x0") and the message_id to look for."""
    message_id = f"<{uuid.uuid4()}@sent.test>"
    return {"message_id": message_id, **client.run("copy-to-sent", identity, message_id)}


def send(client, identity, subject):
    """Sends a message by the identity's outgoing server; returns the status ("0x0" is success)."""
    return client.run("send", identity, subject)


def _copy(profile, scratch):
    target = scratch.path(f"inspected-{uuid.uuid4().hex[:8]}")
    shutil.copytree(profile, target, symlinks=True, ignore=shutil.ignore_patterns("lock", "cache2", "startupCache"))
    return target


def local_folders(shown):
    """{URI: folder} of every folder that holds mail on this machine, of all accounts; saved searches are left out."""
    return {folder["uri"]: folder for account in shown["accounts"] if account["server"] and account["type"] not in ("imap", "nntp")
            for folder in account["folders"] if "Virtual" not in folder["flags"]}


def marks(folder):
    """What a person did to the messages of a local folder: how many are unread, starred, tagged."""
    return [folder.get(kind, 0) for kind in ("unread", "starred", "tagged")]
