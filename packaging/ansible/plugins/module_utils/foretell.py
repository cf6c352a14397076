# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""Check mode: what a run would answer, told from the commands that only read."""

from __future__ import annotations

import fnmatch

from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.command import Answer
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.journal import PLACE, named, path_of, place, whole_journal
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.options import arguments_of
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.outcome import Outcome, exit_status, is_failure



def result_row(row, status, **more):
    """A row as `apply` and `rollback` print it."""
    made = {name: row[name] for name in PLACE + ("account",) if name in row}
    made.update(type="result", status=status, change=row.get("change"), reason=None, text=None, warnings=row.get("warnings", []))
    made.update(more)
    if "change" in more:
        made["change"] = more["change"]
    return made


# Switching: `plan` has the rows; the limits are counted as RunLimits does.


def foretell_switch(module, command):
    arguments = arguments_of(module.params, "planned")
    answer = command.run(["plan", "--json"], *arguments)
    rows = [
        result_row(row, "applied", change=None)
        if row["type"] == "change"
        else result_row(row, "refused", change=None, reason=row["reason"], text=row["text"])
        for row in answer.rows
    ]
    rows, ended_by = limited(rows, module.params["limit"], module.params["max_failures"])
    rc = exit_status(rows) if ended_by else answer.rc
    outcome = Outcome("switched", Answer(rows, dict(unchanged=answer.summary["unchanged"], ended_by=ended_by), rc))
    if module._diff and outcome.changed_rows:
        if ended_by:
            arguments = homes_only(module.params, outcome.changed_rows)
        outcome.diff = command.text(["plan"], *arguments)
    return outcome


def limited(rows, limit, max_failures):
    """The rows of the profiles that a run comes to, and what ends it."""
    kept, changed, failed, ended_by = [], set(), set(), None
    for index, row in enumerate(rows):
        if ended_by and place(row) != place(rows[index - 1]):
            break
        kept.append(row)
        if row["status"] == "applied":
            changed.add(place(row))
        elif is_failure(row):
            failed.add(place(row))
        if max_failures is not None and len(failed) >= max_failures:
            ended_by = "max-failures"
        elif limit is not None and len(changed) >= limit:
            ended_by = "limit"
    return kept, ended_by


def homes_only(params, rows):
    """The arguments of `plan` for the homes of these rows."""
    homes = []
    for row in rows:
        path = path_of(row)
        if path not in homes:
            homes.append(path)
    return arguments_of(dict(params, all_users=False, homes_from=None, exclude=None, paths=homes), "planned")


# Undo: the command foretells it itself.


def foretell_undo(module, command):
    outcome = Outcome("rolled_back", command.run(["rollback", "--json", "--dry-run"], *arguments_of(module.params, "rolled_back")))
    if module._diff:
        outcome.diff = command.diff_of_changes(outcome.changed_rows)
    return outcome


# Recovery and what is left to finish: the journal has what is there, `doctor` what would stand in the way.


def foretell_by_journal(module, command):
    params = module.params
    recorded = command.run(["history", "--json"], *arguments_of(params, "recorded")).rows
    ids = None
    if params["changes"] is not None:
        ids = [change["change"] for change in named(params["changes"], whole_journal(command) if params["paths"] else recorded)]
    findings = command.run(["doctor", "--json"], arguments_of(dict(params, paths=None), "recorded")[0][:-1]).rows
    found = {(row["change"], row["rule"]): row for row in findings if row.get("change")}
    foretell = dict(recovered=recovery_rows, finished=finish_rows)[params["state"]]
    rows = foretell(dict(params, changes=ids), recorded, found)
    outcome = Outcome(params["state"], Answer(rows, dict(unchanged=0, ended_by=None), exit_status(rows)))
    if module._diff:
        outcome.diff = command.diff_of_changes(outcome.changed_rows)
    return outcome


def wanted(params, recorded):
    """The recorded changes that `finish` takes for these options."""
    if params["changes"] is not None:
        recorded = [row for row in recorded if row["change"] in params["changes"]]
    return [row for row in recorded if not params["client"] or row["client"] in params["client"]]


def matches(pattern, server):
    """Whether `--match` takes an account, as the command's help says it."""
    if pattern is None:
        return True
    host, user = server["host"].lower(), server["username"].lower()
    names = [host, user, "%s@%s" % (user, host)]
    if "@" in user:
        names.append(user.rsplit("@", 1)[1])
    labels = host.split(".")
    names += [".".join(labels[index:]) for index in range(1, len(labels))]
    # Only the star is special.
    glob = pattern.lower().replace("[", "[[]").replace("?", "[?]")
    return any(fnmatch.fnmatchcase(name, glob) for name in names)


def recovery_rows(params, recorded, found):
    rows = []
    for change in recorded:
        for account in change["accounts"]:
            row = dict(change, account=account["account"])
            if (change["change"], "unsettled") in found:
                rows.append(result_row(row, "undone", warnings=[]))
            elif (change["change"], "conflict") in found:
                text = found[change["change"], "conflict"]["text"]
                rows.append(result_row(row, "conflict", reason="unsettled", text=text, warnings=[]))
    return rows


def finish_rows(params, recorded, found):
    rows = []
    for change in wanted(params, recorded):
        for account in change["accounts"]:
            row = dict(change, account=account["account"])
            if not matches(params["match"], account["from"]):
                continue
            if (change["change"], "finish-due") in found:
                rows.append(result_row(row, "applied", warnings=[]))
            elif (change["change"], "finish-waits") in found:
                text = found[change["change"], "finish-waits"]["text"]
                rows.append(result_row(row, "refused", reason="not-yet", text=text, warnings=[]))
    return rows
