"""Reduces a profile to what a fixture needs: accounts, mail, passwords, and nothing that names a machine or an installation."""
import os
import re
import shutil
import sqlite3

KEPT_FILES = {"prefs.js", "user.js", "logins.json", "key4.db", "cert9.db", "pkcs11.txt", "virtualFolders.dat", "folderCache.json",
              "folderTree.json", "session.json"}
KEPT_DIRECTORIES = {"Mail", "ImapMail", "News"}
# compatibility.ini goes too: without it an older client does not refuse the profile as a downgrade.

KEPT_PREFS = re.compile(
    r'user_pref\("(mail\.(account|accountmanager|server|identity|smtp|smtpserver|smtpservers|root|ui-rdf|compose|pane_config)\b'
    r"|mail\.(serverDefaultStoreContractID|spam|openMessageBehavior|append_preconfig_smtpservers|purge|folder|operate)\b"
    r"|mailnews\.(tags|message_display|default_sort|mark_message)|news\.|rss\.|nntp\.|spellchecker\.|extensions\.activeThemeID"
    r"|calendar\.timezone\.)")

SQLITE_PAGE = 1024  # the client's 32 KiB pages make a key database of ten rows 288 KiB


def trim(profile, target):
    """Copies what matters of `profile` to the new directory `target`."""
    os.makedirs(target)
    for name in sorted(os.listdir(profile)):
        source, kept = os.path.join(profile, name), os.path.join(target, name)
        if name == "prefs.js":
            _trim_prefs(source, kept)
        elif name in KEPT_FILES:
            shutil.copy2(source, kept)
        elif name in KEPT_DIRECTORIES:
            shutil.copytree(source, kept)
    for name in ("key4.db", "cert9.db"):
        shrink_database(os.path.join(target, name))


def _trim_prefs(source, target):
    with open(source, encoding="utf-8", newline="") as file:
        lines = file.readlines()
    kept = [line for line in lines if not line.startswith("user_pref(") or KEPT_PREFS.match(line)]
    with open(target, "w", encoding="utf-8", newline="") as file:
        file.writelines(kept)
    shutil.copymode(source, target)


def shrink_database(path):
    """Rewrites an SQLite database with small pages."""
    mode = os.stat(path).st_mode
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute(f"PRAGMA page_size = {SQLITE_PAGE}")
    database.execute("VACUUM")
    database.close()
    os.chmod(path, mode)
