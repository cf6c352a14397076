"""Plays tasks with the real ansible-playbook and reads what came of each."""
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
MODULE = "profilerewriter.profile_rewriter.mail_accounts"
REPORT = "profilerewriter.profile_rewriter.fleet_report"
# Everything below a directory by its content, but for what ansible, the client's lock and a journal leave there.
TREE = ("cd {directory} && find . \\( -name .ansible -o -path '*/.local/state' \\) -prune -o -type f ! -name .parentlock"
        " -print0 | sort -z | xargs -0 -r sha256sum | cat -v")


def step(name, *, check=None, diff=False, user=None, as_user=None, **options):
    """A task with the module."""
    task = {"name": name, MODULE: options, "diff": diff, "ignore_errors": True}
    if check is not None:
        task["check_mode"] = check
    if user:
        task["vars"] = {"ansible_user": user}
    if as_user:
        task.update(become=True, become_user=as_user)
    return task


def fleet_report(name, dest, executable, *hosts, **host):
    """A task with the report of hosts, of one by its parts."""
    options = dict(dest=str(dest), executable=str(executable), hosts=list(hosts) or [host])
    return {"name": name, REPORT: options, "ignore_errors": True}


def shell(name, command):
    return {"name": name, "ansible.builtin.shell": command, "check_mode": False, "ignore_errors": True}


def tree(name, directory="/home"):
    return shell(name, TREE.format(directory=directory))


class Task:
    """What came of one task on one host."""

    def __init__(self, line):
        self.status, self.result = line["status"], line["result"]

    def __getattr__(self, name):
        try:
            return self.result[name]
        except KeyError:
            raise AttributeError(f"no {name} in {json.dumps(self.result)[:600]}") from None

    @property
    def failed(self):
        return self.status == "failed"

    @property
    def diff_text(self):
        diff = self.result.get("diff")
        diffs = diff if isinstance(diff, list) else [diff or {}]
        return "".join(part.get("prepared", "") for part in diffs)


class Play:
    def __init__(self, rc, output, lines):
        self.rc, self.output = rc, output
        self.tasks = {(line["host"], line["task"].split(" : ")[-1]): Task(line) for line in lines}
        self.order = [(line["host"], line["task"].split(" : ")[-1], line["status"]) for line in lines]

    def __call__(self, name, host=None):
        """The result of a task, of the only host that has it."""
        found = [task for (of, task_name), task in self.tasks.items() if task_name == name and host in (None, of)]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} results of {name!r} at {host}; {self.output[-1500:]}")
        return found[0]

    def has(self, name, host):
        return (host, name) in self.tasks


class Ansible:
    def __init__(self, programs, scratch, collections, inventory):
        self.programs, self.scratch, self.collections = pathlib.Path(programs), pathlib.Path(scratch), pathlib.Path(collections)
        self.inventory = self.scratch / "inventory.json"
        self.inventory.write_text(json.dumps(inventory))
        (self.scratch / "ansible.cfg").write_text(
            "[defaults]\nhost_key_checking = False\nretry_files_enabled = False\ndeprecation_warnings = False\n"
            f"[ssh_connection]\npipelining = True\nssh_args = -o ControlMaster=auto -o ControlPersist=60s"
            f" -o ControlPath={self.scratch}/c-%C -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5\n")
        self.count = 0

    def environment(self, **more):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return dict(environment, ANSIBLE_CONFIG=str(self.scratch / "ansible.cfg"), ANSIBLE_COLLECTIONS_PATH=str(self.collections),
                    ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callback_plugins"), ANSIBLE_CALLBACKS_ENABLED="record",
                    ANSIBLE_HOME=str(self.scratch / "ansible-home"), ANSIBLE_LOCALHOST_WARNING="False", LC_ALL="C.UTF-8",
                    PATH=f"{self.programs}:{os.environ['PATH']}", HOME=str(self.scratch), PWD=str(self.scratch), **more)

    def play(self, hosts, tasks, *words, **play):
        """Plays tasks on hosts. `words` go to ansible-playbook."""
        book = [dict(dict(hosts=hosts, gather_facts=False, tasks=tasks), **play)]
        self.count += 1
        path = self.scratch / f"play{self.count}.yml"
        path.write_text(json.dumps(book))
        return self.run_book(path, *words)

    def run_book(self, book, *words):
        self.count += 1
        record = self.scratch / f"record{self.count}"
        done = subprocess.run([self.programs / "ansible-playbook", "-i", self.inventory, book, *words], capture_output=True,
                              text=True, env=self.environment(FLEET_RECORD=str(record)), cwd=self.scratch, timeout=600)
        lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        return Play(done.returncode, done.stdout + done.stderr, lines)

    def run(self, program, *words):
        done = subprocess.run([self.programs / program, *words], capture_output=True, text=True, env=self.environment(),
                              cwd=self.scratch, timeout=300)
        return done.returncode, done.stdout + done.stderr
