"""The mail of the laboratory: messages that are the same bytes, under the same file names, at every run.

Message number N for a user always has the same Message-ID and the same Maildir file name. Dovecot is told to use the file
name as the POP3 UIDL, so a mailbox that is seeded again looks to a client's popstate.dat like the one it downloaded from.
"""
import email.message
import email.policy
import email.utils

FIRST_DATE = 1700000000  # 14 November 2023
HOUR = 3600

SUBJECTS = [
    "plain subject",
    "Ärger mit Ümläuten und ß",
    "Привет, мир",
    "日本語の件名テスト",
    "emoji \U0001F4E7 inside",
    "a" * 200,
    "Re: thread",
    "=?broken?= literal",
]
SENDERS = ["Sender One <one@other.test>", "Zoë Müller <zoe@other.test>", '"List, The" <list@lists.test>']


def address_of(user):
    """The mail address of a login name, which need not be an address itself."""
    return user if "@" in user else f"{user}@lab.test"


def message_id(user, number):
    return f"<lab-{number}-{address_of(user)}>"


def file_name(number):
    """The Maildir file name, without flags; also the message's POP3 UIDL (see `dovecot`)."""
    return f"{FIRST_DATE + number * HOUR}.M{number:06d}.lab"


def number_of(name):
    """The message number in a Maildir file name made by `file_name`, or None for mail that came otherwise."""
    parts = name.split(":")[0].split(".")
    if len(parts) == 3 and parts[2] == "lab" and parts[1][:1] == "M" and parts[1][1:].isdigit():
        return int(parts[1][1:])
    return None


def _body(user, number):
    if number % 7 == 0:
        return ""
    text = f"Message number {number} for {address_of(user)}.\n\nFrom the start of a line\n.\n..dots\n"
    return text + ("Grüße aus Zürich\n" if number % 2 else "")


def numbered(user, number):
    """The bytes (LF line ends, as Maildir keeps them) of message `number`: attachments, alternatives, 8bit, odd subjects."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = SENDERS[number % len(SENDERS)]
    message["To"] = address_of(user)
    message["Subject"] = f"{SUBJECTS[number % len(SUBJECTS)]} #{number}"
    message["Date"] = email.utils.formatdate(FIRST_DATE + number * HOUR)
    message["Message-ID"] = message_id(user, number)
    if number % 3 == 2:
        message["List-Id"] = "<list.lists.test>"
    if number % 2:
        message.set_content(_body(user, number), cte="8bit")
    else:
        message.set_content(_body(user, number))
    if number % 4 == 0:
        message.add_alternative(f"<html><body><p>Message <b>{number}</b> é</p></body></html>", subtype="html")
    if number % 5 == 0:
        message.add_attachment(bytes(range(256)) * 4, maintype="application", subtype="octet-stream",
                               filename=f"anhang-ü-{number}.bin")
    raw = message.as_bytes()
    boundary = message.get_boundary()
    if boundary:  # the library chooses it at random
        raw = raw.replace(boundary.encode(), f"lab-boundary-{number}".encode())
    return raw.replace(b"\r\n", b"\n")


def flags(number):
    """The Maildir flags message `number` starts with; none means that it lies in new/."""
    return "".join(flag for flag, step in (("F", 6), ("R", 5), ("S", 2)) if number % step == 0)


def composed(user, headers, body="Text.\n"):
    """The bytes of a message with exactly these headers, a dict or a list of (name, value) that may be malformed.

    From, To, Subject, Date and Message-ID are added unless given; the value None leaves a header out. No header is parsed
    or folded on the way, so `Date: yesterday` stays what it is.
    """
    given = list(headers.items() if isinstance(headers, dict) else headers)
    names = {name.lower() for name, _ in given}
    usual = [("From", SENDERS[0]), ("To", address_of(user)), ("Subject", "added"),
             ("Date", email.utils.formatdate()), ("Message-ID", email.utils.make_msgid(domain="added.test"))]
    lines = [(name, value) for name, value in usual if name.lower() not in names] + given
    text = "".join(f"{name}: {value}\n" for name, value in lines if value is not None)
    return (text + "\n" + body).encode("utf-8")
