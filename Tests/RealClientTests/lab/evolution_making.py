"""Makes Evolution's fixtures: a recipe is carried out by the real client against a real server, trimmed, described and tried out."""
import glob
import os
import shutil
import subprocess

from . import dovecot, evolution, fixtures, messages
from .dovecot import Dovecot
from .evolution import Evolution, Store
from .evolution_recipes import METHODS, RECIPES, uid
from .making import MakingError, not_kept_by_git, save
from .scratch import Scratch
from .trimming import shrink_database

ONLINE_ACCOUNT = "account_1700000000_0"
ONLINE_ACCOUNTS = f"""\
[Account {ONLINE_ACCOUNT}]
Provider=imap_smtp
Identity=bob@lab.test
PresentationIdentity=bob@lab.test
Enabled=true
EmailAddress=bob@lab.test
Name=Bob
ImapHost=imap.lab.test:{{imaps}}
ImapUserName=bob@lab.test
ImapUseSsl=true
ImapUseTls=false
ImapAcceptSslErrors=false
SmtpHost=smtp.lab.test
SmtpUseAuth=false
SmtpUserName=bob@lab.test
SmtpAuthLogin=false
SmtpAuthPlain=false
SmtpUseSsl=true
SmtpUseTls=false
SmtpAcceptSslErrors=false
"""
ONLINE_MAIL = 3
ONLINE_ROLES = {b"[Mail Account]": "online account", b"[Mail Identity]": "online identity", b"[Mail Transport]": "online transport"}
# Mail that was sent and begun before: folder, number, flags of the file name.
LOCAL_MAIL = ((".Sent", 101, "S"), (".Sent", 102, "S"), (".Drafts", 103, "DS"))
INDEXES = ("*.ibex.index", "*.ibex.index.data")  # for searching in bodies; made anew


def make(variant, root=fixtures.EVOLUTION_ROOT):
    """Makes one fixture again, replacing the one in `root`; returns its description. Nothing is replaced when it fails."""
    recipe = RECIPES[variant]
    with Scratch(f"make-{variant}") as scratch, Dovecot(scratch.directory("dovecot"), apop=recipe.apop) as server:
        profile = (evolution.FLATPAK + "/config" if recipe.flatpak else ".config") + "/evolution"
        lived = fixtures.Fixture(scratch.directory("home"), {"profile": profile})
        accounts = [_account(variant, index, account) for index, account in enumerate(recipe.accounts)]
        _live_through(recipe, accounts, lived, scratch, server)
        result = scratch.directory("result", variant)
        home = os.path.join(result, "home")
        _trim(lived, home)
        online = _name_online_sources(variant, home, profile)
        fixtures.relocate(os.path.join(home, profile), lived.home, fixtures.HOME)
        fixtures.replace_ports(os.path.join(home, profile), {server.ports[service]: port for service, port in fixtures.PORTS.items()})
        for edit in recipe.edits:
            edit(os.path.join(home, profile), accounts)
        description = {
            "description": recipe.description, "client": _version(), "profile": profile, "accounts": accounts + online * recipe.online_account,
            "serverMail": {user: server.numbers(user) for user in _users(recipe)}, "folders": Store(lived).local_folders(),
            "home": fixtures.HOME, "ports": fixtures.PORTS, **not_kept_by_git(home)}
        save(description, result)
        _try_out(recipe, variant, description, scratch)
        target = os.path.join(root, variant)
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(root, exist_ok=True)
        shutil.copytree(result, target, symlinks=True)
        return description


def _account(variant, index, account):
    """The account as fixture.json has it, with the fixtures' ports."""
    security = account.imap_security or account.security
    return {**{role: uid(variant, role, index) for role in ("account", "identity", "transport")},
            "type": account.type, "user": account.user, "name": account.name or account.user, "canLogIn": True,
            "pop": {"host": account.host, "port": fixtures.PORTS[account.service], "security": account.security, "auth": account.auth,
                    "keepOnServer": account.keep_on_server},
            "imap": {"host": account.imap_host, "port": fixtures.PORTS[account.imap_service], "security": security}}


def _users(recipe):
    return sorted({account.user for account in recipe.accounts} | ({"bob@lab.test"} if recipe.online_account else set()))


def _live_through(recipe, accounts, lived, scratch, server):
    """The life of the home before the switch."""
    if recipe.online_account:
        server.seed("bob@lab.test", ONLINE_MAIL)
        path = os.path.join(lived.home, ".config", "goa-1.0", "accounts.conf")
        os.makedirs(os.path.dirname(path))
        with open(path, "w") as file:
            file.write(ONLINE_ACCOUNTS.format(**server.ports))
    evolution.create_accounts(lived, scratch, [_creation(recipe, index, entry, server) for index, entry in enumerate(accounts)],
                              {ONLINE_ACCOUNT: dovecot.PASSWORD} if recipe.online_account else {})
    store = Store(lived)
    rules = os.path.join(lived.profile, "mail", "filters.xml")
    if recipe.filters:
        _start_once(lived, scratch, server, accounts)  # local folders beside the usual ones need a local store
        _write(rules, recipe.filters.encode())
        for name in recipe.folders:
            for part in ("cur", "new", "tmp"):
                os.makedirs(store.path("data", "mail", "local", "." + name, part), mode=0o700)
    for account in recipe.accounts:
        server.seed(account.user, account.mail)
    position = server.log_position()
    with Evolution(lived, scratch) as client:
        client.await_(lambda: len(server.pop3_sessions(position)) >= len(accounts), "the download")
        if recipe.filters:
            client.press("Message Filters", "OK")
            client.await_(lambda: _read(rules) != recipe.filters.encode(), "the rules")
    for folder, number, flags in LOCAL_MAIL:
        _write(store.path("data", "mail", "local", folder, "cur", f"{messages.FIRST_DATE + number}.1_{number}.lab:2,{flags}"),
               messages.numbered(recipe.accounts[0].user, number))
    _start_once(lived, scratch, server, accounts)  # what a settled client leaves behind


