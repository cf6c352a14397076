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
      - A dictionary for each host. C(host), its name, must be there. All others may be left out - C(failed), C(msg), C(checked), the
        rows C(scan) and C(history) as the command prints them, the summaries C(canary) and C(apply), C(refused), and C(report), the rows of
        M(profilerewriter.profile_rewriter.mail_accounts) with O(profilerewriter.profile_rewriter.mail_accounts#module:state=reported).
      - With C(checked) it was check mode. It stands beside what a run has said before, in C(check), and does not take its place.
      - A host whose rows or report cannot be read is left out of the table or the page, warned of, and marked in C(fleet.md). One that
        gives no report any more keeps the one from before in the page, marked as such.
    type: list
    elements: dict
    required: true
  missing:
    description: Names of hosts that said nothing.
    type: list
    elements: str
    default: []
  executable:
    description: The command on the controller that makes the page, a name to be looked for in the search path or an absolute path; empty for no page.
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
  description: The page's path; empty where there is no command on the controller, no host gave a report, or it could not be made.
  type: str
  returned: always
  sample: /srv/reports/mail/fleet.html
"""

import csv
import io
import json
import os
import unicodedata
import urllib.parse

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.files import write

COLUMNS = ("host", "home", "client", "profile", "account", "protocol", "server", "port", "security", "username", "state", "reason", "text", "change")

# What stands for what a host does not say.
EMPTY = dict(failed=False, checked=False, msg="", scan=[], history=[], canary={}, apply={}, refused=[], report=[])


def read(module, path):
    """The hosts of the report from before. What is none is put aside, so that it keeps nobody from going on."""
    try:
        with open(path, encoding="utf-8") as file:
            hosts = json.load(file)["hosts"]
        return {name: dict(without_report(complete(dict(hosts[name], host=name))), missing=bool(hosts[name].get("missing"))) for name in hosts}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if not module.check_mode:
            os.replace(path, path + ".unreadable")
        module.warn("%s is no report of a fleet and is now %s.unreadable (%r)" % (path, path, error))
        return {}


def complete(host):
    """A host with everything that the report reads."""
    host = dict(EMPTY, **{name: value for name, value in host.items() if value is not None})
    if not host.get("host"):
        raise ValueError("hosts: there is one without its name in host")
    for name, empty in EMPTY.items():
        if not isinstance(host[name], type(empty)):
            raise ValueError("hosts: %s of %s is no %s" % (name, host["host"], type(empty).__name__))
    return host


def merged(before, hosts, missing):
    after = {name: dict(host) for name, host in before.items()}
    for name in missing:
        after[name] = dict(after.get(name, without_report(complete(dict(host=name)))), missing=True)
    for host in hosts:
        host, name = dict(without_report(host), missing=False), host["host"]
        if host["checked"] and name in before and has_run(before[name]):
            # Check mode has done nothing: what was done stays.
            host = dict(after[name], check=host, missing=False)
        after[name] = host
    return dict(sorted(after.items()))


def without_report(host):
    return {name: value for name, value in host.items() if name not in ("report", "problem")}


def has_run(host):
    """Whether this is what a run said, and not check mode or nobody."""
    return bool(host["msg"]) and not host["checked"]


def all_accounts(hosts):
    """The rows of all hosts. One whose rows are none has a problem, and keeps no other from being in the report."""
    rows = []
    for name, host in hosts.items():
        try:
            rows += list(accounts({name: host}))
        except (KeyError, TypeError, AttributeError) as error:
            host["problem"] = "NOT IN THE TABLE: its rows cannot be read (%r)" % error
    return rows


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


def said(host):
    return ("check: " if host["checked"] else "") + ("FAILED: " if host["failed"] else "") + host["msg"]


def as_markdown(hosts, rows, counts):
    lines = ["# The fleet", "", ", ".join("%d %s" % (value, name) for name, value in counts.items()), ""]
    lines += ["| host | on IMAP | on POP | blocked | refused | result |", "|---|---|---|---|---|---|"]
    for name, host in hosts.items():
        of = [sum(row["host"] == name and row["state"] == state for row in rows) for state in ("current", "ready", "blocked", "refused")]
        if host["missing"]:
            result = "said nothing"
        else:
            result = said(host) + ("; then " + said(host["check"]) if host.get("check") else "")
        if host.get("problem"):
            result += "; " + host["problem"]
        lines.append("| %s | %s | %s |" % (marked(name), " | ".join(map(str, of)), marked(result)))
    reasons = {}
    for row in rows:
        if row.get("reason"):
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
    if reasons:
        lines += ["", "| reason | accounts |", "|---|---|"]
        lines += ["| %s | %d |" % (marked(reason), reasons[reason]) for reason in sorted(reasons, key=lambda r: (-reasons[r], r))]
    return "\n".join(lines) + "\n"


def gather(dest, hosts, missing):
    """Keeps what hosts reported, each under its name in the inventory."""
    os.makedirs(os.path.join(dest, "reports"), mode=0o700, exist_ok=True)
    for host in hosts:
        if host["report"]:
            lines = [json.dumps(dict(row, machine=host["host"]) if is_summary(row) else row) + "\n" for row in host["report"]]
            write(report_file(dest, host["host"]), "".join(lines))
        else:
            mark_as_earlier(dest, host["host"])
    for name in missing:
        mark_as_earlier(dest, name)


def report_file(dest, name):
    return os.path.join(dest, "reports", urllib.parse.quote(name, safe="") + ".jsonl")


def is_summary(row):
    return isinstance(row, dict) and row.get("type") == "summary"


def mark_as_earlier(dest, name):
    """A host that gives no report any more keeps the one from before, and the page says so."""
    try:
        with open(report_file(dest, name), encoding="utf-8") as file:
            lines = file.read().splitlines(True)
        last = json.loads(lines[-1])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if is_summary(last):
        write(report_file(dest, name), "".join(lines[:-1]) + json.dumps(dict(last, machine=name + " (earlier report)")) + "\n")


class Pages:
    """The command on the controller, which makes one page out of reports."""

    def __init__(self, module, dest):
        self.module, self.page, name = module, os.path.join(dest, "fleet.html"), module.params["executable"]
        self.program = name if os.path.isabs(name) or not name else module.get_bin_path(name)

    def error(self, words):
        """What the command has against it; nothing where it has done it."""
        try:
            rc, _, err = self.module.run_command(
                [self.program, "report"] + words, environ_update=dict(NO_COLOR="1", LC_ALL="C.UTF-8"), handle_exceptions=False
            )
        except OSError as error:
            return str(error)
        return "" if rc == 0 else err.strip() or "exit status %d" % rc

    def make(self, files):
        """The page's path, or nothing, and the hosts whose reports are not in it, with the reason."""
        if not self.program or not files:
            return "", {}
        left_out, error = {}, self.error(["--html", self.page, "--merge"] + list(files.values()))
        if error:
            left_out = {name: self.error(["--json", "--merge", file]) for name, file in files.items()}
            left_out = {name: said for name, said in left_out.items() if said}
        if left_out and len(left_out) < len(files):
            error = self.error(["--html", self.page, "--merge"] + [file for name, file in files.items() if name not in left_out])
        if error:
            self.module.warn("no page %s: %s" % (self.page, error))
        return "" if error else self.page, left_out


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
        before = read(module, os.path.join(dest, "fleet.json"))
        given = [complete(host) for host in module.params["hosts"]]
        hosts = merged(before, given, module.params["missing"])
        rows = all_accounts(hosts)
        counts = totals(hosts, rows)
        if not module.check_mode:
            os.makedirs(dest, mode=0o700, exist_ok=True)
            gather(dest, given, module.params["missing"])
            files = {name: report_file(dest, name) for name in hosts}
            page, left_out = Pages(module, dest).make({name: file for name, file in files.items() if os.path.exists(file)})
            for name, error in left_out.items():
                hosts[name]["problem"] = "NOT IN THE PAGE: its report cannot be merged (%s)" % error
            document = dict(type="fleet", totals=counts, hosts=hosts)
            write(os.path.join(dest, "fleet.json"), json.dumps(document, indent=1, sort_keys=True) + "\n")
            write(os.path.join(dest, "fleet.csv"), as_csv(rows))
            write(os.path.join(dest, "fleet.md"), as_markdown(hosts, rows, counts))
    except (OSError, ValueError) as error:
        module.fail_json(msg="no report in %s: %s" % (dest, error))
    for name, host in hosts.items():
        if host.get("problem"):
            module.warn("%s is %s" % (name, host["problem"]))
    module.exit_json(changed=hosts != before, totals=counts, page=page)


if __name__ == "__main__":
    main()
