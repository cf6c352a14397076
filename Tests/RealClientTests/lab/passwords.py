"""Saved passwords and trust for a client that is older than the one that made a fixture.

Newer versions encrypt passwords (AES) and store trust (CKO_TRUST) in ways that older ones, 140 among them, cannot read; a
person who goes back has to type the passwords again. That is done here in a profile of its own, by the older client, and
its key4.db, cert9.db and logins.json replace those of the fixture, so that the rest of the fixture stays as it is.
"""
import configparser
import os
import shutil

from . import dovecot
from .thunderbird import Thunderbird, find_app_directory

FILES = ("key4.db", "cert9.db", "logins.json")
SCHEME = {"pop3": "mailbox", "imap": "imap"}


def version_of(app_directory=None):
    """The version, (140, 12, 0), of an application directory."""
    application = configparser.ConfigParser(interpolation=None)
    application.read(os.path.join(find_app_directory(app_directory), "application.ini"))
    return _numbers(application["App"]["Version"])


def suit(fixture, scratch, app_directory=None):
    """Replaces the fixture's passwords and trust if the client is of an older main version than its maker."""
    if version_of(app_directory)[0] >= _numbers(fixture.client)[0]:
        return
    profile = scratch.directory("passwords", mode=0o700)
    with Thunderbird(profile, scratch, app_directory=app_directory) as client:
        client.run("save-passwords", {"authority": dovecot.authority(), "logins": _logins(fixture)})
    for name in FILES:
        target = os.path.join(fixture.profile, name)
        mode = os.stat(target).st_mode
        shutil.copy(os.path.join(profile, name), target)
        os.chmod(target, mode)


def _logins(fixture):
    """[(origin, user, password)] of every server that the fixture has a password for."""
    logins = set()
    for account in fixture.accounts:
        if account["type"] in SCHEME:
            host = account["pop"]["host"] if account["type"] == "pop3" else account["imap"]["host"]
            logins |= {(f"{SCHEME[account['type']]}://{host}", account["user"], dovecot.PASSWORD),
                       ("smtp://smtp.lab.test", account["user"], dovecot.PASSWORD)}
    return sorted(logins)


def _numbers(version):
    return tuple(int(part) for part in version.rstrip("esr").split(".") if part.isdigit())