def _start_once(lived, scratch, server, accounts):
    position = server.log_position()
    with Evolution(lived, scratch) as client:
        client.await_(lambda: len(server.pop3_sessions(position)) >= len(accounts), "the logins")


def _creation(recipe, index, entry, server):
    account = recipe.accounts[index]
    return {"account": entry["account"], "identity": entry["identity"], "transport": entry["transport"], "user": account.user,
            "password": dovecot.PASSWORD, "name": entry["name"], "realName": account.real_name,
            "address": account.address or messages.address_of(account.user), "host": account.host, "port": server.ports[account.service],
            "security": METHODS[account.security], "auth": account.auth, "keepOnServer": account.keep_on_server}


def _name_online_sources(variant, home, profile):
    """Gives the sources of the online account names that are the same at every run; returns the account as fixture.json has it."""
    sources = {os.path.basename(path).removesuffix(".source"): _read(path) for path in glob.glob(os.path.join(home, profile, "sources", "*.source"))}
    collections = [name for name, data in sources.items() if b"[GNOME Online Accounts]" in data]
    belonging = {name: data for name, data in sources.items() if any(collection.encode() in data for collection in collections)}
    names = {name: uid(variant, "online collection", 0) for name in collections}
    for group, role in ONLINE_ROLES.items():
        names.update({name: uid(variant, role, 0) for name, data in belonging.items() if group in data})
    for parent, directories, files in os.walk(home, topdown=False):
        for name in files + directories:
            path = os.path.join(parent, name)
            if name.endswith(".source"):
                data = _read(path)
                for old, new in names.items():
                    data = data.replace(old.encode(), new.encode())
                with open(path, "wb") as file:
                    file.write(data)
            stem, ending = os.path.splitext(name)
            if stem in names:
                os.rename(path, os.path.join(parent, names[stem] + ending))
    return [{"account": uid(variant, "online account", 0), "identity": uid(variant, "online identity", 0),
             "transport": uid(variant, "online transport", 0), "type": "imap", "user": "bob@lab.test", "name": "bob@lab.test", "canLogIn": True}]


def _trim(lived, home):
    """Copies what matters of the home: accounts, rules, mail, passwords, and nothing that names a machine."""
    kept = [lived.description["profile"] + "/sources", lived.description["profile"] + "/mail/filters.xml",
            lived.description["profile"] + "/mail/state.ini", ".config/goa-1.0/accounts.conf", ".local/share/keyrings/login.keyring"]
    trees = evolution.directories(lived.description["profile"])
    kept += [f"{trees['data']}/evolution/mail", f"{trees['data']}/evolution/camel-cert.db", f"{trees['cache']}/evolution/mail",
             f"{trees['cache']}/evolution/sources"]
    unwanted = shutil.ignore_patterns(*INDEXES, "trash", "rss", "vfolder")
    for path in kept:
        source, target = os.path.join(lived.home, path), os.path.join(home, path)
        if os.path.isdir(source):
            shutil.copytree(source, target, symlinks=True, ignore=unwanted)
        elif os.path.exists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target)
    for parent, directories, names in os.walk(home):
        for name in directories:
            shutil.copymode(os.path.join(lived.home, os.path.relpath(os.path.join(parent, name), home)), os.path.join(parent, name))
        for name in names:
            if name == "folders.db":
                shrink_database(os.path.join(parent, name))


def _try_out(recipe, variant, description, scratch):
    """Opens a copy against a server that was seeded anew: nothing may be downloaded again, and nothing may ask or complain."""
    with Dovecot(scratch.directory("dovecot-2"), apop=recipe.apop) as server:
        for user, numbers in description["serverMail"].items():
            server.seed(user, numbers)
        fixture = fixtures.copy_fixture(variant, scratch.path("trial"), server.ports, scratch.path("result"))
        registered = evolution.registered_accounts(fixture, scratch)
        problems = [f"{uid}: {entry}" for uid, entry in registered.items() if not entry["parent"] and (not entry["connected"] or entry["questions"])]
        backends = {uid: entry["backend"] for uid, entry in registered.items()}
        wanted = {entry["account"]: {"pop3": "pop", "imap": "imapx"}[entry["type"]] for entry in description["accounts"]}
        problems += [f"accounts {backends} instead of {wanted}"] * (backends != wanted)
        _start_once(fixture, scratch, server, recipe.accounts)
        problems += [f"{server.retrieved()} messages were downloaded again"] * (server.retrieved() > 0)
        folders = Store(fixture).local_folders()
        problems += [f"local folders {folders} instead of {description['folders']}"] * (folders != description["folders"])
        if problems:
            raise MakingError(f"{variant}: " + "; ".join(map(str, problems)))


def _version():
    return subprocess.run(["evolution", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
