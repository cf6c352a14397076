"""Makes the fixtures: a recipe is carried out by a real client against a real server, trimmed, described and tried out."""
import json
import os
import re
import shutil

from . import dovecot, fixtures, inspection, messages, trimming
from .dovecot import Dovecot
from .recipes import RECIPES, SOCKET_TYPES
from .scratch import Scratch
from .thunderbird import Thunderbird

# What the client writes at its very first start, except for the random part of the directories' names. The hash is that of
# the installation directory /usr/lib/thunderbird. The profile with Default=1 is the one that is not used.
INSTALLATION = "FDC34C9F024745EB"
UNUSED_PROFILE = "lab00000.default"
PROFILES_INI = """\
[Profile1]
Name=default
IsRelative=1
Path={unused}
Default=1

[Install{installation}]
Default={used}
Locked=1

[Profile0]
Name=default-default
IsRelative=1
Path={used}

[General]
StartWithLastProfile=1
Version=2

"""
INSTALLS_INI = "[{installation}]\nDefault={used}\nLocked=1\n\n"
TIMES_JSON = '{\n"created": 1700000000000,\n"firstUse": null,\n"source": "legacy"\n}\n'


class MakingError(Exception):
    pass


def make(variant, root=fixtures.ROOT, app_directory=None):
    """Makes one fixture again, replacing the one in `root`; returns its description. Nothing is replaced when it fails."""
    recipe = RECIPES[variant]
    with Scratch(f"make-{variant}") as scratch, Dovecot(scratch.directory("dovecot")) as server:
        profile = scratch.directory("home", ".thunderbird", recipe.profile_name, mode=0o700)
        made, version = _live_through(recipe, profile, scratch, server, app_directory)
        result = scratch.directory("result", variant)
        home = os.path.join(result, "home")
        _lay_out(recipe, profile, home, scratch, server)
        description = _describe(recipe, made, version, server, home)
        save(description, result)
        _try_out(variant, description, scratch, app_directory)
        save(description, result)
        target = os.path.join(root, variant)
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(root, exist_ok=True)
        shutil.copytree(result, target, symlinks=True)
        return description


def _live_through(recipe, profile, scratch, server, app_directory):
    """The life of the profile before the switch; returns what was created, one dictionary for each account, and the version."""
    for account in recipe.accounts:
        if account.mail:
            server.seed(account.user, account.mail)
    with Thunderbird(profile, scratch, app_directory=app_directory) as client:
        version = client.js("return Services.appinfo.version")
        made = []
        for account in recipe.accounts:
            made.append(client.run("create-account", _creation(recipe, account, made, server)))
            if account.type == "pop3":
                _check(client.run("fetch-mail", made[-1]["server"])["status"], "download")
                if account.deferred_to in (None, "local"):
                    client.run("furnish", made[-1]["server"])
        client.run("sample-prefs")
        if recipe.unified:
            _check(client.run("unify")["pane"] and inspection.OK, "unified folders")
    with Thunderbird(profile, scratch, app_directory=app_directory) as client:  # what a settled client leaves behind
        for account, created in zip(recipe.accounts, made):
            if account.type == "pop3":
                client.run("fetch-mail", created["server"])
        client.js("await sleep(1500)")
    return made, version


def _check(status, what):
    if status != inspection.OK:
        raise MakingError(f"{what}: {status}")


def _creation(recipe, account, made, server):
    deferred_to = account.deferred_to
    if deferred_to not in (None, "local"):
        deferred_to = made[int(deferred_to)]["account"]
    return {"type": account.type, "host": account.host, "user": account.user, "password": dovecot.PASSWORD, "name": account.name,
            "port": server.ports.get(account.service), "socketType": SOCKET_TYPES[account.security], "authority": dovecot.authority(),
            "leaveOnServer": account.leave_on_server, "deferredTo": deferred_to, "maildir": recipe.maildir,
            "realName": account.real_name, "address": account.address or messages.address_of(account.user)}


