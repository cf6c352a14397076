"""The contract, host by host."""
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

from fleet.cases import changed_lines, same_outcome, without_guids
from fleet.playing import fleet_report, shell, step, tree

TARGET = dict(imap_host="imap.lab.test")
PROFILE = ".thunderbird/lab00001.default-default"
STATES = ("switched", "rolled_back", "recovered", "finished")
# More hosts, by local connection; `gone` is one that nobody can reach.
LOCAL = ("l1", "l2", "l3", "l4")


def usual(fleet):
    """All users of a host, by root and by somebody who becomes root."""
    cases = fleet.cases
    switch = dict(all_users=True, **TARGET)
    play = fleet.ansible.play("h1", [
        tree("before"),
        step("scan", state="scanned", all_users=True),
        step("plan", state="planned", diff=True, **switch),
        step("check of plan", state="planned", check=True, **switch),
        step("nothing recorded", state="recorded"),
        shell("command's plan", "profile-rewriter plan --all-users --imap-host imap.lab.test"),
        step("check", check=True, diff=True, **switch),
        tree("after check"),
        shell("journal after check", "ls /var/lib/profile-rewriter 2>/dev/null || true"),
        step("run", user="deploy", as_user="root", diff=True, **switch),
        shell("command's show", "for c in $(profile-rewriter history --json | sed -n 's/.*\"change\":\"\\([^\"]*\\)\".*/\\1/p');"
              " do profile-rewriter show $c --format diff; done"),
        tree("after run"),
        step("again", **switch),
        step("check again", check=True, **switch),
        tree("after again"),
        step("scan after", state="scanned", all_users=True),
        step("recorded", state="recorded"),
        step("recorded of alice", state="recorded", paths=["/home/alice"]),
        step("check undo", state="rolled_back", last=True, check=True, diff=True),
        tree("after check undo"),
        step("undo", state="rolled_back", last=True, diff=True),
        tree("after undo"),
        step("undo again", state="rolled_back", last=True),
        step("check undo again", state="rolled_back", last=True, check=True),
        step("undo all again", state="rolled_back"),
        step("check undo all again", state="rolled_back", check=True),
        step("nothing to recover", state="recovered"),
        step("check of nothing to recover", state="recovered", check=True),
        step("nothing to finish", state="finished"),
        step("check of nothing to finish", state="finished", check=True),
    ])
    scan, plan, check, run, undo = (play(name) for name in ("scan", "plan", "check", "run", "undo"))
    cases.check("scanned: four ready, unchanged", not scan.changed and scan.summary["ready"] == 4 and len(scan.rows) == 4, scan.result)
    cases.check("planned: unchanged, with its edits", not plan.changed and len(plan.changes) == 4 and plan.changes[0]["files"], plan.result)
    cases.equal("planned: check equals run", play("check of plan").summary, plan.summary)
    cases.check("planned: diff is the command's",
                without_guids(plan.diff_text) == without_guids(play("command's plan").stdout + "\n"), plan.diff_text)
    cases.check("recorded: nothing", play("nothing recorded").rows == [] and not play("nothing recorded").changed)
    cases.check("check of a switch: diff is the command's",
                without_guids(check.diff_text) == without_guids(play("command's plan").stdout + "\n"), check.diff_text)
    cases.equal("check of a switch: no byte changed", play("after check").stdout, play("before").stdout)
    cases.equal("check of a switch: no journal", play("journal after check").stdout, "")
    cases.equal("check of a switch equals its run", *same_outcome(check, run))
    cases.check("a user who becomes root switches", run.changed and len(run.changes) == 4, run.result)
    cases.equal("backup ids: one for each profile", len(run.backup_ids), 3)
    cases.check("run has its id", run.run)
    cases.check("run: no reasons", run.summary["reasons"] == {} and run.refused == [] and run.failures == [])
    cases.equal("diff of check and run are the same lines", sorted(changed_lines(check.diff_text)), sorted(changed_lines(run.diff_text)))
    shown = [line for line in run.diff_text.split("\n") if line and not line.startswith("# change ")]
    cases.equal("diff of run is what show prints", sorted(shown), sorted(line for line in play("command's show").stdout.split("\n") if line))
    logins = (fleet.fixtures / "thunderbird/mbox/home" / PROFILE / "logins.json").read_text()
    secrets = re.findall(r'"encrypted(?:Username|Password)":\s*"([^"]+)"', logins)
    cases.check("no saved password in any output", secrets and not any(secret in play.output for secret in secrets))
    cases.check("again: unchanged", not play("again").changed and play("again").summary["unchanged"] == 4, play("again").result)
    cases.equal("check again equals it", *same_outcome(play("check again"), play("again")))
    cases.equal("again: no byte changed", play("after again").stdout, play("after run").stdout)
    cases.check("scanned: four current", play("scan after").summary["current"] == 4 and play("scan after").summary["ready"] == 0)
    cases.check("recorded: three changes", len(play("recorded").rows) == 3)
    cases.check("recorded: of one home", [row["home"] for row in play("recorded of alice").rows] == ["/home/alice"])
    cases.equal("check of undo equals its run", *same_outcome(play("check undo"), undo))
    cases.equal("check of undo: no byte changed", play("after check undo").stdout, play("after run").stdout)
    cases.equal("check of undo: the run's diff", play("check undo").diff_text, undo.diff_text)
    cases.equal("undo takes back what was made", sorted(undo.backup_ids), sorted(run.backup_ids))
    cases.equal("undo: homes are what they were, byte for byte", play("after undo").stdout, play("before").stdout)
    for name in ("undo again", "undo all again", "nothing to recover", "nothing to finish"):
        cases.check(f"{name}: unchanged", not play(name).changed and not play(name).failed, play(name).result)
        checked = "check of " + name if name.startswith("nothing") else "check " + name
        cases.equal(f"{checked} equals it", *same_outcome(play(checked), play(name)))
    cases.check("nothing is changed: no task said so otherwise", [name for (_, name), task in play.tasks.items()
                if task.result.get("changed") and task.result.get("rows") is not None] == [])


def own_home(fleet):
    """A user in their own home, without root."""
    cases = fleet.cases
    play = fleet.ansible.play("h1", [
        tree("before", "/home/carol"),
        step("check", check=True, user="carol", **TARGET),
        step("run", user="carol", **TARGET),
        step("again", user="carol", **TARGET),
        step("undo", state="rolled_back", user="carol"),
        tree("after", "/home/carol"),
        shell("own journal", "ls -d /home/carol/.local/state/profile-rewriter && stat -c %U /home/carol/.local/state/profile-rewriter"),
        step("others", user="carol", paths=["/home/alice"], **TARGET),
    ])
    cases.check("own home: only it", [row["home"] for row in play("run").changes] == ["/home/carol"], play("run").result)
    cases.equal("own home: check equals run", *same_outcome(play("check"), play("run")))
    cases.check("own home: again unchanged", not play("again").changed)
    cases.equal("own home: undone byte for byte", play("after").stdout, play("before").stdout)
    cases.check("own home: the journal is the user's", "carol" in play("own journal").stdout.split("\n")[-1], play("own journal").stdout)
    cases.check("another's home as no root: refused or failed, unchanged", not play("others").changed and play("others").refused, play("others").result)


