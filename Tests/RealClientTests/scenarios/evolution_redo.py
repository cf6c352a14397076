"""Switched, taken back, switched and taken back again, with Evolution running and mail arriving in between."""
from . import evolution_scenario


class Redo(evolution_scenario.EvolutionScenario):
    def steps(self):
        for turn in ("first", "second"):
            self.switch()
            self.add_mail(Subject=f"in the {turn} turn")
            self.look(f"{turn} switch", "imapx")
            self.undo("--last")
            self.look(f"{turn} undo", "pop")
