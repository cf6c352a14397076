"""One host by local connection: check, apply, again, undo. Also what mutants of the collection have to fail in."""
import shutil

from fleet.cases import changed_lines, same_outcome
from fleet.playing import Ansible, fleet_report, step, tree

INVENTORY = {"all": {"hosts": {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}}}}


def run(cases, programs, scratch, collections, program, fixtures):
    homes = scratch / "homes"
    for name in ("good", "other", "overridden"):
        shutil.copytree(fixtures / "thunderbird/plain/home", homes / name, symlinks=True)
    profile = homes / "overridden/.thunderbird/lab00001.default-default"
    (profile / "user.js").write_text('user_pref("mail.server.server1.type", "pop3");\n')

    def merge(name, rows, executable, host="one host"):
        return fleet_report(name, scratch / "report", executable, host=host, report=rows)

    ansible = Ansible(programs, scratch, collections, INVENTORY)
    common = dict(executable=str(program), state_dir=str(scratch / "state"))
    some = dict(common, paths=[str(homes / name) for name in ("good", "other", "overridden")])
    switch = dict(some, imap_host="imap.lab.test")
    play = ansible.play("localhost", [
        tree("before", homes),
        step("check", check=True, diff=True, **switch),
        step("check of one", check=True, limit=1, **switch),
        tree("after check", homes),
        step("one", limit=1, **switch),
        step("run", diff=True, **switch),
        step("again", **switch),
        dict(step("report", state="reported", **some), register="reported"),
        merge("page", "{{ reported.rows }}", str(program)),
        merge("no command here", "{{ reported.rows }}", "no-such-program"),
        merge("half a report", "{{ reported.rows[:-1] }}", str(program), host="another host"),
        step("undo of no ids", state="rolled_back", changes=[], **common),
        step("check undo of no ids", state="rolled_back", changes=[], check=True, **common),
        step("undo below no paths", state="rolled_back", paths=[], **common),
        step("check undo", state="rolled_back", check=True, **common),
        step("undo", state="rolled_back", diff=True, **common),
        step("undo again", state="rolled_back", **common),
        tree("after undo", homes),
        step("wrong option", state="scanned", limit=1, **some),
        step("check of limit 0", limit=0, check=True, **switch),
        step("gone", **dict(switch, paths=[str(homes / "none")])),
        step("gone tolerated", max_failures=2, **dict(switch, paths=[str(homes / "none")])),
    ])
    check, one, again, undo = play("check"), play("one"), play("again"), play("undo")
    page = (scratch / "report/fleet.html").read_text()
    cases.check("check: would change two, refuses one", check.changed and len(check.changes) == 2 and len(check.refused) == 1, check.result)
    cases.equal("check: changes nothing", play("after check").stdout, play("before").stdout)
    cases.equal("check of a canary equals its run", *same_outcome(play("check of one"), one, unchanged=False))
    cases.check("canary: one profile", len(one.changes) == 1 and one.ended_by == "limit", one.result)
    cases.check("run: the rest, and not failed by a refusal", play("run").changed and len(play("run").changes) == 1 and not play("run").failed)
    cases.equal("run: the reason is told", [row["reason"] for row in play("run").refused], ["overridden-by-user-js"])
    cases.check("again: unchanged", not again.changed and not again.changes and not again.failed, again.result)
    cases.check("report: the page names the host and every change", play("page").result["page"] == str(scratch / "report/fleet.html")
                and all(word in page for word in ["one host", *one.backup_ids, *play("run").backup_ids]), play("page").result)
    cases.check("report: no page without the command, and no failure", play("no command here").result["page"] == ""
                and not play("no command here").failed, play("no command here").result)
    half = play("half a report")
    cases.check("report: half a report is named, and keeps no other from the page", not half.failed and half.result["page"]
                and "another host" in str(half.warnings) and "it ends without the summary" in str(half.warnings), half.result)
    for name in ("undo of no ids", "check undo of no ids", "undo below no paths"):
        cases.check(f"{name}: nothing", not play(name).failed and not play(name).changed, play(name).result)
    cases.check("check of a limit that is none", play("check of limit 0").failed and play("check of limit 0").rc == 64, play("check of limit 0").result)
    cases.equal("check of undo equals its run", *same_outcome(play("check undo"), undo))
    cases.check("undo: two", undo.changed and undo.summary["undone"] == 2, undo.result)
    cases.equal("undo: exact", play("after undo").stdout, play("before").stdout)
    cases.check("undo again: unchanged", not play("undo again").changed, play("undo again").result)
    cases.check("diff of check holds that of run", set(changed_lines(play("run").diff_text)) <= set(changed_lines(check.diff_text))
                and changed_lines(play("run").diff_text), check.diff_text)
    cases.check("diff of undo is its reverse", '+user_pref("mail.server.server1.type", "pop3");' in undo.diff_text
                and '-user_pref("mail.server.server1.type", "imap");' in undo.diff_text, undo.diff_text)
    cases.check("an option that the state does not take", play("wrong option").failed and "limit" in play("wrong option").msg)
    cases.check("a failure fails", play("gone").failed and play("gone").failures, play("gone").result)
    cases.check("fewer failures than max_failures do not", play("gone tolerated").status == "ok" and not play("gone tolerated").failed and play("gone tolerated").failures,
                play("gone tolerated").result)
