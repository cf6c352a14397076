# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""`test` for exactly the accounts that recorded changes have switched."""

from __future__ import annotations

from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.command import Answer
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.journal import named, path_of, place, whole_journal
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.options import arguments_of
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.outcome import Outcome


def test_changes(module, command):
    """Every account has a row of its own server, or one that says why it was not tested. Outgoing servers, which a switch
    leaves as they are, are listed and decide nothing."""
    accounts = {}
    for change in named(module.params["changes"], whole_journal(command)):
        for account in change["accounts"]:
            if not account["undone"]:
                accounts[place(change) + (account["account"],)] = (change, account)
    rows = []
    for pattern, some in by_server(accounts.values()):
        params = dict(module.params, changes=None, match=pattern)
        params["client"] = sorted(set(change["client"] for change, _ in some))
        params["paths"] = list(dict.fromkeys(path_of(change) for change, _ in some))
        rows += command.run(["test", "--json"], *arguments_of(params, "tested")).rows
    places = set(key[:-1] for key in accounts)
    rows = [row for row in rows if place(row) + (row["account"],) in accounts or row["account"] is None and place(row) in places]
    heard = set(place(row) + (row["account"],) for row in rows if row["type"] == "refused" or row["protocol"] == "imap")
    rows += [untested(*accounts[key]) for key in accounts if key not in heard]
    rows.sort(key=lambda row: row.get("protocol") == "smtp")
    sums = {status: sum(row.get("status") == status and row["protocol"] != "smtp" for row in rows) for status in ("ok", "warning", "failed")}
    sums["refused"] = sum(row["type"] == "refused" for row in rows)
    return Outcome("tested", Answer(rows, sums, 6 if sums["failed"] else 3 if sums["refused"] else 0))


def by_server(accounts):
    """For each host what `--match` takes for it, and the accounts there: other accounts of a home are not asked."""
    hosts = {}
    for change, account in accounts:
        hosts.setdefault(account["to"]["host"], []).append((change, account))
    for host, some in sorted(hosts.items()):
        users = set(account["to"]["username"] for _, account in some)
        yield "%s@%s" % (users.pop(), host) if len(users) == 1 else host, some


def untested(change, account):
    row = {name: change[name] for name in ("home", "home_b64", "client", "profile", "profile_b64") if name in change}
    text = "no account of %s at %s was found there to test" % (account["to"]["username"], account["to"]["host"])
    return dict(row, type="refused", account=account["account"], reason="not-found", text=text)
