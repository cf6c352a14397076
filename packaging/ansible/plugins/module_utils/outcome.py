# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""What a task returns, and whether it has failed."""

from __future__ import annotations

DONE = ("applied", "undone")
LEFT = ("refused", "conflict", "failed")
COUNTS = DONE + ("unchanged",) + LEFT
# Refusals that count as failures: `--max-failures` in the command's help, RunLimits in its source.
FAILING_REASONS = ("io", "not-found", "journal")
CHANGING = ("switched", "rolled_back", "recovered", "finished")
VERBS = dict(applied="switched", undone="taken back")


def is_failure(row):
    return row["status"] in ("failed", "conflict") or row["reason"] in FAILING_REASONS


def exit_status(rows):
    """The status of docs/codes.md that rows like these give a run."""
    reasons = [row["reason"] for row in rows if row["status"] == "refused"]
    if any(row["status"] == "failed" for row in rows) or any(r in FAILING_REASONS + ("damaged-backup", "program") for r in reasons):
        return 1
    if any(row["status"] == "conflict" for row in rows):
        return 4
    if "stale" in reasons:
        return 5
    return 3 if reasons else 0


class Outcome:
    """What a run of the command has done, or what it is foretold to do."""

    def __init__(self, state, answer, unchanged=0, ended_by=None):
        self.state, self.answer, self.diff = state, answer, ""
        self.rows, self.rc = answer.rows, answer.rc
        self.ended_by = answer.summary.get("ended_by", ended_by)
        self.unchanged = answer.summary.get("unchanged", unchanged)

    @property
    def changed_rows(self):
        return [row for row in self.rows if row.get("status") in DONE]

    def result(self):
        result = dict(changed=bool(self.changed_rows), rc=self.rc, ended_by=self.ended_by, changes=self.changed_rows)
        result["backup_ids"] = list(dict.fromkeys(row["change"] for row in self.changed_rows if row["change"]))
        result["refused"] = [row for row in map(self.left, self.rows) if row]
        result["failures"] = [row for row in result["refused"] if is_failure(row)]
        if self.answer.summary.get("run"):
            result["run"] = self.answer.summary["run"]
        if self.state in ("scanned", "tested", "recorded"):
            result["rows"] = self.rows
        if self.state == "reported":
            # A report is merged with others only when it is whole, sums included.
            result["rows"] = self.rows + [self.answer.summary]
        if self.state == "planned":
            result["changes"] = [row for row in self.rows if row["type"] == "change"]
        result["summary"] = self.summary(result)
        result["msg"] = self.message(result["summary"])
        return result

    @staticmethod
    def left(row):
        """A row for what was not done; `plan`, `test` and `scan` have types of their own for it."""
        if row["type"] == "refused":
            row = dict(row, status="refused")
        elif row["type"] == "account" and row["state"] == "blocked":
            row = dict(row, status="refused")
        if row.get("status") not in LEFT or "reason" not in row:
            return None
        kept = ("home", "client", "profile", "account", "status", "reason", "text", "change")
        return {name: value for name, value in row.items() if name.replace("_b64", "") in kept}

    def summary(self, result):
        if self.state not in CHANGING:
            return {name: value for name, value in self.answer.summary.items() if name not in ("type", "command")}
        summary = {status: sum(row.get("status") == status for row in self.rows) for status in COUNTS}
        summary["unchanged"] = self.unchanged
        summary["reasons"] = {}
        for row in result["refused"]:
            summary["reasons"][row["reason"]] = summary["reasons"].get(row["reason"], 0) + 1
        return summary

    def message(self, summary):
        if self.state == "reported":
            return "%d accounts in %d homes, %d of them switched" % (summary["accounts"], summary["homes"], summary["states"]["switched"])
        if self.state not in CHANGING:
            text = ", ".join("%s %s" % (value, name.replace("_", " ")) for name, value in summary.items())
            # Of a test also why, by the first server that does not answer as it should.
            reasons = [row["text"] for row in self.rows if row["type"] == "refused" or row.get("status") == "failed"]
            return "%s: %s" % (text, reasons[0]) if self.state == "tested" and self.rc and reasons else text
        parts = ["%d %s" % (summary[name], VERBS.get(name, name)) for name in COUNTS if summary[name]]
        reasons = ", ".join("%s: %d" % pair for pair in sorted(summary["reasons"].items()))
        text = "accounts: %s" % ", ".join(parts) if parts else "nothing to do"
        if reasons:
            text += " (%s)" % reasons
        return text + ("; ended by %s" % self.ended_by if self.ended_by else "")

    def has_failed(self, params):
        if params["fail_on_refused"] and any(self.left(row) for row in self.rows):
            return True
        if self.rc in (0, 3):
            return False
        tolerated = params["max_failures"] is not None and self.state in ("switched", "rolled_back")
        return not tolerated or self.ended_by == "max-failures"
