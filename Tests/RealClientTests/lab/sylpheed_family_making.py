"""Makes the fixtures of Claws Mail and Sylpheed: the client gets an account by the few keys without which it has none, fetches mail from a
real server and writes all its files anew; the home is trimmed, described and tried out.
"""
import os
import re
import shutil
import subprocess

from . import dovecot, fixtures
from .dovecot import Dovecot
from .making import MakingError, not_kept_by_git, save
from .scratch import Scratch
from .sylpheed_family import FamilyClient, Home
from .sylpheed_family_recipes import COMMON, PROFILES, RECIPES

SECURITY = {"none": 0, "tls": 1, "starttls": 2}
RULES = {"claws-mail": "matcherrc", "sylpheed": "filter.xml"}
KEPT = ("accountrc", "folderlist.xml", "passwordstorerc", "matcherrc", "filter.xml", "clawsrc", "sylpheedrc", "folderitemrc", "uidl")


def make(program, variant, root):
    """Makes one fixture again, replacing the one in `root`; returns its description. Nothing is replaced when it fails."""
    recipe = RECIPES[program][variant]
    with Scratch(f"make-{variant}") as scratch, Dovecot(scratch.directory("dovecot")) as server:
        lived = fixtures.Fixture(scratch.directory("home"), {"profile": PROFILES[program]})
        _create_accounts(recipe, lived, server)
        for account in recipe.accounts:
            server.seed(account.user, account.mail)
        _fetch(program, lived, scratch, server, sum(account.mail for account in recipe.accounts))
        if recipe.rules:
            _write(os.path.join(lived.profile, RULES[program]), recipe.rules)
        _fetch(program, lived, scratch, server, 0)  # what a settled client leaves behind
        _edit(program, recipe, lived)
        result = scratch.directory("result", variant)
        home = os.path.join(result, "home")
        _trim(lived, home)
        profile = os.path.join(home, PROFILES[program])
        fixtures.replace_ports(profile, {server.ports[service]: port for service, port in fixtures.PORTS.items()})
        description = {
            "description": recipe.description, "client": _version(program), "profile": PROFILES[program],
            "accounts": [_account(index, account) for index, account in enumerate(recipe.accounts, 1)],
            "serverMail": {account.user: server.numbers(account.user) for account in recipe.accounts},
            "folders": Home(lived).local_folders(), "home": fixtures.HOME, "ports": fixtures.PORTS, **not_kept_by_git(home)}
        save(description, result)
        _try_out(program, variant, description, scratch)
        target = os.path.join(root, variant)
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(root, exist_ok=True)
        shutil.copytree(result, target, symlinks=True)
        return description


def _account(index, account):
    """The account as fixture.json has it, with the fixtures' ports."""
    return {"account": str(index), "type": "pop3", "user": account.user, "name": account.user, "canLogIn": True,
            "pop": {"host": account.host, "port": fixtures.PORTS[account.service], "security": account.security,
                    "keepOnServer": account.keep_on_server},
            "imap": {"host": account.imap_host, "port": fixtures.PORTS[account.imap_service], "security": account.security}}


def _create_accounts(recipe, lived, server):
    os.makedirs(lived.profile, mode=0o700)
    text = ""
    for index, account in enumerate(recipe.accounts, 1):
        keys = {"account_name": account.user, "is_default": int(index == 1), "name": "Lab User", "address": account.user, "protocol": 0,
                "receive_server": account.host, "smtp_server": "smtp.lab.test", "use_smtp_auth": 1, "user_id": account.user,
                "password": dovecot.PASSWORD, "set_popport": 1, "pop_port": server.ports[account.service],
                "ssl_pop": SECURITY[account.security], "remove_mail": int(not account.keep_on_server), "message_leave_time": 0,
                "ssl_certs_auto_accept": 1, "config_version": 4, **dict(account.keys)}
        text += f"[Account: {index}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items()) + "\n"
    _write(os.path.join(lived.profile, "accountrc"), text)
    _write(os.path.join(lived.profile, "folderlist.xml"),
           '<?xml version="1.0" encoding="UTF-8"?>\n<folderlist>\n<folder type="mh" name="Mailbox" path="Mail"/>\n</folderlist>\n')


def _fetch(program, lived, scratch, server, wanted):
    position = server.log_position()
    with FamilyClient(program, lived, scratch) as client:
        client.receive()
        accounts = len(Home(lived).accounts())
        client.await_(lambda: len(server.pop3_sessions(position)) >= accounts, "the logins")
    if (found := server.retrieved(position)) != wanted:
        raise MakingError(f"{found} messages were fetched, not {wanted}")


def _edit(program, recipe, lived):
    for name, changes in ((COMMON[program], dict(recipe.common)), ("accountrc", {})):
        path = os.path.join(lived.profile, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for key, value in changes.items():
            text, count = re.subn(rf"(?m)^{key}=.*$", f"{key}={value}", text)
            if count != 1:
                raise MakingError(f"{name} has {count} keys {key}")
        for key in recipe.without:
            text = re.sub(rf"(?m)^{key}=.*\n", "", text)
        _write(path, text)


def _trim(lived, home):
    """Copies what matters: accounts, settings, passwords, rules, the record of what was fetched, and local mail."""
    shutil.copytree(os.path.join(lived.home, "Mail"), os.path.join(home, "Mail"), symlinks=True)
    target = os.path.join(home, lived.description["profile"])
    os.makedirs(target)
    for name in KEPT:
        source = os.path.join(lived.profile, name)
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(target, name))
        elif os.path.exists(source):
            shutil.copy2(source, os.path.join(target, name))
    shutil.copymode(lived.profile, target)


def _try_out(program, variant, description, scratch):
    """Opens a copy against a server that was seeded anew: nothing may be fetched again, and nothing may ask or complain."""
    with Dovecot(scratch.directory("dovecot-2")) as server:
        for user, numbers in description["serverMail"].items():
            server.seed(user, numbers)
        fixture = fixtures.copy_fixture(variant, scratch.path("trial"), server.ports, scratch.path("result"))
        _fetch(program, fixture, scratch, server, 0)
        if (folders := Home(fixture).local_folders()) != description["folders"]:
            raise MakingError(f"local folders {folders} instead of {description['folders']}")


def _version(program):
    return re.search(r"\d[\w.]*", subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout)[0]


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
