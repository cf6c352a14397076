"""What a journal says, read with Python's own SQLite from a copy, by docs/journal-format.md alone."""
import os
import re
import shutil
import sqlite3
import tempfile

NAME = "journal.sqlite"
LIVE = ("", "-wal", "-journal")  # -shm is made anew from the log
UNSETTLED = {"prepared", "undoing", "conflict"}
TABLES = ("run", "change", "relocation", "account", "warning", "file", "edit", "span", "element", "branch", "undo", "undo_file",
          "undo_value")


class Journal:
    """`problems`: what is unsound. `states`: the changes' states, oldest first. `content`: every row, for comparing."""

    def __init__(self, problems=(), states=(), content=()):
        self.problems = list(problems)
        self.states = list(states)
        self.content = content


def of_state_directory(state):
    """Of a copy, since opening a database settles it, too."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(state)) as directory:
        for suffix in LIVE:
            if os.path.exists(os.path.join(state, NAME + suffix)):
                shutil.copyfile(os.path.join(state, NAME + suffix), os.path.join(directory, NAME + suffix))
        return of_copy(os.path.join(directory, NAME))


def of_copy(path):
    if not os.path.exists(path) or os.path.getsize(path) == 0 and not os.path.exists(path + "-wal"):
        return Journal()
    try:
        database = sqlite3.connect(path)
        try:
            return _read(database)
        finally:
            database.close()
    except sqlite3.DatabaseError as error:
        return Journal([f"the journal cannot be read: {error}"])


def _read(database):
    problems = [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    problems += [f"a row of {row[0]} belongs to nothing" for row in database.execute("PRAGMA foreign_key_check")]
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "change" not in tables:  # a first run that was cut off before the tables were made
        return Journal(problems + ([f"tables but no changes: {sorted(tables)}"] if tables - {"grdb_migrations", "sqlite_sequence"} else []))
    if database.execute("PRAGMA application_id").fetchone()[0] != 0x50525752:
        problems.append("no application id")
    states = [(row[0] if not row[1] else "abandoned") for row in database.execute("SELECT state, abandoned FROM change ORDER BY number")]
    content = tuple((table, tuple(sorted(database.execute(f'SELECT * FROM "{table}"'), key=repr))) for table in TABLES if table in tables)
    return Journal(problems, states, content)


def litter(state):
    """What lies in a state directory and has no business there once every program has ended.

    Where the database has nothing in it yet, SQLite has not looked at what it was making beside it: the next run that writes
    does.
    """
    if not os.path.exists(state):
        return []
    database = os.path.join(state, NAME)
    begun = os.path.exists(database) and os.path.getsize(database) > 0
    known = re.compile(rf"{NAME}$|locks$" if begun else rf"{NAME}(-journal|-wal|-shm)?$|locks$")
    found = [name for name in os.listdir(state) if not known.match(name)]
    locks = os.path.join(state, "locks")
    if os.path.exists(locks) and not (os.path.isfile(locks) and os.path.getsize(locks) == 0):
        found.append("locks, which is no empty file")
    return sorted(found)
