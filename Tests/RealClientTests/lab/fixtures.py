"""The committed profiles: where they are, what stands in their fixture.json, and how one is laid out for use.

profiles-fixtures/CLIENT/VARIANT/home is a home directory as git can keep it. `copy_fixture` makes a real one of it:
with the empty directories, modes, absolute paths and server ports that git or the place would get wrong.

fixture.json:
  description  what the variant is about         client      the version that made it
  profile      its directory, relative to home    profileName  the same, last part
  accounts     account, server, identity, type, user, name, pop {host, port, security}, imap (the settings to switch to),
               canLogIn (in the laboratory), deferredTo
  serverMail   {user: numbers of the messages (lab/messages.py) that the server still has}
  folders      {URI: number of messages} of every local folder, in the client's own URIs
  folderNames  {URI: the name the client shows}, which for odd characters is only in folderCache.json
  marks        {URI: [unread, starred, tagged]} of the folders that have any
  savedSearches  their URIs
  home         the home directory that the files name, ports: the ports they name; copy_fixture puts in the real ones
  emptyDirectories, modes   what git does not keep (modes other than 0644 and 0755, octal)
  madeFrom, system   of a fixture that lab/derived.py made: the recorded one, and whose system it is laid out for

For Evolution, accounts have account, identity, transport (the uids of their sources) and type, user, name, pop, imap, canLogIn as
above, with pop {host, port, security, auth, keepOnServer}; folders are those of On This Computer by name; there is no
profileName, folderNames, marks or savedSearches. For Claws Mail and Sylpheed likewise, with accounts by their numbers, and folders by their
directories below ~/Mail.
"""
import glob
import json
import os
import re
import shutil

ALL = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "profiles-fixtures"))
ROOT = os.path.join(ALL, "thunderbird")
EVOLUTION_ROOT = os.path.join(ALL, "evolution")
HOME = "/home/lab"
PORTS = {"pop3": 25110, "pop3s": 25995, "imap": 25143, "imaps": 25993}
NAMING_PATHS = ("prefs.js", "user.js", "folderCache.json", "session.json", "folderTree.json", "pkcs11.txt",
                "sources/local.source")  # with absolute paths
NAMING_PORTS = ("prefs.js", "sources/*.source", "../goa-1.0/accounts.conf", "accountrc")


class Fixture:
    """A fixture laid out at `home`; `description` is its fixture.json with the real ports."""

    def __init__(self, home, description):
        self.home = home
        self.description = description
        self.profile = os.path.join(home, description["profile"])

    def __getattr__(self, name):
        try:
            return self.description[name]
        except KeyError:
            raise AttributeError(name) from None


def variants(root=ROOT):
    """The names of the committed fixtures that a client here has recorded."""
    names = sorted(name for name in os.listdir(root) if os.path.exists(os.path.join(root, name, "fixture.json")))
    return [name for name in names if "madeFrom" not in load(name, root)]


def load(variant, root=ROOT):
    with open(os.path.join(root, variant, "fixture.json"), encoding="utf-8") as file:
        return json.load(file)


def copy_fixture(variant, home, ports=None, root=ROOT):
    """Lays the fixture out as the home directory `home` (must not exist), to be used with a Dovecot on these ports."""
    description = load(variant, root)
    home = os.path.abspath(home)
    shutil.copytree(os.path.join(root, variant, "home"), home, symlinks=True)
    fixture = Fixture(home, description)
    for directory in description["emptyDirectories"]:
        os.makedirs(os.path.join(home, directory), exist_ok=True)
    relocate(fixture.profile, HOME, home)
    if ports:
        _set_ports(fixture, {PORTS[service]: ports[service] for service in PORTS})
    for path, mode in sorted(description["modes"].items(), reverse=True):
        os.chmod(os.path.join(home, path), int(mode, 8))
    return fixture


def relocate(profile, old, new):
    """Replaces the home directory in the absolute paths of a profile's files."""
    for name in NAMING_PATHS:
        _rewrite(os.path.join(profile, name), lambda data: data.replace(old.encode(), new.encode()))


def replace_ports(profile, mapping):
    """Replaces port numbers in a profile's files, {old: new}; all have five digits, so that no other number is meant."""
    pattern = re.compile(rb"\b(%s)\b" % b"|".join(str(port).encode() for port in mapping))
    for path in (path for name in NAMING_PORTS for path in glob.glob(os.path.join(glob.escape(profile), name))):
        _rewrite(path, lambda data: pattern.sub(lambda match: str(mapping[int(match[1])]).encode(), data))


def _set_ports(fixture, mapping):
    replace_ports(fixture.profile, mapping)
    for account in fixture.accounts:
        for settings in filter(None, (account.get("pop"), account.get("imap"))):
            settings["port"] = mapping[settings["port"]]


def _rewrite(path, change):
    """Changes a file's bytes, keeping its times: an index file is compared with those of its mailbox."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return
    changed = change(data)
    if changed != data:
        times = os.stat(path)
        with open(path, "wb") as file:
            file.write(changed)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
