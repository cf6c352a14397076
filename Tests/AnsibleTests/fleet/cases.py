"""Counts what holds and what does not."""
import re
import time

GUID = re.compile(r"\{[0-9a-f]{8}-[0-9a-f-]{27}\}")


class Cases:
    def __init__(self, quiet=False):
        self.passed, self.failed, self.quiet, self.start = 0, [], quiet, time.monotonic()

    def check(self, name, holds, detail=""):
        if holds:
            self.passed += 1
        else:
            self.failed.append(name)
        if not (holds or self.quiet):
            print(f"FAILED {name}: {str(detail)[:1500]}", flush=True)

    def equal(self, name, first, second):
        self.check(name, first == second, f"{first!r} is not {second!r}")

    def say(self, part):
        if not self.quiet:
            print(f"{part}: {self.passed} passed, {len(self.failed)} failed so far, {time.monotonic() - self.start:.0f} s", flush=True)


def same_outcome(first, second, *, unchanged=True):
    """What check mode and run have to agree on."""
    def essence(task):
        left = [(row["home"], row["profile"], row["account"], row["status"], row["reason"]) for row in task.refused]
        done = [(row["home"], row["profile"], row["account"], row["status"]) for row in task.changes]
        summary = {name: value for name, value in task.summary.items() if unchanged or name != "unchanged"}
        return [task.changed, task.failed, task.rc, task.ended_by, summary, sorted(left), sorted(done)]
    return essence(first), essence(second)


def changed_lines(diff):
    """The lines of a diff that a file loses or gains, and the places."""
    return [line for line in diff.split("\n") if line[:1] in "+-@" and line]


def without_guids(text):
    """Those of copied logins are drawn anew in every plan."""
    return GUID.sub("{…}", text)
