"""A throwaway Dovecot on 127.0.0.1: POP3 and IMAP, each plain, with STARTTLS and with implicit TLS.

Its certificate, for localhost and every *.lab.test and *.second.test, is made at each start and signed by the committed
test authority in tls/, which the fixtures trust. POP3 UIDLs are the Maildir file names, so that they can be made again.
"""
import atexit
import base64
import contextlib
import email
import email.policy
import itertools
import os
import pwd
import grp
import random
import re
import shutil
import socket
import subprocess
import time

from . import certificates, messages
from .certificates import CA_CERTIFICATE

PASSWORD = "lab-pass"
USERS = ("alice@lab.test", "bob@lab.test", "carol@lab.test", "dave@lab.test", "erin")
LOCAL_NAMES = ("lab.test", "pop.lab.test", "imap.lab.test", "mail.lab.test", "smtp.lab.test", "news.lab.test",
               "autoconfig.lab.test", "second.test", "pop.second.test", "imap.second.test")
SERVICES = ("pop3", "pop3s", "imap", "imaps")
SUBMISSION_SERVICES = ("submission", "submissions")
SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

CONFIGURATION = """\
base_dir = {run}
state_dir = {run}
instance_name = {instance}
listen = 127.0.0.1
protocols = imap pop3{submission_protocol}
ssl = yes
ssl_cert = <{root}/tls/server.crt
ssl_key = <{root}/tls/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5{apop}
log_path = {log}
info_log_path = {log}
auth_verbose = yes
mail_location = maildir:~/Maildir
first_valid_uid = {first_uid}
last_valid_uid = 0
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
pop3_uidl_format = %f
pop3_no_flag_updates = {no_flag_updates}
pop3_logout_format = top=%t/%p, retr=%r/%b, del=%d/%m, size=%s
imap_logout_format = in=%i out=%o deleted=%{{deleted}} expunged=%{{expunged}}
mail_max_userip_connections = 50
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
{mailboxes}}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {root}/users
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""

SUBMISSION = """\
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_host = smtp.lab.test
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {submission}
  }}
  inet_listener submissions {{
    port = {submissions}
    ssl = yes
  }}
}}
"""
SUBMISSION_LOGIN = re.compile(r"submission-login: .*Login: user=<(?P<user>[^>]*)>, method=(?P<method>[^,]+).*, TLS")

POP3_LOGOUT = re.compile(r"pop3\((?P<user>[^)]*)\).*top=(?P<top>\d+)/\d+, retr=(?P<retr>\d+)/\d+, del=(?P<del>\d+)/")


class DovecotError(Exception):
    pass


class Dovecot:
    """`with Dovecot(directory) as server:` starts it; every user's password is `PASSWORD`.

    prefix and separator shape the IMAP namespace ("INBOX." and "." as Courier has it), sent_name is the folder with the
    \\Sent flag, special_use=False advertises no such flags at all, and pop3_no_flag_updates=True keeps POP3 downloads from
    marking messages as read, apop=True offers APOP, and relay, a port on this machine, starts a submission server that takes mail
    only from who has signed in, with STARTTLS or implicit TLS, and hands it on there. `directory` must be one that other users may enter (see `scratch`).
    """

    def __init__(self, directory, *, users=USERS, prefix="", separator=None, sent_name="Sent", special_use=True,
                 pop3_no_flag_updates=False, apop=False, relay=None):
        self.root = os.path.abspath(directory)
        self.users = tuple(users)
        self.prefix = prefix
        self.separator = separator or ("." if prefix else "/")
        self.sent_name = sent_name
        self.special_use = special_use
        self.pop3_no_flag_updates = pop3_no_flag_updates
        self.apop = apop
        self.relay = relay
        self.ports = {}
        self.process = None
        self._added = itertools.count(1)

    # Starting and stopping

    def start(self):
        """Starts the server; mail delivered before or after is kept over stop and start."""
        if self.process:
            return self
        for name in ("", "mail", "run"):
            os.makedirs(self._path(name), exist_ok=True)
            os.chmod(self._path(name), 0o755)
        self._make_certificate()
        self.ports = self.ports or _free_ports(SERVICES + (SUBMISSION_SERVICES if self.relay else ()))
        self._write_users()
        self._write_configuration()
        self._give_mail_to_mail_user()
        with open(self._path("start.out"), "wb") as out:
            # In a session of its own, so that an interrupt at the terminal does not stop it before the client.
            self.process = subprocess.Popen([_program(), "-F", "-c", self._path("dovecot.conf")], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, start_new_session=True)
        atexit.register(self.stop)
        self._await_listeners()
        return self

    def stop(self):
        process, self.process = self.process, None
        atexit.unregister(self.stop)
        if not process:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def info(self):
        """What a client needs to know to connect, as a dictionary that can be printed as JSON."""
        return {"host": "127.0.0.1", **self.ports, "ca": CA_CERTIFICATE, "users": list(self.users), "password": PASSWORD,
                "names": ["pop.lab.test", "imap.lab.test", "mail.lab.test", "pop.second.test", "imap.second.test"],
                "log": self._path("dovecot.log"), "directory": self.root}

    # Mail going in

    def seed(self, user, numbers):
        """Puts the numbered messages (see `messages`) into the user's INBOX, as an int (1…n) or an iterable of numbers."""
        for number in range(1, numbers + 1) if isinstance(numbers, int) else numbers:
            moment = messages.FIRST_DATE + number * messages.HOUR
            self.deliver(user, messages.numbered(user, number), name=messages.file_name(number),
                         flags=messages.flags(number), received=moment)

    def add(self, user, headers=(), body="Text.\n", **delivery):
        """Delivers one message with these headers, a dict or a list of pairs.

        `add(user, {"Date": None})` leaves the header out, `{"Date": "yesterday"}` is delivered as it is (see
        `messages.composed`); `delivery` are the options of `deliver`.
        """
        self.deliver(user, messages.composed(user, headers, body), **delivery)

    def deliver(self, user, raw, *, name=None, flags="", received=None, folder="INBOX"):
        """Delivers the bytes `raw`; `received` (seconds since 1970) becomes IMAP's INTERNALDATE."""
        maildir = self._folder_directory(user, folder)
        if not os.path.isdir(os.path.join(maildir, "tmp")):
            for part in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(maildir, part), exist_ok=True)
            self._give_to_mail_user(maildir)
        name = name or f"{int(time.time())}.M{next(self._added):06d}P{os.getpid()}.added"
        temporary = os.path.join(maildir, "tmp", name)
        final = os.path.join(maildir, "cur", f"{name}:2,{''.join(sorted(flags))}") if flags else os.path.join(maildir, "new", name)
        with open(temporary, "wb") as file:
            file.write(raw)
        if received is not None:
            os.utime(temporary, (received, received))
        self._give_to_mail_user(temporary)
        os.rename(temporary, final)

    def remove(self, user, number, folder="INBOX"):
        """Takes a seeded message away, as a program on the server would."""
        for path in self._files(self._folder_directory(user, folder), True):
            if messages.number_of(os.path.basename(path)) == number:
                os.unlink(path)

    # Mail as it lies on the disk

    def folder_counts(self, user, include_deleted=False):
        """{folder name: number of messages}; messages only flagged \\Deleted are not counted unless asked for."""
        return {name: len(self._files(directory, include_deleted)) for name, directory in self._folders(user)}

    def count(self, user, folder="INBOX"):
        return self.folder_counts(user).get(folder, 0)

    def messages(self, user, folder="INBOX"):
        """The parsed headers of the messages in one folder, flags under the key "X-Lab-Flags"."""
        parsed = []
        for path in self._files(self._folder_directory(user, folder), True):
            with open(path, "rb") as file:
                message = email.message_from_binary_file(file, policy=email.policy.compat32)
            message["X-Lab-Flags"] = path.rpartition(":2,")[2] if ":2," in path else ""
            parsed.append(message)
        return parsed

    def numbers(self, user, folder="INBOX"):
        """The numbers (see `messages`) of the seeded messages still in one folder, sorted."""
        names = (os.path.basename(path) for path in self._files(self._folder_directory(user, folder), False))
        return sorted(number for number in map(messages.number_of, names) if number is not None)

    def folders_with(self, user, message_id):
        """The folders that hold a message with this Message-ID (angle brackets included)."""
        return [name for name, _ in self._folders(user)
                if any(message["Message-ID"] == message_id for message in self.messages(user, name))]

    # The log

    def log_position(self):
        try:
            return os.path.getsize(self._path("dovecot.log"))
        except FileNotFoundError:
            return 0

    def log(self, since=0):
        with contextlib.suppress(FileNotFoundError), open(self._path("dovecot.log"), "rb") as file:
            file.seek(since)
            return file.read().decode("utf-8", "replace")
        return ""

    def pop3_sessions(self, since=0, user=None):
        """One dictionary for each finished POP3 session since a `log_position`: user, top, retr (messages fetched), del."""
        sessions = []
        for match in POP3_LOGOUT.finditer(self.log(since)):
            if user in (None, match["user"]):
                sessions.append({"user": match["user"], **{key: int(match[key]) for key in ("top", "retr", "del")}})
        return sessions

    def submissions(self, since=0):
        """[(user, SASL mechanism)] of every login to the submission server since a `log_position`, all of them over TLS."""
        return [(match["user"], match["method"]) for match in SUBMISSION_LOGIN.finditer(self.log(since))]

    def retrieved(self, since=0, user=None):
        """How many messages were fetched over POP3 since a `log_position`."""
        return sum(session["retr"] for session in self.pop3_sessions(since, user))

    # Inside

    def _path(self, *names):
        return os.path.join(self.root, *names)

    def _maildir(self, user):
        return self._path("mail", user, "Maildir")

    def _folder_directory(self, user, folder):
        if folder == "INBOX":
            return self._maildir(user)
        relative = folder[len(self.prefix):] if self.prefix and folder.startswith(self.prefix) else folder
        return os.path.join(self._maildir(user), "." + to_modified_utf7(relative.replace(self.separator, ".")))

    def _folders(self, user):
        maildir = self._maildir(user)
        if not os.path.isdir(maildir):
            return
        yield "INBOX", maildir
        for entry in sorted(os.listdir(maildir)):
            if entry.startswith(".") and os.path.isdir(os.path.join(maildir, entry, "cur")):
                name = from_modified_utf7(entry[1:]).replace(".", self.separator)
                yield self.prefix + name, os.path.join(maildir, entry)

    @staticmethod
    def _files(maildir, include_deleted):
        found = []
        for part in ("cur", "new"):
            with contextlib.suppress(FileNotFoundError):
                found += [os.path.join(maildir, part, name) for name in sorted(os.listdir(os.path.join(maildir, part)))
                          if include_deleted or "T" not in name.rpartition(":2,")[2] or ":2," not in name]
        return found

    def _make_certificate(self):
        directory = self._path("tls")
        if os.path.exists(os.path.join(directory, "server.crt")):
            return
        certificates.issue(directory, ["localhost", "lab.test", "*.lab.test", "second.test", "*.second.test"])

    def _write_users(self):
        account = _MailAccount()
        with open(self._path("users"), "w", encoding="utf-8") as file:
            for user in self.users:
                file.write(f"{user}:{{PLAIN}}{PASSWORD}:{account.uid}:{account.gid}::{self._path('mail', user)}::\n")

    def _write_configuration(self):
        account = _MailAccount()
        text = CONFIGURATION.format(
            root=self.root, run=self._path("run"), log=self._path("dovecot.log"), instance=f"lab-{self.ports['imaps']}",
            first_uid=account.first_uid, internal_user=account.internal_user, internal_group=account.internal_group,
            login_user=account.login_user, no_flag_updates="yes" if self.pop3_no_flag_updates else "no",
            apop=" apop" if self.apop else "", prefix=self.prefix, separator=self.separator, mailboxes=self._mailboxes(),
            submission_protocol=" submission" if self.relay else "", **self.ports)
        if self.relay:
            text += SUBMISSION.format(relay=self.relay, **self.ports)
        with open(self._path("dovecot.conf"), "w", encoding="utf-8") as file:
            file.write(text)

    def _mailboxes(self):
        wanted = [("Drafts", "Drafts", True), (self.sent_name, "Sent", True), ("Junk", "Junk", True),
                  ("Trash", "Trash", True), ("Archive", "Archive", False)]
        text = ""
        for name, use, subscribed in wanted:
            text += f'  mailbox "{name}" {{\n'
            text += f"    special_use = \\{use}\n" if self.special_use else ""
            text += f"    auto = {'subscribe' if subscribed else 'no'}\n  }}\n"
        return text

    def _give_mail_to_mail_user(self):
        for user in self.users:
            os.makedirs(self._path("mail", user), exist_ok=True)
            self._give_to_mail_user(self._path("mail", user))

    def _give_to_mail_user(self, path):
        """Dovecot's mail processes do not run as root: what the tests write must be theirs. A file, or a directory with all in it."""
        account = _MailAccount()
        if os.getuid() == 0:
            below = [os.path.join(parent, name) for parent, directories, files in os.walk(path) for name in directories + files]
            for path in [path] + below:
                with contextlib.suppress(FileNotFoundError):
                    os.lchown(path, account.uid, account.gid)

    def _await_listeners(self):
        deadline = time.monotonic() + 15
        waiting = list(self.ports.values())
        while waiting:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                with open(self._path("start.out"), errors="replace") as file:
                    raise DovecotError(f"dovecot did not start: {file.read()}{self.log()[-2000:]}")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", waiting[0]), 1).close()
                waiting.pop(0)
                continue
            time.sleep(0.05)


