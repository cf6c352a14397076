"""Runs the commands of a page, in their order, on a machine of scratch."""
import re

from . import blocks, elsewhere, options, outputs
from .world import World


class Page:
    def __init__(self, name, text, tree):
        self.name, self.text, self.tree = name, text, tree
        self.commands = list(blocks.commands(name, text))

    def parse(self):
        """Every option that the page names exists, whether the command can run here or not; and it is seen."""
        for call in blocks.overlooked(self.name, self.text):
            raise AssertionError(f"{call}\nstands in no block of `sh` or `console`")
        for shown in self.commands:
            for arguments in options.calls(shown.command):
                try:
                    options.check(self.tree, arguments)
                except AssertionError as problem:
                    raise AssertionError(f"{shown}\n{problem}") from None
        for span, arguments in options.spoken_of(self.tree, self.text):
            try:
                options.check(self.tree, arguments)
            except AssertionError as problem:
                raise AssertionError(f"{self.name}: `{span}`\n{problem}") from None

    def play(self, root, checkout, program):
        """How many commands ran, and how many could not."""
        ran = 0
        world = None
        for shown in self.commands:
            if elsewhere.reason(shown.command) is not None:
                if shown.output is not None:
                    raise AssertionError(f"{shown}\nnobody looks at the output that is shown here")
                continue
            world = world or World(root, checkout, program)
            status, printed = world.run(shown.command)
            if status != shown.status:
                raise AssertionError(f"{shown}\nexit status {status} instead of {shown.status}:\n{printed}")
            if shown.output is not None:
                try:
                    outputs.check(shown.output, printed, world.changes())
                except AssertionError as problem:
                    raise AssertionError(f"{shown}\n{problem}") from None
            ran += 1
        return ran, len(self.commands) - ran


def heading(text):
    """As GitHub makes an anchor of it."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
