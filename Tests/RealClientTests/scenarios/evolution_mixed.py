"""A home with Thunderbird and Evolution, each with a POP account: switched in one run, and taken back in one."""
import os
import shutil

from lab import fixtures

from . import evolution_scenario, scenario

EVOLUTION_FIXTURE = "nokeep"  # whose account is not Thunderbird's


class MixedHome(scenario.Scenario):
    clients = ("thunderbird", "evolution")

    def steps(self):
        evolution = self._add_evolution()
        self.switch(accounts=2)
        self.look("Thunderbird switched", self.all_types("imap"))
        evolution.look("Evolution switched", "imapx")
        self.undo("--last", accounts=2)
        self.look("Thunderbird undone", self.all_types("pop3"))
        evolution.look("Evolution undone", "pop")

    def _add_evolution(self):
        """Puts one of Evolution's fixtures into the home; returns what looks at it, with the same list of checks."""
        part = fixtures.copy_fixture(EVOLUTION_FIXTURE, self.scratch.path("evolution-home"), self.server.ports, fixtures.EVOLUTION_ROOT)
        shutil.copytree(part.home, self.fixture.home, symlinks=True, dirs_exist_ok=True)
        fixtures.relocate(os.path.join(self.fixture.home, part.description["profile"]), part.home, self.fixture.home)
        evolution = evolution_scenario.EvolutionScenario(program=self.program)
        evolution.checks, evolution.scratch, evolution.server = self.checks, self.scratch, self.server
        evolution.take(fixtures.Fixture(self.fixture.home, part.description))
        return evolution
