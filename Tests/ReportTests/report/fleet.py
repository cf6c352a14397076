"""Homes of a fleet that is half on its way, with names that are hostile, and their journal."""
import json
import os
import sqlite3
import subprocess

PROFILE = ".thunderbird/abcd1234.default-default"
# Providers that the facts know, and one that they do not.
POP = ["pop.gmx.net", "pop3.web.de", "pop.example.net", "pop.mail.yahoo.com", "pop.example.net"]
SCRIPT = "<script>document.title='pwned'</script>"
HOSTILE = "=cmd|x " + SCRIPT + " \\u202e\\u0007 </script><!--"


def prefs(number, host, kind, name):
    # A formula, where the provider does not say what names are like.
    user = ("=cmd" if name == HOSTILE and host == "pop.example.net" else "user") + f"{number}@{host.split('.', 1)[1]}"
    folder = f"{'Mail' if kind == 'pop3' else 'ImapMail'}/{host}"
    values = {
        "mail.account.account1.identities": '"id1"', "mail.account.account1.server": '"server1"',
        "mail.account.account2.server": '"server2"', "mail.account.lastKey": "2",
        "mail.accountmanager.accounts": '"account1,account2"',
        "mail.accountmanager.localfoldersserver": '"server2"',
        "mail.identity.id1.useremail": f'"{user}"', "mail.identity.id1.fullName": f'"{name}"',
        "mail.identity.id1.fcc_folder": f'"mailbox://{user.replace("@", "%40")}@{host}/Sent{SCRIPT if name == HOSTILE else ""}"',
        "mail.server.server1.directory-rel": f'"[ProfD]{folder}"',
        "mail.server.server1.hostname": f'"{host}"', "mail.server.server1.name": f'"{name}"',
        "mail.server.server1.port": "995" if kind == "pop3" else "993",
        "mail.server.server1.socketType": "3", "mail.server.server1.type": f'"{kind}"',
        "mail.server.server1.userName": f'"{user}"',
        "mail.server.server2.directory-rel": '"[ProfD]Mail/Local Folders"',
        "mail.server.server2.hostname": '"Local Folders"', "mail.server.server2.type": '"none"',
        "mail.server.server2.userName": '"nobody"', "network.proxy.password": '"SECRETofAnother"',
    }
    if kind == "pop3" and number % 3:
        values["mail.server.server1.leave_on_server"] = "true"
    return "// Mozilla User Preferences\n\n" + "".join(
        f'user_pref("{key}", {value});\n' for key, value in sorted(values.items()))


def logins(host, user):
    origin = f"mailbox://{host}"
    return json.dumps({"nextId": 2, "logins": [{
        "id": 1, "hostname": origin, "httpRealm": origin, "formSubmitURL": None, "usernameField": "",
        "passwordField": "", "encryptedUsername": "MDoSECRETuser", "encryptedPassword": "MDoSECRETword",
        "guid": "{7f0c5a6e-0000-4000-8000-000000000000}", "encType": 1, "timeCreated": 1764000000000,
        "timeLastUsed": 1764000000000, "timePasswordChanged": 1764000000000, "timesUsed": 1}],
        "potentiallyVulnerablePasswords": [], "dismissedBreachAlertsByLoginGUID": {}, "version": 3},
        separators=(",", ":"))


def make_home(root, number):
    """Every sixth is on IMAP, every eleventh cannot be read, every fourth has a name that is an attack."""
    hostile = number % 4 == 1
    home = os.path.join(root, f"user{number:06d}" + ("\u202e<img src=x>=1+1" if hostile else ""))
    profile = os.path.join(home, PROFILE)
    kind = "imap" if number % 6 == 5 else "pop3"
    host = "imap.gmx.net" if kind == "imap" else POP[number % len(POP)]
    mail = os.path.join(profile, "Mail", host)
    os.makedirs(mail)
    write(home, ".thunderbird/profiles.ini",
          "[Profile0]\nName=default\nIsRelative=1\nPath=abcd1234.default-default\n\n"
          "[General]\nStartWithLastProfile=1\nVersion=2\n")
    text = prefs(number, host, kind, HOSTILE if hostile else "Mail")
    if number % 11 == 7:
        text += 'user_pref("broken", \n'
    write(profile, "prefs.js", text)
    if kind == "pop3":
        write(profile, "logins.json", logins(host, f"user{number}"))
        write(profile, "key4.db", "not read by anybody here\n")
        write(mail, "Inbox", "From - Mon Nov 23 10:00:00 2026\nSubject: one\nMessage-ID: <1@x>\n\nbody\n")
    return home


def write(directory, name, text):
    with open(os.path.join(directory, name), "w") as file:
        file.write(text)


def run(program, *arguments, status=0):
    done = subprocess.run([program, *arguments], capture_output=True, timeout=300)
    if done.returncode not in (status if isinstance(status, tuple) else (status,)):
        raise AssertionError(f"{arguments[0]}: {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode()


def rows(output):
    return [json.loads(line) for line in output.splitlines()]


def make(program, scratch, count):
    """A fleet in all states: two thirds of it switched, some of them taken back, some behind our back."""
    homes_at, state = os.path.join(scratch, "homes"), os.path.join(scratch, "state")
    os.makedirs(homes_at)
    homes = [make_home(homes_at, number) for number in range(count)]
    listed = os.path.join(scratch, "list")
    with open(listed, "w") as file:
        file.write("\n".join(homes) + "\n")
    first = os.path.join(scratch, "first")
    with open(first, "w") as file:
        file.write("\n".join(homes[:count * 2 // 3]) + "\n")
    run(program, "apply", "--homes-from", first, "--state", state, "--json", status=(0, 1, 3))
    run(program, "rollback", "--all", homes[6], homes[10], "--state", state)
    return homes, listed, state


def spread(state, seconds):
    """Lets the journal's changes have been made one after the other over some time until now."""
    database = sqlite3.connect(os.path.join(state, "journal.sqlite"))
    numbers = [row[0] for row in database.execute("SELECT number FROM change ORDER BY number")]
    for place, number in enumerate(numbers):
        # Slowly at first, then more and more.
        ago = int(seconds * (1 - ((place + 1) / len(numbers)) ** 0.5))
        database.execute(
            "UPDATE change SET created_at = created_at - ?, state_at = state_at - ? * 9 / 10 WHERE number = ?",
            (ago, ago, number))
    database.commit()
    database.close()
