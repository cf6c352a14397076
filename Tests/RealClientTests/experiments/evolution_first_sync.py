#!/usr/bin/env python3
"""Whether `finish` ever lets Evolution's rules loose on old mail: evolution_first_sync.py [--program PATH] [CASE…]

Each case lays out a fixture whose rule moves incoming mail, lets profile-rewriter switch it, and cuts Evolution's first
synchronisation off at a moment that a proxy sees in the conversation with the server. Then `finish` is asked, Evolution runs
to its end, and the server and the local folders are counted. Where `finish` had to wait it is asked again after that, and
Evolution runs once more. The control turns the rules on by hand instead: they must treat old mail, or the cases would show
nothing. The facts behind it: docs/clients/evolution-findings.md. One line for each case; the exit status is 0 when all pass.
"""
import argparse
import itertools
import logging
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lab import fixtures, keyfile
from lab.dovecot import Dovecot
from lab.evolution import Evolution, Store
from lab.imap_proxy import ImapProxy
from lab.rewriter import Rewriter
from lab.scratch import Scratch

FIXTURE = "filters"
LISTS = "Lists"     # where its rule moves mail from @lists.test
MAIL = 1500         # messages in INBOX at the first switch
LATER = 300         # and those that come before the second
AT_ONCE = 100       # headers that Evolution asks for in one command
RATE = 400_000      # bytes a second
SLOW = 5_000        # so that Evolution is still busy when it is told to quit
PATIENCE = 90       # seconds

CHUNKS, LATER_CHUNKS = MAIL // AT_ONCE, LATER // AT_ONCE

# What Evolution says, in this order.
SELECT, FLAGS, HEADERS = r"^SELECT \"?INBOX", r"^UID FETCH 1:\* ", r"^UID FETCH .*RFC822\.HEADER"
OLD_FLAGS = r"^UID FETCH 1:\d+ \(UID FLAGS"  # with a cache, after all that is new

WAIT, DONE = "not-yet", "applied"
EITHER = (WAIT, DONE)

log = logging.getLogger(__name__)


class Unexpected(Exception):
    """What was found is not what must be."""


