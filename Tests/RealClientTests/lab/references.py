"""Finds what points at nothing after a switch: folder URIs of servers that prefs.js does not have, directories with two owners."""
import collections
import os
import re
from urllib.parse import unquote

from . import prefs

TEXT_FILES = re.compile(r"\.(js|json|dat|msf|rdf|ini|txt)$")
NOT_FOLDERS = {"logins.json"}  # its mailbox:// and imap:// are origins of passwords, without a user
# What the client itself remembers of its windows; a URI there that is gone does no harm (and is seen after every undo).
CLIENT_STATE = {"session.json", "folderTree.json", "xulstore.json", "folderCache.json"}
URI = re.compile(r"\b(mailbox|imap)(?:-message)?://([^@/\s\"'|<>)]+)@([^/\s\"'|<>)?#]+)")
SCHEME = {"imap": "imap", "nntp": "news"}  # every other type is mailbox

Dangling = collections.namedtuple("Dangling", "file line uri")


def dangling(profile):
    """Every folder URI in the profile's text files whose server (scheme, user, host) prefs.js does not have."""
    known = {(SCHEME.get(server.get("type"), "mailbox"), server.get("userName", ""), server.get("hostname", ""))
             for server in prefs.servers(prefs.read(profile)).values()}
    found = []
    for relative, text in _texts(profile):
        for number, line in enumerate(text.split("\n"), 1):
            for match in URI.finditer(line):
                if (match[1], unquote(match[2]), unquote(match[3])) not in known:
                    found.append(Dangling(relative, number, match.group()))
    return found


def shared_directories(profile):
    """The directories that more than one server uses, {directory: [server]}: one of the two would destroy the other's mail."""
    users = collections.defaultdict(list)
    for key, server in prefs.servers(prefs.read(profile)).items():
        relative = server.get("directory-rel")
        directory = relative.replace("[ProfD]", profile + "/") if relative else server.get("directory")
        users[os.path.realpath(directory)].append(key)
    return {directory: keys for directory, keys in users.items() if len(keys) > 1}


def _texts(profile):
    for parent, directories, names in os.walk(profile):
        directories[:] = [name for name in directories if name not in ("cache2", "startupCache", "storage", "crashes")]
        for name in sorted(names):
            if TEXT_FILES.search(name) and name not in NOT_FOLDERS:
                path = os.path.join(parent, name)
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read()
                yield os.path.relpath(path, profile), _plain_mork(text) if name.endswith(".msf") else text


def _plain_mork(text):
    """Undoes what the index files' format does to a string: lines broken after a backslash, bytes as $XX."""
    return re.sub(r"\$([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), re.sub(r"\\\r?\n", "", text))
