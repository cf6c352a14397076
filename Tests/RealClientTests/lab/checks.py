"""A list of checks, as cycles and scenarios collect them: [(name, passed, detail)]."""
import time


class Checks:
    def __init__(self):
        self.checks = []

    def _check(self, name, passed, detail=None):
        self.checks.append((name, bool(passed), "" if passed else str(detail)))

    def _equal(self, name, found, wanted, detail=None):
        self._check(name, found == wanted, f"found {_difference(found, wanted)}" + (f" ({detail})" if detail else ""))

    @staticmethod
    def _wait(condition, seconds=6):
        deadline = time.monotonic() + seconds
        while not (value := condition()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return value

    @staticmethod
    def _noted(wanted, look, seconds=10):
        """What `look` finds of a server's log, in which lines come after the answer, some only when the connection has ended:
        waits for `wanted`, and then for a line too many."""
        deadline = time.monotonic() + seconds
        while look() != wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.3)
        return look()


def _difference(found, wanted):
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key) or (key in found) != (key in wanted)]
        return {key: f"{found.get(key)} instead of {wanted.get(key)}" for key in keys}
    return f"{found} instead of {wanted}"
