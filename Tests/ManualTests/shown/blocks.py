"""The commands that a page shows: the lines of its fenced `sh` and `console` blocks."""
import dataclasses
import re


@dataclasses.dataclass
class Shown:
    page: str
    line: int          # of the page, from 1
    command: str       # as shown, without the prompt; what continues over lines in one string
    output: list       # lines below it; None where the page shows none
    status: int = 0    # 0, or what a comment behind the command says: "# exit status 3"

    def __str__(self):
        return f"{self.page}:{self.line}: {self.command}"


FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.M | re.S)
STATUS = re.compile(r"#.*\bexit status (\d+)")


def commands(page, text):
    """Every command, in the order of the page."""
    for block in FENCE.finditer(text):
        first = text.count("\n", 0, block.start(3)) + 1
        lines = [line.removeprefix(block[1]) for line in block[3].split("\n")[:-1]]
        if block[2] == "sh":
            yield from of_script(page, first, lines)
        elif block[2] == "console":
            yield from of_session(page, first, lines)


CALL = re.compile(r"^(?: {4,}|\t)?(?:\$ )?profile-rewriter .*", re.M)


def overlooked(page, text):
    """Commands in blocks of another kind, which nobody would run."""
    other = FENCE.sub(lambda block: "" if block[2] in ("sh", "console") else block[0], text)
    for call in CALL.finditer(other):
        inside = any(block.start() < call.start() < block.end() for block in FENCE.finditer(other))
        if inside or call[0].startswith((" ", "\t", "$")):
            yield f"{page}: {call[0].strip()}"


def shown(page, number, command, output):
    status = STATUS.search(command)
    return Shown(page, number, command, output, int(status[1]) if status else 0)


def joined(lines, at):
    """The command that begins in this line, and the line behind it."""
    end = at
    while lines[end].endswith("\\") and end + 1 < len(lines):
        end += 1
    return "\n".join(lines[at:end + 1]), end + 1


def of_script(page, first, lines):
    at = 0
    while at < len(lines):
        number = first + at
        command, at = joined(lines, at)
        if command.strip() and not command.lstrip().startswith("#"):
            yield shown(page, number, command, None)


def of_session(page, first, lines):
    """`$ ` begins a command; what follows up to the next is its output."""
    at = 0
    while at < len(lines):
        number = first + at
        if not lines[at].startswith("$ "):
            raise AssertionError(f"{page}:{number}: a console block begins with `$ `")
        command, at = joined(lines, at)
        output = []
        while at < len(lines) and not lines[at].startswith("$ "):
            output.append(lines[at])
            at += 1
        yield shown(page, number, command[2:], output or None)
