"""Whether a command printed what its page shows.

`…` in a line stands for anything, a line of `…` alone for any lines. Ids, times and the widths of columns differ from
run to run and are made the same on both sides.
"""
import re

SAME = [
    (re.compile(r"\d{8}T\d{6}-[0-9a-z]{4}\b"), "RUN"),
    (re.compile(r"\b(?=[a-z]*\d)[0-9a-hjkmnp-tv-z]{10}\b"), "CHANGE"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{8}T\d{6}Z"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b|\b\d\d-[A-Z][a-z]{2}-\d{4}\b"), "DAY"),
    (re.compile(r"(?<=\S)[ \t]{2,}"), " "),
]


def same(line, ids):
    for one in ids:
        line = line.replace(one, "CHANGE")
    for pattern, word in SAME:
        line = pattern.sub(word, line)
    return line.rstrip()


def pattern(line):
    if line.strip() == "…":
        return r"(?:[^\n]*\n)*?"
    return r"[^\n]*".join(re.escape(part) for part in line.split("…")) + r"\n"


def check(shown, printed, ids):
    wanted = [same(line, {"dembwdhctb"}) for line in shown]
    found = [same(line, ids) for line in printed.split("\n")]
    if found and not found[-1]:
        found.pop()
    text = "".join(line + "\n" for line in found)
    if re.fullmatch("".join(map(pattern, wanted)), text):
        return
    # The first line that cannot be there any more says most.
    held = 0
    while held < len(wanted) and re.match("".join(map(pattern, wanted[:held + 1])), text):
        held += 1
    line = wanted[held] if held < len(wanted) else "nothing more"
    raise AssertionError(f"the page shows {line!r}; printed was:\n{text}")
