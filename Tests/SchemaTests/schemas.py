"""The schemas of docs/schema, and which of them says what a command prints."""
import json
import pathlib
import warnings

# Debian's newer versions have a successor for it, Debian 12 has not.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import Draft202012Validator, RefResolver

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DIRECTORY = ROOT / "docs/schema"
SUFFIX = ".schema.json"

BY_COMMAND = {
    "scan": "scan", "check": "check", "test": "test", "plan": "plan", "apply": "result", "rollback": "result",
    "recover": "result", "finish": "result", "upload": "upload", "history": "history", "show": "history",
    "report": "report", "doctor": "doctor", "backup create": "backup-create", "backup verify": "backup-verify",
    "backup list": "backup-list", "backup restore": "backup-restore", "autoconfig generate": "autoconfig-generate",
    "autoconfig lint": "autoconfig-lint",
}


def of_command(words):
    """The name of the schema for a command line's words."""
    return BY_COMMAND.get(" ".join(words[:2])) or BY_COMMAND[words[0]]


class Schemas:
    def __init__(self):
        self.files = {path.name: json.loads(path.read_text()) for path in sorted(DIRECTORY.glob("*" + SUFFIX))}
        self.store = {(DIRECTORY / name).as_uri(): schema for name, schema in self.files.items()}
        self.whole = {name.removesuffix(SUFFIX): self.validator(name, schema) for name, schema in self.files.items()}
        self.branches = {name: self.lines_of(name) for name in self.whole if "oneOf" in self[name]}

    def __getitem__(self, name):
        return self.files[name + SUFFIX]

    def validator(self, file, schema):
        resolver = RefResolver((DIRECTORY / file).as_uri(), self.files[file], self.store)
        return Draft202012Validator(schema, resolver=resolver)

    def resolve(self, file, reference):
        target, _, pointer = reference.partition("#")
        file = target or file
        place = self.files[file]
        for part in pointer.strip("/").split("/"):
            place = place[part]
        return file, place

    def lines_of(self, name):
        """(kind of line, its validator) for every alternative of a command's schema."""
        return [(branch["$ref"].rsplit("/", 1)[1], self.validator(name + SUFFIX, branch)) for branch in self[name]["oneOf"]]

    def accepts(self, name, row):
        return self.whole[name].is_valid(row)

    def kinds(self, name, row):
        """The kinds of line that a row is; one, if all is well."""
        return [kind for kind, validator in self.branches[name] if validator.is_valid(row)]

    def why_not(self, name, row):
        """What the kinds with the row's own type have against it."""
        found = []
        for kind, validator in self.branches.get(name, [("document", self.whole[name])]):
            errors = list(validator.iter_errors(row))
            if not any(list(error.absolute_path)[:1] in (["type"], ["command"]) for error in errors):
                found += [f"{kind}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in errors]
        return "; ".join(found) or f"no kind of line has the type {row.get('type')!r} and command {row.get('command')!r}"