def hostile_names(fleet):
    """Homes whose names are no names."""
    cases = fleet.cases
    names = ["we ird\n\x1b[31m\u202e", "-x", "$HOME", "{% raw %}{{ 7*7 }}{% endraw %}", "';touch pwned;'"]
    paths = ["/home/" + name for name in names]
    play = fleet.ansible.play("h2", [
        tree("before"),
        step("check", check=True, diff=True, paths=paths, **TARGET),
        step("run", diff=True, paths=paths, **TARGET),
        step("again", paths=paths, **TARGET),
        shell("list", "find /home -mindepth 1 -maxdepth 1 -print0 > /root/homes"),
        step("check of list", check=True, homes_from="/root/homes", **TARGET),
        step("list run", homes_from="/root/homes", **TARGET),
        step("list again", homes_from="/root/homes", **TARGET),
        step("undo of one", state="rolled_back", paths=[paths[0]]),
        step("undo", state="rolled_back"),
        tree("after"),
        shell("planted", "find /home /root -name pwned"),
        step("relative", paths=["home/x"], **TARGET),
        step("no id", state="rolled_back", changes=["--all"]),
        step("exclude", state="scanned", all_users=True, exclude=["-x", "we*"]),
    ])
    run = play("run")
    cases.check("hostile names: all five switched", run.changed and len(run.changes) == 5, run.result)
    cases.equal("hostile names: exactly", {row["home"] for row in run.changes},
                {"/home/" + name.replace("{% raw %}", "").replace("{% endraw %}", "") for name in names})
    cases.equal("hostile names: check equals run", *same_outcome(play("check"), run))
    cases.check("hostile names: again unchanged", not play("again").changed)
    cases.check("hostile names: no control sequence in the diff", "\x1b" not in run.diff_text and "\u202e" not in run.diff_text)
    cases.check("homes_from: the name that is not UTF-8, and no other", len(play("list run").changes) == 1
                and play("list run").changes[0]["home_b64"] == "L2hvbWUvY2Fm6Q==", play("list run").result)
    cases.equal("homes_from: check equals run", *same_outcome(play("check of list"), play("list run")))
    cases.check("homes_from: again unchanged", not play("list again").changed)
    cases.equal("undo of one home", [row["home"] for row in play("undo of one").changes], [paths[0]])
    cases.equal("undo of the others", len(play("undo").changes), 5)
    cases.equal("hostile names: undone byte for byte", play("after").stdout, play("before").stdout)
    cases.equal("hostile names: no shell saw them", play("planted").stdout, "")
    cases.check("a relative path is an error", play("relative").failed and "absolute" in play("relative").msg)
    cases.check("an option as a change's id is an error", play("no id").failed and "ids" in play("no id").msg)
    cases.equal("exclude", play("exclude").summary["ready"], 4)


def refusals(fleet):
    """What is refused does not keep the rest from being done."""
    cases, home = fleet.cases, fleet.hosts[3].homes
    (home / "overridden" / PROFILE / "user.js").write_text('user_pref("mail.server.server1.type", "pop3");\n')
    switch = dict(all_users=True, **TARGET)
    bad = dict(paths=["/home/overridden", "/home/running"], **TARGET)
    with open(home / "running" / PROFILE / ".parentlock", "w") as lock:
        os.chown(lock.name, 2002, 2002)
        fcntl.lockf(lock, fcntl.LOCK_EX)
        play = fleet.ansible.play("h3", [
            tree("before"),
            step("plan of bad", state="planned", **bad),
            step("check of bad", check=True, diff=True, **bad),
            step("bad", diff=True, **bad),
            tree("after bad"),
            step("strict", fail_on_refused=True, **bad),
            step("check of strict", fail_on_refused=True, check=True, **bad),
            dict(step("by reason", **bad), register="by",
                 failed_when="by.refused | rejectattr('reason', 'eq', 'client-running') | list | length > 0"),
            dict(step("by reason, running only", **dict(bad, paths=["/home/running"])), register="by",
                 failed_when="by.refused | rejectattr('reason', 'eq', 'client-running') | list | length > 0"),
            step("check", check=True, **switch),
            step("run", **switch),
            step("again", **switch),
        ])
    cases.check("only refusals: not failed, unchanged, status 3", not play("bad").changed and not play("bad").failed and play("bad").rc == 3, play("bad").result)
    cases.equal("only refusals: check equals run", *same_outcome(play("check of bad"), play("bad")))
    cases.equal("only refusals: planned has them", [row["reason"] for row in play("plan of bad").refused], [row["reason"] for row in play("bad").refused])
    cases.equal("only refusals: no byte changed", play("after bad").stdout, play("before").stdout)
    cases.equal("only refusals: no diff", play("bad").diff_text, "")
    cases.equal("only refusals: no diff in check", changed_lines(play("check of bad").diff_text), [])
    cases.equal("reasons are counted", play("bad").summary["reasons"], {"client-running": 1, "overridden-by-user-js": 1})
    cases.check("fail_on_refused fails, in check, too", play("strict").failed and play("check of strict").failed)
    cases.check("failed_when by reason", play("by reason").failed and not play("by reason, running only").failed)
    cases.check("partial: the rest is done", play("run").changed and len(play("run").changes) == 1 and len(play("run").refused) == 2, play("run").result)
    cases.equal("partial: check equals run", *same_outcome(play("check"), play("run")))
    cases.check("partial: again unchanged", not play("again").changed and len(play("again").refused) == 2)
    busy(fleet)


