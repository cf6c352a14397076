"""A second reader of GNOME's key files, by the rules of GLib's GKeyFile; independent of the program under test."""


def read(path):
    """{group: {key: value as written}}: groups of one name are one group, and of a key that stands twice the last counts."""
    groups = {}
    group = None
    with open(path, "rb") as file:
        text = file.read().decode("utf-8", "surrogateescape")
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        stripped = line.strip(" \t\r\f\v")
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith("["):
            group = groups.setdefault(stripped[1:-1], {})
        elif group is not None:
            key, _, value = line.partition("=")
            group[key.strip()] = value.lstrip()
    return groups


def value(path, group, key):
    return read(path).get(group, {}).get(key)
