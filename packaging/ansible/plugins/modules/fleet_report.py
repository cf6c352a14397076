#!/usr/bin/python
# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""Merges what was gathered from hosts into one report, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_report
short_description: Merge what hosts said into the report of a fleet
version_added: 0.1.0
description:
  - Writes C(fleet.json), C(fleet.csv) and C(fleet.md) into a directory, readable by nobody else. Hosts that are in C(fleet.json) and are not
    given stay as they are, so a play in batches ends with the whole fleet.
  - Where the C(profile-rewriter) command is installed on the controller, also C(fleet.html), one page for a browser with the
    accounts of all hosts and their changes, out of the reports that hosts gave. These are kept in the directory C(reports).
  - The role C(switch) calls it on the controller.
options:
  dest:
    description: The directory. It is made if it is not there.
    type: path
    required: true
  hosts:
    description:
      - A dictionary for each host, with C(host), C(failed), C(msg), C(checked), the rows C(scan) and C(history) as the command prints them,
        the summaries C(canary) and C(apply), C(refused), and C(report), the rows of M(profilerewriter.profile_rewriter.mail_accounts)
        with O(profilerewriter.profile_rewriter.mail_accounts#module:state=reported).
    type: list
    elements: dict
    required: true
  missing:
    description: Names of hosts that said nothing.
    type: list
    elements: str
    default: []
  executable:
    description: The command on the controller that makes the page, a name to be looked for in the search path or an absolute path.
    type: str
    default: profile-rewriter
attributes:
  check_mode:
    support: full
    description: Counts, and writes nothing.
  diff_mode:
    support: none
    description: There is none.
  platform:
    support: full
    description: The controller.
    platforms: posix
author:
  - ProfileRewriter contributors (@profilerewriter)
"""

EXAMPLES = r"""
- name: Write the report
  profilerewriter.profile_rewriter.fleet_report:
    dest: /srv/reports/mail
    hosts: "{{ ansible_play_hosts | map('extract', hostvars, 'profile_rewriter_facts') }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
totals:
  description: Counts over all hosts of the report.
  type: dict
  returned: always
  sample: {hosts: 12, failed: 1, missing: 0, ready: 3, current: 240, blocked: 2}
page:
  description: The page's path; empty where there is no command on the controller, or no host gave a report.
  type: str
  returned: always
  sample: /srv/reports/mail/fleet.html
"""

import csv
import io
import json
import os
import tempfile
import unicodedata
import urllib.parse

from ansible.module_utils.basic import AnsibleModule

COLUMNS = ("host", "home", "client", "profile", "account", "protocol", "server", "port", "security", "username", "state", "reason", "text", "change")


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)["hosts"]
    except FileNotFoundError:
        return {}


def merged(before, hosts, missing):
    after = dict(before)
    for name in missing:
        after[name] = dict(dict(scan=[], history=[], canary={}, apply={}, refused=[]), **dict(before.get(name, {}), host=name, missing=True))
    for host in hosts:
        after[host["host"]] = dict({name: value for name, value in host.items() if name != "report"}, missing=False)
    return dict(sorted(after.items()))


def accounts(hosts):
    """A row for each account of each host: as it is now, why it was refused, and the change that switched it."""
    for name, host in hosts.items():
        refused = {key(row): row for row in host["refused"]}
        changes = {}
        for change in reversed(host["history"]):
            for account in change["accounts"]:
                if change["state"] == "applied" and not account["undone"]:
                    changes[key(dict(change, account=account["account"]))] = change["change"]
        seen = set()
        for row in host["scan"]:
            if row.get("type") not in ("account", None):
                continue
            seen.add(key(row))
            why = refused.get(key(row), row)
            state = "refused" if key(row) in refused else row["state"]
            yield dict(row, host=name, server=row["host"], state=state, reason=why["reason"], text=why["text"], change=changes.get(key(row)))
        for place, row in refused.items():
            if place not in seen:
                yield dict(row, host=name, state="refused", change=None)


def key(row):
    return row.get("home"), row.get("client"), row.get("profile"), row.get("account")


def totals(hosts, rows):
    counts = dict(hosts=len(hosts), failed=sum(bool(h.get("failed")) for h in hosts.values()), missing=sum(h["missing"] for h in hosts.values()))
    for state in ("ready", "current", "blocked", "refused"):
        counts[state] = sum(row["state"] == state for row in rows)
    return counts


def plain(value):
    """Text that is one line and moves no cursor, whatever stood in the profile."""
    text = "" if value is None else str(value)
    return "".join("\\u%04X" % ord(c) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text)


def cell(value):
    """For a spreadsheet: nothing is a formula."""
    text = plain(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def as_csv(rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in COLUMNS])
    return out.getvalue()


def marked(value):
    return "".join("\\" + c if c in "\\`*_{}[]<>#|!~&" else c for c in plain(value))


def as_markdown(hosts, rows, counts):
    lines = ["# The fleet", "", ", ".join("%d %s" % (value, name) for name, value in counts.items()), ""]
    lines += ["| host | on IMAP | on POP | blocked | refused | result |", "|---|---|---|---|---|---|"]
    for name, host in hosts.items():
        of = [sum(row["host"] == name and row["state"] == state for row in rows) for state in ("current", "ready", "blocked", "refused")]
        if host["missing"]:
            result = "said nothing"
        else:
            result = ("FAILED: " if host["failed"] else "check: " if host["checked"] else "") + host["msg"]
        lines.append("| %s | %s | %s |" % (marked(name), " | ".join(map(str, of)), marked(result)))
    reasons = {}
    for row in rows:
        if row.get("reason"):
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
    if reasons:
        lines += ["", "| reason | accounts |", "|---|---|"]
        lines += ["| %s | %d |" % (marked(reason), reasons[reason]) for reason in sorted(reasons, key=lambda r: (-reasons[r], r))]
    return "\n".join(lines) + "\n"


def write(path, text):
    """The old content or the new one, and readable by nobody else."""
    handle, name = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def gather(dest, hosts):
    """Keeps what hosts reported, each under its name in the inventory."""
    directory = os.path.join(dest, "reports")
    os.makedirs(directory, mode=0o700, exist_ok=True)
    for host in hosts:
        if host.get("report"):
            lines = [json.dumps(dict(row, machine=host["host"]) if row["type"] == "summary" else row) + "\n" for row in host["report"]]
            write(os.path.join(directory, urllib.parse.quote(host["host"], safe="") + ".jsonl"), "".join(lines))


def make_page(module, dest, names):
    """The page of all hosts that have ever given a report; its path, or nothing."""
    files = [os.path.join(dest, "reports", urllib.parse.quote(name, safe="") + ".jsonl") for name in names]
    files = [name for name in files if os.path.exists(name)]
    program = module.params["executable"]
    program = program if os.path.isabs(program) else module.get_bin_path(program)
    if not program or not files:
        return ""
    page = os.path.join(dest, "fleet.html")
    rc, _, err = module.run_command([program, "report", "--html", page, "--merge"] + files, environ_update=dict(NO_COLOR="1", LC_ALL="C.UTF-8"))
    if rc != 0:
        raise OSError("%s: %s" % (program, err.strip()))
    return page


def main():
    module = AnsibleModule(
        argument_spec=dict(
            dest=dict(type="path", required=True),
            hosts=dict(type="list", elements="dict", required=True),
            missing=dict(type="list", elements="str", default=[]),
            executable=dict(type="str", default="profile-rewriter"),
        ),
        supports_check_mode=True,
    )
    dest, page = module.params["dest"], ""
    try:
        before = read(os.path.join(dest, "fleet.json"))
        hosts = merged(before, module.params["hosts"], module.params["missing"])
        rows = list(accounts(hosts))
        counts = totals(hosts, rows)
        if not module.check_mode:
            os.makedirs(dest, mode=0o700, exist_ok=True)
            document = dict(type="fleet", totals=counts, hosts=hosts)
            write(os.path.join(dest, "fleet.json"), json.dumps(document, indent=1, sort_keys=True) + "\n")
            write(os.path.join(dest, "fleet.csv"), as_csv(rows))
            write(os.path.join(dest, "fleet.md"), as_markdown(hosts, rows, counts))
            gather(dest, module.params["hosts"])
            page = make_page(module, dest, hosts)
    except (OSError, ValueError, KeyError) as error:
        module.fail_json(msg="no report in %s: %s" % (dest, error))
    module.exit_json(changed=hosts != before, totals=counts, page=page)


if __name__ == "__main__":
    main()