def _lay_out(recipe, profile, home, scratch, server):
    """The trimmed home directory, naming the fixtures' own home and ports."""
    client_directory = os.path.join(home, ".thunderbird")
    target = os.path.join(client_directory, recipe.profile_name)
    unused = os.path.join(client_directory, UNUSED_PROFILE)
    os.makedirs(unused, mode=0o700)
    trimming.trim(profile, target)
    fixtures.relocate(target, scratch.path("home"), fixtures.HOME)
    fixtures.replace_ports(target, {server.ports[service]: port for service, port in fixtures.PORTS.items()})
    for edit in recipe.edits:
        edit(target)
    names = {"unused": UNUSED_PROFILE, "used": recipe.profile_name, "installation": INSTALLATION}
    for path, text in ((os.path.join(client_directory, "profiles.ini"), PROFILES_INI.format(**names)),
                       (os.path.join(client_directory, "installs.ini"), INSTALLS_INI.format(**names)),
                       (os.path.join(unused, "times.json"), TIMES_JSON)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    for directory in (client_directory, target, unused):
        os.chmod(directory, 0o700)


def _describe(recipe, made, version, server, home):
    accounts = []
    for account, created in zip(recipe.accounts, made):
        entry = {**created, "type": account.type, "user": account.user, "name": account.name, "canLogIn": account.mail > 0}
        if account.type == "pop3":
            entry["pop"] = {"host": account.host, "port": fixtures.PORTS[account.service], "security": account.security,
                            "leaveOnServer": account.leave_on_server, "deferredTo": account.deferred_to}
        if account.type in ("pop3", "imap"):
            entry["imap"] = {"host": account.imap_host, "port": fixtures.PORTS[account.imap_service],
                             "security": account.imap_security or account.security}
        accounts.append(entry)
    users = sorted({account.user for account in recipe.accounts if account.mail})
    return {"description": recipe.description, "client": version, "profile": f".thunderbird/{recipe.profile_name}",
            "accounts": accounts, "serverMail": {user: server.numbers(user) for user in users},
            "home": fixtures.HOME, "ports": fixtures.PORTS, **not_kept_by_git(home)}


def not_kept_by_git(home):
    empty, modes = [], {}
    for parent, directories, files in os.walk(home):
        for name in directories + files:
            path = os.path.join(parent, name)
            relative = os.path.relpath(path, home)
            usual = 0o755 if os.path.isdir(path) else 0o644
            mode = os.stat(path).st_mode & 0o7777
            if mode != usual:
                modes[relative] = f"{mode:04o}"
            if os.path.isdir(path) and not os.listdir(path):
                empty.append(relative)
    return {"emptyDirectories": sorted(empty), "modes": dict(sorted(modes.items()))}


def _try_out(variant, description, scratch, app_directory):
    """Opens a copy against a server that was seeded anew, and adds what the client shows to the description.

    Nothing may be downloaded again and nobody may be asked: else the fixture is not what it says.
    """
    with Dovecot(scratch.directory("dovecot-2")) as server:
        for user, numbers in description["serverMail"].items():
            server.seed(user, numbers)
        fixture = fixtures.copy_fixture(variant, scratch.path("trial"), server.ports, scratch.path("result"))
        shown = inspection.inspect(fixture.profile, scratch, app_directory=app_directory, in_place=True, fetch=True)
        problems = shown["dialogs"] + shown["alerts"]
        problems += [f"{account['key']}: login {account['login']}" for account in shown["accounts"]
                     if account.get("login", inspection.OK) != inspection.OK]
        problems += [f"{server.retrieved()} messages were downloaded again"] * (server.retrieved() > 0)
        problems += [f"{uri} has unreadable messages" for uri, folder in inspection.local_folders(shown).items() if folder.get("unreadable")]
        if os.path.exists(os.path.join(fixture.profile, "Invalidprefs.js")):
            problems.append("the client found prefs.js invalid")
        if problems:
            raise MakingError(f"{variant}: " + "; ".join(map(str, problems)))
        local = inspection.local_folders(shown)
        description["folders"] = {uri: folder["total"] for uri, folder in local.items()}
        description["folderNames"] = {uri: folder["name"] for uri, folder in local.items()}
        description["marks"] = {uri: inspection.marks(folder) for uri, folder in local.items() if any(inspection.marks(folder))}
        description["savedSearches"] = sorted(search["uri"] for search in shown["savedSearches"])


def save(description, directory):
    with open(os.path.join(directory, "fixture.json"), "w", encoding="utf-8") as file:
        text = json.dumps(description, indent=1, ensure_ascii=False)
        numbers_on_one_line = re.sub(r"(?<=\[|,)\n\s+(?=\d)|(?<=\d)\n\s+(?=\])", "", text)
        file.write(numbers_on_one_line + "\n")
