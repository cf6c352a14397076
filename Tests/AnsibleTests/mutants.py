"""Faults planted in copies of the collection: the smoke must fail in every one of them."""
import shutil

from fleet.cases import Cases

MODULE = "plugins/modules/mail_accounts.py"
OPTIONS = "plugins/module_utils/options.py"
OUTCOME = "plugins/module_utils/outcome.py"
FORETELL = "plugins/module_utils/foretell.py"
REPORT = "plugins/modules/fleet_report.py"
COMMAND = "plugins/module_utils/command.py"
FAULTS = (
    ("check mode writes", MODULE, 'if module.check_mode and state == "switched":', "if False:"),
    ("undo in check mode writes", MODULE, 'if module.check_mode and state == "rolled_back":', "if False:"),
    ("what was unchanged counts as changed", OUTCOME, 'DONE = ("applied", "undone")', 'DONE = ("applied", "undone", "unchanged")'),
    ("a refusal fails", OUTCOME, "if self.rc in (0, 3):", "if self.rc == 0:"),
    ("a failure does not fail", OUTCOME, "if self.rc in (0, 3):", "if self.rc in (0, 1, 3):"),
    ("the limit is not handed on", OPTIONS, 'limit=({"switched"}, "--limit"),', 'limit=({"switched"}, "--lock-timeout"),'),
    ("check mode forgets the limit", FORETELL, "elif limit is not None and len(changed) >= limit:", "elif False:"),
    ("refusals are not told", OUTCOME, 'if row.get("status") not in LEFT or', "if True or"),
    ("the diff of an undo is the switch's", COMMAND, "reversed_diff(shown) if undone else shown", "shown"),
    ("options out of place are taken", OPTIONS, "if (state not in allowed or", "if (False or"),
    ("an empty list is everything", OPTIONS, "return any(params[name] == [] for", "return any(False for"),
    ("check mode takes any number", OPTIONS, "if params[name] is not None and params[name] < 1:", "if False:"),
    ("one bad report is everybody's", REPORT, "if left_out and len(left_out) < len(files):", "if False:"),
)


def run(cases, scratch, collection, run_smoke):
    for number, (name, file, old, new) in enumerate(FAULTS):
        copy = scratch / f"mutant{number}-collection"
        shutil.copytree(collection, copy, ignore=shutil.ignore_patterns("__pycache__"))
        text = (copy / file).read_text()
        cases.equal(f"mutant has its place: {name}", text.count(old), 1)
        (copy / file).write_text(text.replace(old, new))
        quiet = Cases(quiet=True)
        try:
            run_smoke(quiet, scratch / f"mutant{number}", copy)
        except AssertionError as error:
            quiet.failed.append(str(error)[:100])
        except AttributeError as error:
            quiet.failed.append(str(error)[:100])
        cases.check(f"mutant found: {name}", quiet.failed)
        print(f"mutant {name}: found by {quiet.failed[:2]}", flush=True)
