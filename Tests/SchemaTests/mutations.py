"""Rows that differ from a good one in one member, so that no schema may take them."""
import copy

# A member that may be missing: exact bytes, what only some clients, files, edits and commands have.
OPTIONAL = {"program", "system", "sensitive", "recipe", "files", "dry_run", "old_b64", "new_b64", "home_b64", "profile_b64", "path_b64",
            "root_b64", "backup_b64", "file_b64", "pathPrefix", "offlineMail", "home", "profile", "relocations", "grounds", "outgoing",
            "contentSHA256", "before", "after", "note"}
# Members whose words are a closed list, wherever they stand.
CODES = {"type", "command", "reason", "code", "state", "status", "protocol", "security", "auth", "system", "verdict", "source",
         "outcome", "kind", "stage", "action", "on_server", "cover", "ground", "ended_by", "rule", "severity", "format"}
# Others may come, and texts are anybody's.
OPEN = {"facts"}


def form(row):
    """Rows of one form have the same members of the same types."""
    if isinstance(row, dict):
        return tuple((name, () if name in OPEN else form(value)) for name, value in sorted(row.items()))
    if isinstance(row, list):
        return tuple(sorted({form(item) for item in row}, key=repr))
    return type(row).__name__


def of(row):
    """(what was done, the mutant)"""
    forms = set()
    for path, place in objects(row):
        # Of many alike, one.
        shape = (tuple(part for part in path if isinstance(part, str)), form(place))
        if shape in forms:
            continue
        forms.add(shape)
        yield changed(row, path, lambda one: one.update(unknown_member=1), "a member more")
        for name, value in place.items():
            if not is_optional(name, place, path):
                yield changed(row, path, lambda one: one.pop(name), f"no {name}")
            # A client may know more types of servers than there are here.
            is_foreign = name == "protocol" and {"incoming", "outgoing"} & set(path)
            if name in CODES and isinstance(value, str) and not is_foreign:
                yield changed(row, path, lambda one: one.update({name: "no-such-code"}), f"unknown {name}")
            if name not in OPEN:
                yield changed(row, path, lambda one: one.update({name: {"no": "object"}}), f"an object as {name}")
            # A setting's value may be either.
            if type(value) is int and name not in {"old", "new"}:
                yield changed(row, path, lambda one: one.update({name: str(value)}), f"a text as {name}")


def is_optional(name, place, path):
    """A finding of doctor that is of no change has no profile; a saved plan leaves out what is null."""
    if name in {"home", "profile"}:
        return "root" in place and "type" not in place
    if name == "machine" and place.get("type") == "recorded":
        # Of a report that is not merged.
        return True
    if name in {"before", "after"}:
        return True
    return name in OPTIONAL - {"home", "profile"} and not (name in {"program", "system"} and {"program", "system"} <= set(place))


def objects(value, path=()):
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            if name not in OPEN | {"grounds", "outgoing"}:
                yield from objects(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from objects(inner, (*path, index))


def changed(row, path, change, what):
    mutant = copy.deepcopy(row)
    place = mutant
    for part in path:
        place = place[part]
    change(place)
    return f"{'/'.join(map(str, path))}: {what}", mutant