class Case:
    """A fixture and a server with much mail for the rule; `server` and `fixture` are there for the length of a `with`."""

    def __init__(self, program):
        self.program = program

    def __enter__(self):
        self.scratch = Scratch("experiment")
        self.server = Dovecot(self.scratch.directory("dovecot")).start()
        self.proxy = ImapProxy(self.server).start()
        ports = {**self.server.ports, "imaps": self.proxy.port}
        self.fixture = fixtures.copy_fixture(FIXTURE, self.scratch.path("home"), ports, fixtures.EVOLUTION_ROOT)
        self.store = Store(self.fixture)
        self.rewriter = Rewriter(self.scratch.path("state"), self.program)
        self.account, self.user = self.fixture.accounts[0]["account"], self.fixture.accounts[0]["user"]
        self.numbers = itertools.count(1)
        self.old, self.moved = set(), 0  # Message-IDs of what no rule may touch, and how much new mail the rule has moved
        self.server.seed(self.user, self.fixture.serverMail[self.user])
        self.old.update(message["Message-ID"] for message in self.server.messages(self.user))
        self.add_old(MAIL - len(self.old))
        return self

    def __exit__(self, *_):
        self.proxy.stop()
        self.server.stop()
        self.scratch.remove()

    # Mail and settings

    def add(self):
        """One message that the rule wants; returns its Message-ID."""
        identifier = f"<added-{next(self.numbers)}@lists.test>"
        self.server.add(self.user, {"From": "List <list@lists.test>", "Subject": "to the list", "Message-ID": identifier})
        return identifier

    def add_old(self, count):
        self.old.update(self.add() for _ in range(count))

    def touched(self):
        """How much old mail a rule has touched: marked as deleted or gone on the server, and copied to the local folder."""
        kept = {message["Message-ID"] for message in self.server.messages(self.user) if "T" not in message["X-Lab-Flags"]}
        return len(self.old - kept), self.in_lists() - self.moved

    def in_lists(self):
        """How much mail the rule has put into the local folder, old or new."""
        return self.store.local_folders()[LISTS] - self.fixture.folders[LISTS]

    def source(self):
        return os.path.join(self.fixture.profile, "sources", self.account + ".source")

    def rules(self):
        return keyfile.value(self.source(), "Imapx Backend", "FilterInbox")

    def turn_rules_on(self):
        """What `finish` does, without asking whether it may."""
        with open(self.source(), encoding="utf-8") as file:
            text = file.read()
        with open(self.source(), "w", encoding="utf-8") as file:
            file.write(text.replace("\nFilterInbox=false\n", "\nFilterInbox=true\n"))
        _expect("rules after they were turned on by hand", self.rules(), "true")

    def cached(self):
        return self.store.server_headers(self.account)

    # What is done

    def switch(self):
        rows = _patiently(lambda: self.rewriter.switch(self.fixture))
        _expect("the switch", [(row["status"], row["reason"]) for row in rows], [("applied", None)])
        _expect("rules after the switch", self.rules(), "false")

    def undo(self):
        rows = _patiently(lambda: self.rewriter.call("rollback", "--last").results)
        _expect("the undo", [(row["status"], row["reason"]) for row in rows], [("undone", None)])

    def client(self):
        return Evolution(self.fixture, self.scratch, timeout=PATIENCE)

    def kill_at(self, *moment, after=0):
        """Starts Evolution and kills it at this moment of the conversation, see `ImapProxy.watch`."""
        client = self.client()
        self.proxy.rate = RATE
        self.proxy.watch(lambda: client.process.kill(), *moment, after=after)
        self._run_until(client, self.proxy.done.is_set)

    def kill_when_written(self):
        """Kills Evolution as soon as its cache shows what only a complete synchronisation writes, committed or not."""
        self.proxy.rate = RATE
        self._run_until(self.client(), lambda: self.store.synchronised_to(self.account))

    def _run_until(self, client, condition):
        client.start(window=False)
        try:
            deadline = time.monotonic() + PATIENCE
            while not condition():
                if time.monotonic() > deadline:
                    raise Unexpected("the moment to kill Evolution did not come")
                time.sleep(0.002)
        finally:
            client.kill()

    def quit_half_way(self):
        """Evolution ends as its user wants while headers are on their way."""
        self.proxy.rate = RATE
        self.proxy.watch(lambda: setattr(self.proxy, "rate", SLOW), "answered", HEADERS, CHUNKS // 2)
        with self.client() as client:
            client.await_(self.proxy.done.is_set, "half of the headers")
            _expect("what asks or complains at the early end", client.quit(), [])
        self.proxy.rate = None

    def run_to_the_end(self):
        """Evolution gets all there is, and one new message that the rule wants; it must treat that one if it is on."""
        new, rules = self.add(), self.rules() == "true"
        wanted = len(self.old) + (not rules)
        self.moved += rules
        self.proxy.rate = None
        with self.client() as client:
            # the new one comes last of all that a rule could be given: when it has been moved, whatever was to be has been
            client.await_(lambda: self.in_lists() >= self.moved, "the rule to move new mail")
            client.await_(lambda: self.store.server_folders(self.account).get("INBOX", 0) >= wanted, f"{wanted} messages in INBOX")
            if not rules:  # then nothing has ever left INBOX; a cache of an earlier switch has a number already, a lower one
                client.await_(lambda: self.store.synchronised_to(self.account) > wanted, "the end of the synchronisation")
            _expect("what asks or complains", client.quit(), [])
        if not rules:
            self.old.add(new)  # old by now

    def finish(self):
        """Asks `finish` and returns its answer, which the setting must agree with."""
        rows = _patiently(lambda: self.rewriter.call("finish", self.fixture.home).results)
        found = [row["status"] if row["status"] == DONE else row["reason"] for row in rows if row["status"] != "unchanged"]
        if found not in ([WAIT], [DONE]):
            raise Unexpected(f"finish answered {rows}")
        _expect(f"rules after finish answered {found[0]}", self.rules(), "true" if found == [DONE] else "false")
        return found[0]

    def finish_and_look(self, answers):
        """Asks `finish` until it is done, with a run of Evolution after each answer, after which no old mail may be touched."""
        cached = self.cached()
        first = answer = self.finish()
        for answers in (answers, (DONE,)):
            if answer not in answers:
                raise Unexpected(f"finish answered {answer}, not {' or '.join(answers)}; {cached} of {len(self.old)} headers were there")
            self.run_to_the_end()
            log.info("finish: %s (%d of %d headers there); touched on the server and copied: %s", answer, cached, len(self.old), self.touched())
            _expect(f"old mail touched after finish answered {answer}", self.touched(), (0, 0))
            if answer == DONE:
                return
            cached, answer = self.cached(), self.finish()


def _patiently(call):
    """The result rows of a call, made again while a client is said to run.

    An Evolution that is just ending counts as one for some moments, whichever home was its, and other cases end theirs too.
    """
    deadline = time.monotonic() + 10
    rows = call()
    while "client-running" in [row["reason"] for row in rows] and time.monotonic() < deadline:
        time.sleep(0.1)
        rows = call()
    return rows


def _expect(what, found, wanted):
    if found != wanted:
        raise Unexpected(f"{what}: {found}, not {wanted}")


def first_sync(program, cut_off, answers):
    """The first synchronisation ends in this way; `finish` gives one of these answers, and no old mail is touched."""
    with Case(program) as case:
        case.switch()
        cut_off(case)
        case.finish_and_look(answers)


def redo(program, cut_off, answers):
    """The same with the cache of an earlier switch, which had been complete, and mail that has come since."""
    with Case(program) as case:
        case.switch()
        case.run_to_the_end()
        case.undo()
        case.add_old(LATER)
        case.switch()
        cut_off(case)
        case.finish_and_look(answers)


def control(program):
    """Rules turned on too early do treat old mail, so that the others can fail."""
    with Case(program) as case:
        case.switch()
        case.kill_at("answered", HEADERS, CHUNKS // 2)
        _expect("finish", case.finish(), WAIT)
        case.turn_rules_on()
        case.proxy.rate = None
        with case.client() as client:
            client.await_(lambda: case.in_lists() and case.server.count(case.user) < MAIL, "the rule to treat old mail", may_fail=True)
            _expect("what asks or complains", client.quit(), [])
        touched = case.touched()
        log.info("rules turned on by hand; touched on the server and copied: %s", touched)
        if not all(touched):
            raise Unexpected(f"rules turned on too early touched nothing on the server, or copied nothing: {touched}")


def _killed(*moment, answers=(WAIT,), after=0, kind=first_sync):
    return lambda program: kind(program, lambda case: case.kill_at(*moment, after=after), answers)


def _case(function):
    """The text of the problem, "" when there is none."""
    def run(program):
        try:
            function(program)
        except Unexpected as error:
            return str(error)
        return ""
    return run


CASES = {name: _case(function) for name, function in {
    "connected": _killed("connected"),
    "select-sent": _killed("sent", SELECT),
    "flags-answered": _killed("answered", FLAGS),
    "first-headers": _killed("answered", HEADERS),
    "half-of-the-headers": _killed("answered", HEADERS, CHUNKS // 2),
    "quit-half-way": lambda program: first_sync(program, Case.quit_half_way, (WAIT,)),
    "last-header": _killed("answered", HEADERS, CHUNKS, answers=EITHER),
    "last-header-0.1": _killed("answered", HEADERS, CHUNKS, answers=EITHER, after=0.1),
    "last-header-0.3": _killed("answered", HEADERS, CHUNKS, answers=EITHER, after=0.3),
    "written": lambda program: first_sync(program, Case.kill_when_written, EITHER),
    "complete": lambda program: first_sync(program, Case.run_to_the_end, (DONE,)),
    "control": control,
    "redo-select-sent": _killed("sent", SELECT, kind=redo),
    "redo-half-of-the-headers": _killed("answered", HEADERS, LATER_CHUNKS // 2, kind=redo),
    "redo-old-flags": _killed("answered", OLD_FLAGS, answers=EITHER, kind=redo),
}.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all by default: " + " ".join(CASES))
    parser.add_argument("--program", help="the profile-rewriter to use (else $PROFILE_REWRITER, else .build/debug/profile-rewriter)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="     %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    failed = 0
    for name in options.cases or CASES:
        start = time.monotonic()
        try:
            problem = CASES[name](options.program)
        except Exception as error:  # a case that breaks off has not passed
            problem = f"{type(error).__name__}: {error}"
        failed += bool(problem)
        print(f"{'FAIL' if problem else 'ok':4} {name} ({time.monotonic() - start:.0f} s)" + (f": {problem}" if problem else ""), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
