"""A reader of prefs.js for checks, independent of the product's own: it knows the whole grammar but keeps only the values."""
import os
import re

TOKEN = re.compile(r"""
    [\s\ufeff]+ | //[^\r\n]* | \#[^\r\n]* | /\*.*?\*/          # skipped
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>[+-]?\s*\d+)
  | (?P<word>[A-Za-z_]+)
  | (?P<mark>[(),;])
""", re.VERBOSE | re.DOTALL)
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
PLAIN_ESCAPES = {"n": "\n", "r": "\r"}


def read(profile):
    """{key: value} of a profile's prefs.js, the last of duplicates."""
    with open(os.path.join(profile, "prefs.js"), encoding="utf-8", errors="surrogateescape", newline="") as file:
        return parse(file.read())


def parse(text):
    values = [_value(match) for match in TOKEN.finditer(text) if match.lastgroup]
    prefs = {}
    for start, value in enumerate(values):
        if value == ("word", "user_pref") and len(values) >= start + 6:
            _, key, _, content = values[start + 1:start + 5]
            prefs[key[1]] = content[1] if content[0] != "word" else content[1] == "true"
    return prefs


def _value(match):
    text = match.group()
    if match.lastgroup == "string":
        return "string", ESCAPE.sub(_unescape, text[1:-1])
    if match.lastgroup == "number":
        return "number", int(re.sub(r"\s", "", text))
    return match.lastgroup, text


def _unescape(match):
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else PLAIN_ESCAPES.get(match[3], match[3])


def servers(prefs):
    """{"server1": {"type": …, "hostname": …}} of the servers that an account uses."""
    used = {}
    for account in re.split(r"\s*,\s*", prefs.get("mail.accountmanager.accounts", "")):
        server = prefs.get(f"mail.account.{account}.server")
        if server:
            prefix = f"mail.server.{server}."
            used[server] = {key[len(prefix):]: value for key, value in prefs.items() if key.startswith(prefix)}
    return used