def busy(fleet):
    """A client that runs when it is undone, and a run that waits for another."""
    cases, home = fleet.cases, fleet.hosts[3].homes
    with open(home / "good" / PROFILE / ".parentlock", "r+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        play = fleet.ansible.play("h3", [
            tree("before"),
            step("undo", state="rolled_back"),
            tree("after"),
        ])
    cases.check("undo under a running client: refused, unchanged", not play("undo").changed
                and [row["reason"] for row in play("undo").refused] == ["client-running"], play("undo").result)
    cases.equal("undo under a running client: no byte changed", play("after").stdout, play("before").stdout)
    play = fleet.ansible.play("h3", [step("undo", state="rolled_back")])
    cases.check("undo once it is closed", play("undo").changed and not play("undo").refused, play("undo").result)
    # Another run holds every profile of this state directory.
    with open(fleet.hosts[3].state / "locks", "r+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        play = fleet.ansible.play("h3", [tree("before"), step("run", paths=["/home/good"], **TARGET), tree("after")])
    cases.check("another run at work: refused, unchanged", not play("run").changed and not play("run").failed
                and play("run").summary["reasons"] == {"busy": 1}, play("run").result)
    cases.equal("another run at work: no byte changed", play("after").stdout, play("before").stdout)
    play = fleet.ansible.play("h3", [step("run", paths=["/home/good"], lock_timeout=5, **TARGET)])
    cases.check("once it is done", play("run").changed and not play("run").refused, play("run").result)


OUT_OF_RANGE = (("limit", 0), ("max_failures", 0), ("lock_timeout", -1), ("lock_timeout", "nan"))
EMPTY = [(state, name) for state in ("rolled_back", "finished") for name in ("changes", "paths", "client")]


def canary(fleet):
    """Some first, and when to stop."""
    cases = fleet.cases
    switch = dict(all_users=True, **TARGET)
    gone = dict(paths=["/home/none", "/home/nobody", "/home/u1", "/home/u2"], **TARGET)
    tasks = [
        tree("before"),
        step("check of two", limit=2, check=True, diff=True, **switch),
        dict(step("two", limit=2, diff=True, **switch), register="two"),
        step("scan", state="scanned", all_users=True),
        dict(step("two more", limit=2, **switch), register="more"),
        step("check of the rest", check=True, **switch),
        step("the rest", **switch),
        step("none left", limit=2, **switch),
        step("check of run back", state="rolled_back", check=True, run="{{ two.run }}"),
        step("run back", state="rolled_back", run="{{ two.run }}"),
        step("id back", state="rolled_back", changes="{{ more.backup_ids[:1] }}"),
        step("other match back", state="rolled_back", match="nobody@example.com"),
        step("check of match back", state="rolled_back", match="pop.lab.test", check=True),
        step("match back", state="rolled_back", match="pop.lab.test"),
        tree("after"),
        step("check of stop", max_failures=1, check=True, **gone),
        step("stop", max_failures=1, **gone),
        tree("after stop"),
        step("check of tolerated", max_failures=3, check=True, **gone),
        step("tolerated", max_failures=3, **gone),
        step("check of failure", check=True, **gone),
        step("failure", **gone),
        shell("a directory", "mkdir /root/backups"),
        step("check of no backup", require_backup="/root/backups", check=True, paths=["/home/u3"], **TARGET),
        step("no backup", require_backup="/root/backups", paths=["/home/u3"], **TARGET),
        *[step(f"{check}{name} {value}", check=check != "", **{name: value}, **switch) for name, value in OUT_OF_RANGE for check in ("", "check of ")],
        step("unknown id to finish", state="finished", changes=["abcdefghij"]),
        step("check of unknown id to finish", state="finished", changes=["abcdefghij"], check=True),
        step("password to finish", state="finished", password="x", online=False),
        step("check of password to finish", state="finished", password="x", check=True),
        *[step(f"{check}{state} of {name} []", state=state, check=check != "", **{name: []})
          for state, name in EMPTY for check in ("", "check of ")],
        step("test of no ids", state="tested", changes=[]),
        step("unknown id", state="rolled_back", changes=["abcdefghij"]),
        step("bad choice", security="bogus", **switch),
        step("two selections", homes_from="/root/homes", **switch),
        step("misplaced", state="scanned", all_users=True, max_failures=1),
        step("two ways back", state="rolled_back", last=True, run="x"),
        step("unknown option", bogus=1, **switch),
        step("unknown client", client=["bogus"], **switch),
        step("bad host", all_users=True, imap_host="a b"),
        step("undo before conflict", state="rolled_back"),
        step("switch before conflict", paths=["/home/u5"], **TARGET),
        shell("somebody changes it", f"sed -i 's/\"imap.lab.test\"/\"mail.example.com\"/' /home/u5/{PROFILE}/prefs.js"),
        step("check of conflict", state="rolled_back", check=True),
        step("conflict", state="rolled_back"),
    ]
    play = fleet.ansible.play("h4", tasks)
    two = play("two")
    cases.equal("canary: two profiles", (len(two.changes), two.ended_by, play("scan").summary["current"]), (2, "limit", 2))
    cases.equal("canary: check equals run", *same_outcome(play("check of two"), two, unchanged=False))
    cases.equal("canary: the same lines", sorted(changed_lines(play("check of two").diff_text)), sorted(changed_lines(two.diff_text)))
    cases.check("canary: the same call goes on", len(play("two more").changes) == 2
                and not {row["home"] for row in two.changes} & {row["home"] for row in play("two more").changes})
    cases.equal("the rest: check equals run", *same_outcome(play("check of the rest"), play("the rest")))
    cases.equal("the rest: one", len(play("the rest").changes), 1)
    cases.check("canary: none left, unchanged", not play("none left").changed)
    cases.equal("undo of a run: check equals run", *same_outcome(play("check of run back"), play("run back")))
    cases.equal("undo of a run: its own", {row["home"] for row in play("run back").changes}, {row["home"] for row in two.changes})
    cases.equal("undo of a change", [row["change"] for row in play("id back").changes], play("two more").backup_ids[:1])
    cases.check("undo by match: none of them", not play("other match back").changed)
    cases.equal("undo by match: check equals run", *same_outcome(play("check of match back"), play("match back")))
    cases.equal("undo by match: the two that are left", len(play("match back").changes), 2)
    cases.equal("canary: undone byte for byte", play("after").stdout, play("before").stdout)
    cases.check("max_failures: ends and fails", play("stop").failed and play("stop").ended_by == "max-failures", play("stop").result)
    cases.equal("max_failures: check equals run", *same_outcome(play("check of stop"), play("stop"), unchanged=False))
    cases.equal("max_failures: nothing after it", play("after stop").stdout, play("before").stdout)
    cases.check("fewer failures: told, not failed, the rest done", not play("tolerated").failed and len(play("tolerated").failures) == 2
                and len(play("tolerated").changes) == 2, play("tolerated").result)
    cases.equal("fewer failures: check equals run", *same_outcome(play("check of tolerated"), play("tolerated")))
    cases.check("a failure without max_failures fails", play("failure").failed and not play("failure").changed)
    cases.equal("a failure: check equals run", *same_outcome(play("check of failure"), play("failure")))
    cases.check("require_backup: refused", [row["reason"] for row in play("no backup").refused] == ["no-backup"] and not play("no backup").changed,
                play("no backup").result)
    cases.check("require_backup: check says that it cannot tell", any("require_backup" in text for text in play("check of no backup").result.get("warnings", [])),
                play("check of no backup").result)
    said = lambda name: [play(name).result.get(key) for key in ("failed", "msg", "rc", "code")]
    for name in [f"{name} {value}" for name, value in OUT_OF_RANGE] + ["unknown id to finish", "password to finish"]:
        cases.equal(f"{name}: check equals run", said(f"check of {name}"), said(name))
        cases.check(f"{name}: an error", play(name).failed and play(name).code in ("usage", "not-found"), play(name).result)
    for name in [check + f"{state} of {name} []" for state, name in EMPTY for check in ("", "check of ")] + ["test of no ids"]:
        cases.check(f"{name}: nothing is done", not play(name).failed and not play(name).changed and play(name).changes == [], play(name).result)
    for name, word in (("limit 0", "--limit"), ("unknown id", "abcdefghij"), ("bad choice", "bogus"), ("two selections", "mutually exclusive"),
                       ("misplaced", "max_failures"), ("two ways back", "mutually exclusive"), ("unknown option", "bogus"),
                       ("unknown client", "bogus"), ("bad host", "--imap-host")):
        cases.check(f"error: {name}", play(name).failed and word in play(name).msg and not play(name).result.get("changed"), play(name).result)
    cases.check("conflict: fails, nothing undone", play("conflict").failed and play("conflict").rc == 4 and not play("conflict").changed, play("conflict").result)
    cases.equal("conflict: check equals run", *same_outcome(play("check of conflict"), play("conflict")))


def evolution(fleet):
    """Another client, and what has to wait."""
    cases = fleet.cases
    switch = dict(all_users=True, **TARGET)
    play = fleet.ansible.play("h5", [
        tree("before"),
        step("check", check=True, diff=True, **switch),
        step("run", diff=True, **switch),
        step("again", **switch),
        step("check of finish", state="finished", check=True),
        step("finish", state="finished"),
        step("check of undo", state="rolled_back", client=["evolution"], check=True),
        step("undo", state="rolled_back", client=["evolution"]),
        step("undo of the rest", state="rolled_back"),
        tree("after"),
    ])
    cases.equal("two clients", {row["client"] for row in play("run").changes}, {"thunderbird", "evolution"})
    cases.equal("two clients: check equals run", *same_outcome(play("check"), play("run")))
    cases.equal("two clients: the same lines", sorted(changed_lines(play("check").diff_text)), sorted(changed_lines(play("run").diff_text)))
    cases.check("two clients: again unchanged", not play("again").changed)
    cases.equal("finish waits: check equals run", *same_outcome(play("check of finish"), play("finish")))
    cases.check("finish waits: not failed", not play("finish").failed and [row["reason"] for row in play("finish").refused] == ["not-yet"], play("finish").result)
    cases.equal("undo of one client: check equals run", *same_outcome(play("check of undo"), play("undo")))
    cases.equal("undo of one client", {row["client"] for row in play("undo").changes}, {"evolution"})
    cases.equal("two clients: undone byte for byte", play("after").stdout, play("before").stdout)


def not_there(fleet):
    """A host without the program, with another program of its name, and no host at all."""
    cases = fleet.cases
    (fleet.hosts[6].root / "bin/wrong").write_text("#!/bin/sh\necho hello\n")
    (fleet.hosts[6].root / "bin/silent").write_text("#!/bin/sh\necho broken >&2\nexit 139\n")
    for name in ("wrong", "silent"):
        (fleet.hosts[6].root / "bin" / name).chmod(0o755)
    play = fleet.ansible.play("h6", [
        step("no program", all_users=True),
        step("check of no program", all_users=True, check=True),
        step("no such path", all_users=True, executable="/opt/none"),
        step("a directory", all_users=True, executable="/opt"),
        step("wrong", all_users=True, executable="wrong"),
        step("silent", all_users=True, executable="silent"),
    ])
    for name in ("no program", "check of no program", "no such path", "a directory"):
        cases.check(f"{name}: said clearly", play(name).failed and "install profile-rewriter" in play(name).msg, play(name).result)
    cases.check("another program: said clearly", play("wrong").failed and "no answer of profile-rewriter" in play("wrong").msg, play("wrong").result)
    cases.check("a program that breaks: said clearly", play("silent").failed and "broken" in play("silent").msg, play("silent").result)
    fleet.hosts[6].stop()
    play = fleet.ansible.play("h6:h7", [step("scan", state="scanned", all_users=True)])
    cases.equal("a host that is gone does not stop the others", {host: status for host, _, status in play.order}, {"h6": "unreachable", "h7": "ok"})


def passwords(fleet):
    """Logging in, and where the password must not be seen."""
    from lab.dovecot import PASSWORD, Dovecot

    cases, secret = fleet.cases, "not-the-pass-4711"
    directory = fleet.scratch / "dovecot"
    home = fleet.scratch / "login-home"
    for path in (home, fleet.scratch / "role-home"):
        shutil.copytree(fleet.fixtures / "thunderbird/mbox/home", path, symlinks=True)
    # Without an outgoing server, which would be tested, too; the role's home keeps one that is not there.
    prefs = home / PROFILE / "prefs.js"
    prefs.write_text("".join(line for line in prefs.read_text().splitlines(True) if "smtp" not in line))
    with Dovecot(directory) as server:
        common = dict(state="tested", paths=[str(home)], executable=str(fleet.program), target=True, imap_host="localhost",
                      imap_port=server.ports["imaps"], ca_file=server.info()["ca"])
        command = fleet.scratch / "password"
        command.write_text(f"#!/bin/sh\nprintf '%s\\n' {PASSWORD}\n")
        command.chmod(0o700)
        with Watch(PASSWORD, secret) as watch:
            play = fleet.ansible.play("localhost", [
                step("right", password=PASSWORD, **common),
                step("check of right", password=PASSWORD, check=True, **common),
                step("by command", password_command=str(command), **common),
                step("wrong", password=secret, **common),
                step("no login", login=False, **common),
                step("two lines", password="a\nb", **common),
                step("out of place", state="scanned", paths=[str(home)], password=secret, executable=str(fleet.program)),
            ], "-vvv")
            variables = fleet.scratch / "login.json"
            variables.write_text(json.dumps({
                "fleet": "localhost", "profile_rewriter_report": str(fleet.scratch / "login-report"), "profile_rewriter_password": PASSWORD,
                "profile_rewriter_common": dict(executable=str(fleet.program), state_dir=str(fleet.scratch / "login-state")),
                "profile_rewriter_options": dict(paths=[str(fleet.scratch / "role-home")], imap_host="localhost", imap_port=server.ports["imaps"]),
                "profile_rewriter_test_options": dict(ca_file=server.info()["ca"])}))
            position = server.log_position()
            role = fleet.ansible.run_book("profilerewriter.profile_rewriter.switch", "-e", f"@{variables}", "-vvv")
            logged_in = await_line(lambda: server.log(position), "imap-login: Info: Login:")
    cases.check("role: the canary logs in", role.rc == 0 and role("Switch the canary").changed and "censored" in role("Test the canary").result
                and logged_in, role.output[-2000:])
    cases.check("role: the password is not in what -vvv prints", PASSWORD not in role.output)
    cases.check("tested: the login works", not play("right").failed and not play("right").changed
                and any(row["stage"] == "login" and row["status"] == "ok" for row in play("right").rows), play("right").result)
    cases.check("tested: in check mode, too", not play("check of right").failed and play("check of right").rows)
    cases.check("tested: by a command", not play("by command").failed, play("by command").result)
    cases.check("tested: a wrong password fails, status 6", play("wrong").failed and play("wrong").rc == 6, play("wrong").result)
    cases.check("tested: without a login", not play("no login").failed, play("no login").result)
    cases.check("tested: two lines are no password", play("two lines").failed and "one line" in play("two lines").msg)
    cases.check("tested: a password out of place", play("out of place").failed and "password" in play("out of place").msg)
    cases.check("password: not in what -vvv prints", PASSWORD not in play.output and secret not in play.output)
    cases.check("password: in no program's arguments or environment", watch.looked > 10 and not watch.seen, (watch.looked, watch.seen))


def role(fleet):
    """Plan, canary, apply, test and report over several hosts, and all of it back."""
    cases, report = fleet.cases, fleet.scratch / "report"
    common = {"profile_rewriter_report": str(report), "fleet": "h7:h8:h9", "profile_rewriter_canary": 1,
              "profile_rewriter_report_executable": str(fleet.program)}
    # All users, as nobody is named.
    everybody = dict(common, profile_rewriter_options=TARGET, profile_rewriter_test=False)

    def play(book, variables, *words):
        return fleet.ansible.run_book(f"profilerewriter.profile_rewriter.{book}", "-e", json.dumps(variables), *words)

    # Somebody's user name is a formula, and breaks out of a table.
    prefs = fleet.hosts[9].homes / "mia" / PROFILE / "prefs.js"
    prefs.write_text(prefs.read_text().replace('userName", "erin"', 'userName", "=HYPERLINK(1)|erin"'))
    before = {number: homes(fleet.hosts[number]) for number in (7, 8, 9)}
    check = play("switch", everybody, "--check", "--diff")
    cases.check("role, check: goes through on all hosts", check.rc == 0 and check.has("Switch the rest", "h9"), check.output[-3000:])
    cases.check("role, check: would change all", all(check("Switch the rest", host).changed for host in ("h7", "h8", "h9")))
    cases.equal("role, check: no byte changed", {number: homes(fleet.hosts[number]) for number in before}, before)
    cases.check("role, check: the report says so", "check:" in (report / "fleet.md").read_text(), (report / "fleet.md").read_text())

    # A home that only the first host has: the second host fails, and the third is not begun.
    stopped = play("switch", dict(everybody, profile_rewriter_options=dict(paths=["/home/hal"], **TARGET), fleet_serial=1))
    cases.check("serial: stops at the host that fails", stopped.rc != 0 and stopped.has("Switch the rest", "h7")
                and stopped("What would change", "h8").failed and not stopped.has("What would change", "h9"), stopped.order)
    cases.check("serial: the first is switched, the others are as they were", homes(fleet.hosts[7]) != before[7]
                and homes(fleet.hosts[8]) == before[8] and homes(fleet.hosts[9]) == before[9])
    document = json.loads((report / "fleet.json").read_text())
    cases.check("serial: the report has who failed", document["hosts"]["h8"]["failed"] and not document["hosts"]["h7"]["failed"], document["totals"])
    back = play("rollback", common)
    cases.check("rollback playbook: takes it back", back.rc == 0 and back("Take changes back", "h7").changed
                and not back("Take changes back", "h8").changed, back.output[-2000:])
    cases.equal("rollback playbook: byte for byte", homes(fleet.hosts[7]), before[7])

    # No server answers: the canary is taken back.
    tested = play("switch", dict(everybody, fleet="h8", profile_rewriter_test=True, profile_rewriter_options=dict(all_users=True, imap_host="127.0.0.1")))
    cases.check("canary: a failed test fails the host", tested.rc != 0 and tested.has("The canary failed", "h8")
                and tested("Take the canary back", "h8").changed and not tested.has("Switch the rest", "h8"), tested.order)
    cases.equal("canary: and was taken back byte for byte", homes(fleet.hosts[8]), before[8])
    cases.check("canary: the report says so", "taken back" in json.loads((report / "fleet.json").read_text())["hosts"]["h8"]["msg"])

    run = play("switch", everybody)
    cases.check("role: switches the canary, then the rest", run.rc == 0
                and all(len(run("Switch the canary", f"h{number}").backup_ids) == 1 for number in before)
                and all(run("Switch the rest", f"h{number}").changed for number in before), run.output[-3000:])
    document = json.loads((report / "fleet.json").read_text())
    cases.equal("report: all hosts, nobody on POP", document["totals"],
                dict(hosts=3, failed=0, missing=0, ready=0, current=7, blocked=0, refused=0))
    table = (report / "fleet.csv").read_text().splitlines()
    cases.check("report: a line for each account, with its change", len(table) == 8 and all(line.split(",")[-1] for line in table), table)
    cases.check("report: no cell is a formula", "'=HYPERLINK(1)|erin" in str(table) and not [cell for line in table for cell in line.split(",") if cell[:1] in "=+-@" and cell])
    names = ("fleet.json", "fleet.csv", "fleet.md", "fleet.html", "reports/h7.jsonl")
    cases.equal("report: readable by nobody else", [os.stat(report / name).st_mode & 0o777 for name in ("", "reports") + names],
                [0o700, 0o700] + [0o600] * len(names))
    files = [report / f"reports/h{number}.jsonl" for number in before]
    merged = subprocess.run([fleet.program, "report", "--json", "--merge", *files], capture_output=True, check=True).stdout
    merged = [json.loads(line) for line in merged.splitlines()]
    cases.equal("report: the page's accounts, by host", [(row["machine"], row["state"]) for row in merged if row["type"] == "account"],
                sorted((host, "switched") for host, row in document["hosts"].items() for _ in row["scan"]))
    page = (report / "fleet.html").read_text()
    cases.check("report: the page has every account and change", all(row["change"] in page for row in merged if row["type"] == "recorded"))
    again = play("switch", everybody)
    cases.check("role: again unchanged", again.rc == 0 and "changed=0" in again.output
                and not [line for line in again.output.splitlines() if "changed=" in line and "changed=0" not in line], again.output[-1500:])
    # The last playbook has switched nothing.
    back = play("rollback", common)
    cases.check("rollback playbook: what the last one did is nothing", back.rc == 0 and all(not back("Take changes back", host).changed
                for host in ("h7", "h8", "h9")), back.output[-2000:])
    back = play("rollback", dict(common, profile_rewriter_rollback={}))
    cases.check("rollback playbook: everything", back.rc == 0, back.output[-2000:])
    cases.equal("rollback of the fleet: byte for byte", {number: homes(fleet.hosts[number]) for number in before}, before)
    cases.check("rollback playbook: again unchanged", not play("rollback", dict(common, profile_rewriter_rollback={}))("Take changes back", "h9").changed)
    misspelt = play("switch", dict(everybody, profile_rewriter_options=dict(all_user=True)), "--check")
    cases.check("role: a misspelt option is an error", misspelt.rc != 0 and "all_user" in misspelt.output
                and not misspelt.has("What would change", "h7"), misspelt.output[-1500:])
    cases.check("role: nothing to warn of", "WARNING" not in run.output, run.output[run.output.find("WARNING"):][:800])
    fleet.hosts[9].stop()
    gone = play("switch", dict(everybody, fleet_max_fail_percentage=50), "--check")
    cases.check("role: a host that is gone stands in the report", json.loads((report / "fleet.json").read_text())["hosts"]["h9"]["missing"]
                and gone.has("Switch the rest", "h7"), gone.output[-1500:])
    cases.check("role: and its accounts in the page are marked", "h9 (earlier report)" in (report / "fleet.html").read_text())


def homes(host):
    """Content of a host's homes, from outside."""
    return files_below(host.homes)


def files_below(directory):
    found = {}
    for directory, _, files in os.walk(directory):
        for name in files:
            path = os.path.join(directory, name)
            if name != ".parentlock" and "/.ansible/" not in path:
                with open(path, "rb") as file:
                    found[path] = file.read()
    return found


def documentation(fleet):
    """What ansible-doc makes of it, and that examples are tasks."""
    import yaml

    cases, name = fleet.cases, "profilerewriter.profile_rewriter."
    for module in ("mail_accounts", "fleet_report", "last_switch"):
        rc, out = fleet.ansible.run("ansible-doc", "-t", "module", "--json", name + module)
        doc = json.loads(out)[name + module] if rc == 0 else {}
        cases.check(f"ansible-doc renders {module}", rc == 0 and doc["doc"]["options"] and doc["return"] and doc["examples"], out[-1500:])
        tasks = yaml.safe_load(doc["examples"])
        wrong = [key for task in tasks for key in task[name + module] if key not in doc["doc"]["options"]]
        cases.equal(f"examples of {module} use its options", wrong, [])
        cases.equal(f"options of {module} are documented and there", set(doc["doc"]["options"]), spec_of(fleet, module))
    rc, out = fleet.ansible.run("ansible-doc", "-t", "role", name + "switch")
    cases.check("ansible-doc renders the role", rc == 0 and "profile_rewriter_canary" in out, out[-1500:])
    for book in ("switch", "rollback"):
        rc, out = fleet.ansible.run("ansible-playbook", "--syntax-check", name + book)
        cases.check(f"playbook {book} is well-formed", rc == 0, out[-1500:])


def spec_of(fleet, module):
    """The names that the module itself takes."""
    code = ("import sys, importlib; from unittest import mock\n"
            "module = importlib.import_module('ansible_collections.profilerewriter.profile_rewriter.plugins.modules.' + sys.argv[1])\n"
            "class Seen(Exception): pass\n"
            "def see(argument_spec, **_): print(*argument_spec); raise Seen\n"
            "with mock.patch.object(module, 'AnsibleModule', see):\n"
            "    try: module.main()\n"
            "    except Seen: pass\n")
    done = subprocess.run([fleet.ansible.programs / "python", "-c", code, module], capture_output=True, text=True,
                          env=dict(os.environ, PYTHONPATH=str(fleet.ansible.collections), PYTHONDONTWRITEBYTECODE="1"))
    return set(done.stdout.split())


def call(fleet, module, function, *arguments):
    """What a function of the collection answers, as JSON."""
    code = ("import sys, importlib, json\n"
            "module = importlib.import_module('ansible_collections.profilerewriter.profile_rewriter.plugins.' + sys.argv[1])\n"
            "print(json.dumps(getattr(module, sys.argv[2])(*json.loads(sys.argv[3]))))\n")
    return subprocess.run([fleet.ansible.programs / "python", "-c", code, module, function, json.dumps(arguments)], capture_output=True,
                          text=True, check=True, env=dict(os.environ, PYTHONPATH=str(fleet.ansible.collections), PYTHONDONTWRITEBYTECODE="1")).stdout


def await_line(read, words, seconds=20):
    """Whether a log has these words, now or soon: a server writes when it comes to it."""
    end = time.monotonic() + seconds
    while words not in read():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


class Watch:
    """Looks at the arguments and environments of all processes, again and again."""

    def __init__(self, *secrets):
        self.secrets, self.seen, self.looked, self.stopped = [secret.encode() for secret in secrets], set(), 0, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self.stopped.is_set():
            for pid in filter(str.isdigit, os.listdir("/proc")):
                for file in ("cmdline", "environ"):
                    try:
                        with open(f"/proc/{pid}/{file}", "rb") as opened:
                            data = opened.read()
                    except OSError:
                        continue
                    if any(secret in data for secret in self.secrets):
                        self.seen.add(data[:200])
            self.looked += 1
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


class Greeter:
    """A server that speaks as much IMAP as a test without a login asks for."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    @staticmethod
    def _talk(connection):
        with connection, connection.makefile("rwb", buffering=0) as lines:
            lines.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
            for line in lines:
                tag, command = (line.split() + [b"", b""])[:2]
                lines.write({b"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", b"LOGOUT": b"* BYE\r\n"}.get(command.upper(), b"") + tag + b" OK done\r\n")
                if command.upper() == b"LOGOUT":
                    return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Locals:
    """The playbooks on hosts by local connection, each with its directory of homes."""

    def __init__(self, fleet, name):
        self.fleet, self.report = fleet, fleet.scratch / f"{name}-report"
        for host in LOCAL:
            shutil.rmtree(fleet.scratch / host, ignore_errors=True)
            shutil.rmtree(fleet.scratch / f"{host}-state", ignore_errors=True)

    def home(self, host, name, fixture="thunderbird/plain/home"):
        place = os.path.join(os.fsencode(self.fleet.scratch / host), os.fsencode(name))
        shutil.copytree(os.fsencode(self.fleet.fixtures / fixture), place, symlinks=True)
        return os.fsdecode(place)

    def play(self, book, hosts, *words, executable=None, **more):
        variables = {"fleet": hosts, "profile_rewriter_report": str(self.report), "profile_rewriter_report_executable": str(self.fleet.program),
                     "profile_rewriter_common": dict(executable=str(executable or self.fleet.program), state_dir="{{ dir }}-state"),
                     "profile_rewriter_test_options": dict(timeout=5)}
        variables.update((name if name.startswith("fleet_") else "profile_rewriter_" + name, value) for name, value in more.items())
        return self.fleet.ansible.run_book(f"profilerewriter.profile_rewriter.{book}", "-e", json.dumps({k: v for k, v in variables.items() if v is not None}), *words)

    def trees(self, *hosts):
        return {path: hash(data) for host in hosts for path, data in files_below(self.fleet.scratch / host).items()}

    def document(self):
        return json.loads((self.report / "fleet.json").read_text())["hosts"]

    def program(self, name, text):
        path = self.fleet.scratch / name
        path.write_text(text.replace("PROGRAM", str(self.fleet.program)))
        path.chmod(0o755)
        return path


# Somebody starts the client as soon as their profile is to be taken back.
STARTS_THE_CLIENT = """#!/usr/bin/python3
import fcntl, glob, subprocess, sys
held = []
if sys.argv[1] == "rollback":
    for profile in glob.glob("HOMES/*/.thunderbird/lab00001.default-default"):
        held.append(open(profile + "/.parentlock", "a+"))
        fcntl.lockf(held[-1], fcntl.LOCK_EX)
sys.exit(subprocess.call(["PROGRAM"] + sys.argv[1:]))
"""
HALF_A_REPORT = """#!/bin/sh
[ "$1" = report ] || exec PROGRAM "$@"
PROGRAM "$@" | sed 's/"state":"switched"/"state":"half-switched"/'
"""


def tested_canary(fleet):
    """A canary passes by the accounts that it has switched, by all of them and by no others."""
    cases, local = fleet.cases, Locals(fleet, "tested")
    with Greeter() as server:
        alive = dict(imap_host="127.0.0.1", imap_port=server.port, security="none", allow_weaker=True)
        dead = dict(imap_host="127.0.0.1", imap_port=1)
        # One of two accounts is on a server that does not answer any more; it is none of the canary.
        both = local.home("l1", "both", "thunderbird/two/home")
        subprocess.run([fleet.program, "apply", "--state", fleet.scratch / "l1-other", "--match", "bob@lab.test", "--imap-host", "127.0.0.1",
                        "--imap-port", "1", both], check=True, capture_output=True)
        play = local.play("switch", "l1", options=dict(alive, paths=[both], match="alice@lab.test"))
        cases.check("canary: another account's dead server takes nobody back", play.rc == 0 and play("Switch the canary").changed
                    and {row["account"] for row in play("Test the canary").rows} == {"account1"}, play.output[-2000:])
        # Named by their profile.
        one = local.home("l2", "one")
        play = local.play("switch", "l2", options=dict(alive, paths=[f"{one}/{PROFILE}"]))
        cases.check("canary: a profile by its path is tested", play.rc == 0 and play("Test the canary").summary["failed"] == 0
                    and play("Test the canary").rows, play.output[-2000:])
        # Names that are no text, and links: a dead server is found out.
        local.home("l3", b"caf\xe9")
        lists = fleet.scratch / "l3-homes"
        lists.write_bytes(os.fsencode(fleet.scratch / "l3") + b"/caf\xe9\n")
        before = local.trees("l3")
        play = local.play("switch", "l3", options=dict(dead, homes_from=str(lists)))
        cases.check("canary: a home whose name is no text is tested", play.rc != 0 and "nothing listens" in play("The canary failed").msg
                    and "; it was taken back" in play("The canary failed").msg, play.output[-2000:])
        cases.equal("canary: and was taken back byte for byte", local.trees("l3"), before)
        os.symlink(one, fleet.scratch / "l4")
        local.play("rollback", "l2", rollback={"last": True})
        play = local.play("switch", "l4", options=dict(dead, allow_links=True, paths=["{{ dir }}"]))
        cases.check("canary: a home that is a link is tested", play.rc != 0 and "nothing listens" in play("The canary failed").msg, play.output[-2000:])
        os.unlink(fleet.scratch / "l4")
        # What cannot be tested has not passed.
        tasks = [
            dict(step("switch", paths=[one], state_dir=str(fleet.scratch / "l2-state"), executable=str(fleet.program), **alive), register="made"),
            step("good", state="tested", changes="{{ made.backup_ids }}", login=False, state_dir=str(fleet.scratch / "l2-state"), executable=str(fleet.program)),
            shell("gone", f"mv {one} {one}.away"),
            step("not there", state="tested", changes="{{ made.backup_ids }}", login=False, fail_on_refused=True, state_dir=str(fleet.scratch / "l2-state"),
                 executable=str(fleet.program)),
            shell("back", f"mv {one}.away {one}"),
            step("with paths", state="tested", changes="{{ made.backup_ids }}", paths=[one], executable=str(fleet.program)),
            step("unknown", state="tested", changes=["abcdefghij"], state_dir=str(fleet.scratch / "l2-state"), executable=str(fleet.program)),
        ]
        play = fleet.ansible.play("localhost", tasks)
        cases.check("tested by changes: outgoing servers decide nothing", not play("good").failed and play("good").rc == 0
                    and any(row["protocol"] == "smtp" and row["status"] == "failed" for row in play("good").rows), play("good").result)
        cases.check("tested by changes: an account without a test has not passed", play("not there").failed
                    and [row["account"] for row in play("not there").refused] == ["account1"], play("not there").result)
        cases.check("tested by changes: no other selection", play("with paths").failed and "paths" in play("with paths").msg)
        cases.check("tested by changes: an unknown id", play("unknown").failed and play("unknown").code == "not-found", play("unknown").result)


def kept_canary(fleet):
    """A canary that fails and that its users do not let go back."""
    cases, local, dead = fleet.cases, Locals(fleet, "kept"), dict(imap_host="127.0.0.1", imap_port=1)
    for name in ("u1", "u2"):
        local.home("l1", name)
    program = local.program("starts-the-client", STARTS_THE_CLIENT.replace("HOMES", str(fleet.scratch / "l1")))
    play = local.play("switch", "l1", executable=program, options=dict(dead, paths=["{{ dir }}/u1", "{{ dir }}/u2"]))
    said = [play("The canary failed").msg, local.document()["l1"]["msg"], (local.report / "fleet.md").read_text()] if play.has("The canary failed", "l1") else []
    cases.check("canary: that it could not be taken back is said, and why", play.rc != 0 and said and all("2 of its 2 accounts could NOT be taken back" in text
                and "client-running: 2" in text.replace("\\", "") and "it was taken back" not in text for text in said), said or play.output[-2000:])
    cases.check("canary: with the ids of the changes", said and all(name in said[0] for name in play("Switch the canary").backup_ids), said)


def undone_playbook(fleet):
    """The playbook rollback takes back what the playbook switch has done, and no more."""
    cases, local = fleet.cases, Locals(fleet, "undone")
    people = [f"u{number}" for number in range(1, 5)]
    for host in ("l1", "l2"):
        for name in people:
            local.home(host, name)
    options = dict(TARGET, paths=["{{ dir }}/" + name for name in people])
    # Somebody was switched before.
    local.play("switch", "l1:l2", options=dict(TARGET, paths=["{{ dir }}/u1"]), test=False)
    before = local.trees("l1", "l2")
    nothing = local.play("rollback", "l1", report=str(fleet.scratch / "no-report"))
    cases.check("rollback playbook: without a note it asks what to take back", nothing.rc != 0 and "profile_rewriter_rollback" in nothing.output
                and local.trees("l1", "l2") == before, nothing.output[-1500:])
    run = local.play("switch", "l1", options=options, canary=1, test=False)
    cases.check("rollback playbook: a canary and the rest were switched", run.rc == 0 and len(run("Switch the canary").changes) == 1
                and len(run("Switch the rest").changes) == 2, run.output[-1500:])
    check = local.play("switch", "l1:l2", "--check", options=options, canary=1, test=False)
    cases.check("check mode leaves the results of runs in the report", check.rc == 0 and local.document()["l1"]["apply"]["applied"] == 2
                and not local.document()["l1"]["checked"] and local.document()["l1"]["check"]["checked"], local.document()["l1"])
    back = local.play("rollback", "l1:l2")
    cases.check("rollback playbook: takes back both", back.rc == 0 and len(back("Take changes back", "l1").changes) == 3, back.output[-1500:])
    cases.equal("rollback playbook: every host is as it was before the playbook", local.trees("l1", "l2"), before)
    again = local.play("rollback", "l1:l2")
    cases.check("rollback playbook: again unchanged", again.rc == 0 and local.trees("l1", "l2") == before, again.output[-1500:])

    # What others did since is no switch: finish for an older change, and backup restore.
    rows = [dict(change=name, completes=completes, accounts=accounts) for name, completes, accounts in
            (("d", None, []), ("c", "a", [1]), ("b", None, [1]), ("a", None, [1]))]
    cases.equal("since: switches only", json.loads(call(fleet, "module_utils.journal", "switched_since", "a", rows)), ["b"])
    cases.equal("since: from the start", json.loads(call(fleet, "module_utils.journal", "switched_since", "start", rows)), ["b", "a"])

    # A conflict does not keep the others from going back.
    local.play("switch", "l1", options=options, canary=1, test=False)
    prefs = fleet.scratch / "l1/u3" / PROFILE / "prefs.js"
    prefs.write_text(prefs.read_text().replace('"imap.lab.test"', '"mail.example.com"'))
    back = local.play("rollback", "l1")
    cases.check("rollback playbook: a conflict fails, and the others are taken back", back.rc != 0 and len(back("Take changes back").changes) == 2
                and len(back("Take changes back").failures) == 1, back.output[-1500:])


def batches(fleet):
    """What ends a rollout, and what does not; and where its report is."""
    cases, local = fleet.cases, Locals(fleet, "batches")
    for host in LOCAL:
        local.home(host, "u1")
    options = dict(TARGET, paths=["{{ dir }}/u1"])
    before = local.trees(*LOCAL)
    usual = dict(options=options, test=False)
    nowhere = local.play("switch", "l1", report="/proc/none", **usual)
    cases.check("report: that it cannot be written is found out before the first switch", nowhere.rc != 0 and local.trees(*LOCAL) == before
                and not nowhere.has("Switch the canary", "l1"), nowhere.output[-1500:])
    alone = local.play("switch", "gone:l1", fleet_serial=1, **usual)
    cases.check("lost: a first batch that is gone is in the report", alone.rc != 0 and not alone.has("Switch the rest", "l1")
                and local.report.exists() and local.document()["gone"]["missing"], alone.output[-1500:])
    lost = local.play("switch", "l1:gone:l2", fleet_serial=[2, 1], **usual)
    cases.check("lost: the batch is the last one", lost.rc != 0 and lost.has("Switch the rest", "l1") and not lost.has("What would change", "l2")
                and "gone could not be reached" in lost.output, lost.output[-1500:])
    cases.check("lost: the report has who was there", local.document()["gone"]["missing"] and not local.document()["l1"]["missing"], local.document())
    half = local.play("switch", "l1:gone:l2", fleet_serial=[2, 1], fleet_max_fail_percentage=50, **usual)
    cases.check("lost: as many as may fail end nothing", half.has("Switch the rest", "l2"), half.output[-1500:])

    # A report that cannot be merged.
    program = local.program("half-a-report", HALF_A_REPORT)
    common = dict(executable="{{ '%s' if inventory_hostname == 'l3' else '%s' }}" % (program, fleet.program), state_dir="{{ dir }}-state")
    bad = local.play("switch", "l3:l4", fleet_serial=1, common=common, **usual)
    cases.check("report: one that cannot be merged ends no rollout", bad.rc == 0 and bad.has("Switch the rest", "l4"), bad.output[-1500:])
    table = (local.report / "fleet.md").read_text()
    cases.check("report: it is named", [line for line in table.splitlines() if line.startswith("| l3 ") and "NOT IN THE PAGE" in line]
                and not [line for line in table.splitlines() if line.startswith("| l4 ") and "NOT IN" in line], table)
    cases.check("report: the others are in the page", "l4" in (local.report / "fleet.html").read_text())
    broken = local.play("switch", "l4", "--check", report_executable="/no/such", **usual)
    cases.check("report: no page is a warning", broken.rc == 0 and "no page" in broken.output, broken.output[-1500:])

    usually = local.play("switch", "l4", "--check", report=None, **usual)
    place = fleet.scratch / "profile-rewriter-report"
    cases.check("report: by default where the playbook was started", usually.rc == 0 and (place / "fleet.json").exists()
                and not list(fleet.ansible.collections.rglob("profile-rewriter-report")), usually.output[-1500:])


def reports(fleet):
    """What the report makes of hosts that say nothing or nonsense."""
    cases, dest = fleet.cases, fleet.scratch / "reports-report"
    home = fleet.scratch / "reports-home"
    shutil.copytree(fleet.fixtures / "thunderbird/plain/home", home, symlinks=True)
    rows = "{{ reported.rows }}"
    play = fleet.ansible.play("localhost", [
        dict(step("report", state="reported", paths=[str(home)], executable=str(fleet.program), state_dir=str(fleet.scratch / "reports-state")), register="reported"),
        fleet_report("first", dest, fleet.program, host="one host", msg="well", report=rows, apply=dict(applied=1)),
        fleet_report("nothing but a name", dest, fleet.program, host="third host"),
        fleet_report("nulls", dest, fleet.program, host="third host", scan=None, refused=None, history=None),
        fleet_report("rows that are none", dest, fleet.program, host="fourth host", scan=["x"], report=rows),
        fleet_report("a number for rows", dest, fleet.program, host="one host", refused=3),
        fleet_report("no name", dest, fleet.program, failed=True),
        fleet_report("no report", dest, fleet.program, host="one host", msg="gone wrong", failed=True),
        shell("spoil", f"cp {dest}/fleet.md {dest}/kept.md; cp {dest}/fleet.html {dest}/kept.html; echo '[]' > {dest}/fleet.json"),
        fleet_report("spoilt", dest, "no-such-program", host="one host", report=rows),
    ])
    for name in ("nothing but a name", "nulls", "rows that are none", "no report", "spoilt"):
        cases.check(f"report: {name} is no error", not play(name).failed, play(name).result)
    cases.check("report: rows that are none are named", "fourth host" in str(play("rows that are none").result.get("warnings")), play("rows that are none").result)
    for name, word in (("a number for rows", "refused of one host"), ("no name", "without its name")):
        cases.check(f"report: {name} is an error that says so", play(name).failed and word in play(name).msg, play(name).result)
    cases.check("report: one from before is marked", "one host (earlier report)" in (dest / "kept.html").read_text())
    cases.equal("report: what is none is put aside", (dest / "fleet.json.unreadable").read_text(), "[]\n")
    cases.equal("report: and a new one begun", list(json.loads((dest / "fleet.json").read_text())["hosts"]), ["one host"])


PARTS = dict(usual=usual, own_home=own_home, hostile_names=hostile_names, refusals=refusals, canary=canary, evolution=evolution,
             passwords=passwords, not_there=not_there, role=role, tested_canary=tested_canary, kept_canary=kept_canary, undone_playbook=undone_playbook, batches=batches, reports=reports,
             documentation=documentation)
