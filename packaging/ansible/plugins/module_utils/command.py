# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""Runs the profile-rewriter command and reads what it prints."""

from __future__ import annotations

import json
import os

from ansible.module_utils.common.text.converters import to_bytes, to_text

# The exit statuses of docs/codes.md that leave rows and a summary.
WITH_ROWS = (0, 1, 3, 4, 5, 6)


class CommandFailure(Exception):
    """The command could not be started, or could not go on."""

    def __init__(self, msg, **more):
        super().__init__(msg)
        self.result = dict(dict(msg=msg, changed=False, changes=[], backup_ids=[], refused=[], failures=[], ended_by=None), **more)


class Answer:
    """The rows of a run, its summary and its exit status."""

    def __init__(self, rows, summary, rc):
        self.rows, self.summary, self.rc = rows, summary, rc


class Command:
    def __init__(self, module):
        self.module = module

    def program(self):
        name = self.module.params["executable"]
        if os.path.isabs(name):
            if os.path.isfile(name) and os.access(name, os.X_OK):
                return name
        else:
            found = self.module.get_bin_path(name)
            if found:
                return found
        raise CommandFailure("there is no program %s on this host: install profile-rewriter, or set executable" % name, rc=127)

    def run(self, command, words=(), data="", password=None):
        """The rows that the command prints. Raises CommandFailure when it did not come to its summary."""
        rc, out, err = self.start(command + list(words), data, password)
        rows = []
        for line in out.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict) or "type" not in row:
                raise CommandFailure("this is no answer of profile-rewriter: %s" % to_text(line[:200], errors="replace"), rc=rc)
            rows.append(row)
        results = [row for row in rows if row["type"] not in ("summary", "error")]
        summaries = [row for row in rows if row["type"] == "summary"]
        errors = [row for row in rows if row["type"] == "error"]
        if errors or not summaries or rc not in WITH_ROWS:
            raise self.failure(results, errors, rc, err)
        return Answer(results, summaries[-1], rc)

    @staticmethod
    def failure(results, errors, rc, err):
        # A run that was broken off may have changed something.
        done = [row for row in results if row.get("status") in ("applied", "undone")]
        left = [row for row in results if row.get("status") in ("refused", "conflict", "failed")]
        ids = list(dict.fromkeys(row["change"] for row in done))
        error = errors[-1] if errors else dict(code="no-answer", text="exit status %d; %s" % (rc, err.strip()[-500:] or "nothing was said"))
        return CommandFailure(error["text"], code=error["code"], rc=rc, changed=bool(done), changes=done, backup_ids=ids, refused=left)

    def text(self, command, words=(), data="", password=None):
        """What the command prints for people."""
        return to_text(self.start(command + list(words), data, password)[1], errors="replace")

    def diff_of_changes(self, rows, backwards=False):
        """The diffs of recorded changes, each once, in the order of the rows."""
        texts, seen = [], set()
        for row in rows:
            if row["change"] in seen:
                continue
            seen.add(row["change"])
            undone = backwards or row.get("status") == "undone"
            words = ["--format=diff"]
            if self.module.params["state_dir"] is not None:
                words.append("--state=%s" % self.module.params["state_dir"])
            shown = self.text(["show", row["change"]], words)
            texts.append("# change %s%s\n%s" % (row["change"], ", taken back" if undone else "", reversed_diff(shown) if undone else shown))
        return "\n".join(texts)

    def start(self, words, data, password):
        environment = dict(NO_COLOR="1", LC_ALL="C.UTF-8")
        reader = None
        if password is not None:
            # A pipe that is full before the program starts, and that nobody else can read.
            reader, writer = os.pipe()
            os.write(writer, to_bytes(password) + b"\n")
            os.close(writer)
            words = [words[0], "--password-fd=%d" % reader] + words[1:]
        try:
            rc, out, err = self.module.run_command(
                [to_bytes(word, errors="surrogateescape") for word in [self.program()] + words],
                data=to_bytes(data, errors="surrogateescape"),
                binary_data=True,
                encoding=None,
                expand_user_and_vars=False,
                environ_update=environment,
                pass_fds=() if reader is None else (reader,),
            )
        finally:
            if reader is not None:
                os.close(reader)
        return rc, out, to_text(err, errors="replace")


def reversed_diff(text):
    """The same unified diff the other way round: what an undo writes."""
    lines, taken, given = [], [], []

    def flush():
        lines.extend(given + taken)
        del taken[:], given[:]

    for line in text.split("\n"):
        if line.startswith("--- "):
            flush()
            taken.append("+++ " + line[4:])
        elif line.startswith("+++ "):
            given.append("--- " + line[4:])
            flush()
        elif line.startswith("-"):
            taken.append("+" + line[1:])
        elif line.startswith("+"):
            given.append("-" + line[1:])
        elif line.startswith("\\"):
            (given if given else taken).append(line)
        else:
            flush()
            if line.startswith("@@ -"):
                old, new = line.split(" ")[1:3]
                line = "@@ -%s +%s @@" % (new[1:], old[1:])
            lines.append(line)
    flush()
    return "\n".join(lines)