class _MailAccount:
    """The system users Dovecot runs as: its own when started by root, else the caller for everything."""

    def __init__(self):
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.uid, self.gid, self.first_uid = nobody.pw_uid, nobody.pw_gid, 1
            self.internal_user, self.internal_group, self.login_user = "dovecot", "dovecot", "dovenull"
        else:
            name = pwd.getpwuid(os.getuid()).pw_name
            self.uid, self.gid, self.first_uid = os.getuid(), os.getgid(), os.getuid()
            self.internal_user = self.login_user = name
            self.internal_group = grp.getgrgid(os.getgid()).gr_name


def authority():
    """The certificate of the laboratory's authority in base64, as a client takes it."""
    with open(CA_CERTIFICATE) as file:
        return "".join(line.strip() for line in file if "-----" not in line)


def _program():
    program = os.environ.get("DOVECOT") or shutil.which("dovecot", path=SEARCH_PATH)
    if not program:
        raise DovecotError("no dovecot found (Debian: dovecot-imapd, dovecot-pop3d and dovecot-submissiond)")
    return program


def _free_ports(services):
    """Ports nobody listens on, one for each service, below the range the kernel hands out to outgoing connections."""
    for _ in range(200):
        base = random.randrange(20000, 32000, 10)
        with contextlib.ExitStack() as sockets, contextlib.suppress(OSError):
            for offset in range(len(services)):
                sockets.enter_context(socket.socket()).bind(("127.0.0.1", base + offset))
            return {service: base + offset for offset, service in enumerate(services)}
    raise DovecotError("no free ports")


def to_modified_utf7(text):
    """IMAP's mailbox name encoding (RFC 3501, 5.1.3), which Maildir++ uses on the disk too."""
    def encode(match):
        utf7 = match.group().encode("utf-16-be")
        return "&" + base64.b64encode(utf7).decode().rstrip("=").replace("/", ",") + "-"
    return re.sub(r"[^\x20-\x7e]+", encode, text.replace("&", "&-"))


def from_modified_utf7(text):
    def decode(match):
        if not match[1]:
            return "&"
        padded = match[1].replace(",", "/") + "=" * (-len(match[1]) % 4)
        return base64.b64decode(padded).decode("utf-16-be")
    return re.sub(r"&([^-]*)-", decode, text)
