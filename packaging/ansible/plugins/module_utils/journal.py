# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""What the journal has recorded, and which of it is meant."""

from __future__ import annotations

import base64

from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.command import Answer, CommandFailure
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.options import arguments_of
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.outcome import Outcome

PLACE = ("home", "home_b64", "client", "profile", "profile_b64")
# For `since`: a journal that had nothing in it.
START = "start"


def place(row):
    return tuple(row.get(name) for name in PLACE)


def path_of(row):
    """The home of a row, or its profile where that was named by itself; the exact bytes, as Python has names of files."""
    name = "home" if row["home"] is not None else "profile"
    return base64.b64decode(row[name + "_b64"]).decode("utf-8", "surrogateescape") if name + "_b64" in row else row[name]


def whole_journal(command):
    """Every recorded change, newest first."""
    return command.run(["history", "--json"], *arguments_of(dict(command.module.params, paths=None), "recorded")).rows


def named(ids, recorded):
    """The changes with these ids, or with the beginnings of ids, as the command takes them."""
    found = []
    for name in ids:
        same = [row for row in recorded if row["change"] == name] or [row for row in recorded if row["change"].startswith(name)]
        if len(same) > 1:
            raise CommandFailure("several changes begin with %s" % name, code="not-found", rc=1)
        if not same:
            raise CommandFailure("the journal has no change %s" % name, code="not-found", rc=1)
        found += same
    return found


def switched_since(name, recorded):
    """The ids of what was switched after a change. What `finish` did goes back with the change that it completes; what
    `backup restore` did has no accounts and is no switch."""
    ids = [row["change"] for row in recorded]
    if name != START:
        if name not in ids:
            raise CommandFailure("the journal no longer has the change %s: name what to take back" % name, code="not-found", rc=1)
        recorded = recorded[: ids.index(name)]
    return [row["change"] for row in recorded if row["completes"] is None and row["accounts"]]


def nothing(state):
    """The outcome of a list with nothing in it."""
    sums = dict(ok=0, warning=0, failed=0, refused=0) if state == "tested" else dict(unchanged=0, ended_by=None)
    return Outcome(state, Answer([], sums, 0))
