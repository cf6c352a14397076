"""Which options each command of the program knows, by its own argument tree."""
import re
import shlex

ENDS = {"|", ";", "&&", "||", ">", "<", ">>", "&"}


def words(command):
    """As the shell parts them, without its comment."""
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    return list(lexer)


def calls(command):
    """The words behind `profile-rewriter`, for each call in the line."""
    found = None
    for word in words(command) + [";"]:
        if word in ENDS:
            if found is not None:
                yield found
            found = None
        elif found is not None:
            found.append(word)
        elif word.rsplit("/", 1)[-1] == "profile-rewriter":
            found = []


def names(node):
    return {("--" if name["kind"] == "long" else "-") + name["name"]
            for argument in node.get("arguments", []) for name in argument.get("names") or []}


def check(tree, arguments):
    """Every command and option in these words exists, or this says which does not."""
    node, path = tree, []
    for word in arguments:
        below = {one["commandName"]: one for one in node.get("subcommands", [])}
        if word in below:
            node, path = below[word], path + [word]
        elif word.startswith("-") and len(word) > 1:
            option = word.split("=")[0]
            # What stands where a subcommand may is for the usual one.
            usual = below.get(node.get("defaultSubcommand"), {})
            if option not in names(node) | names(usual) | {"--help", "-h", "--version"}:
                raise AssertionError(f"`profile-rewriter {' '.join(path)}` knows no {option}")
        elif not path and word != "help":
            raise AssertionError(f"there is no command `{word}`")


SPAN = re.compile(r"`([^`\n]+)`")


def spoken_of(tree, text):
    """Commands with options in the prose, such as `plan --risk`."""
    commands = {one["commandName"] for one in tree["subcommands"]}
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for span in SPAN.finditer(prose):
        parts = span[1].replace("…", "").split()
        if parts and parts[0] == "profile-rewriter":
            parts = parts[1:]
        if len(parts) > 1 and parts[0] in commands and any(part.startswith("--") for part in parts):
            yield span[1], [part.strip(",;[]()'\"") for part in parts]
