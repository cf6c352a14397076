"""Evolution on every state that a killed apply or rollback can leave behind, see `interrupted`."""
import os

from evolution_cycle import IMAP_GROUPS
from lab import keyfile

from . import evolution_scenario, interrupted

KINDS = {"pop": "pop3", "imapx": "imap"}


class EvolutionInterrupted(evolution_scenario.EvolutionScenario, interrupted.Interrupted):
    fixture_name = "filters"
    least = 3

    def _prepare(self):
        super()._prepare()
        self.profile = self.fixture.home  # the client has files in three trees
        self.names_before = sorted(os.listdir(self._sources()))
        self.accounts_before = self.accounts_in_prefs()

    def look(self, moment, types):
        """`types` may be true of the first account only: a change that was cut off may have reached one of two."""
        super().look(moment, {account["user"]: self._backend(account) for account in self.pop_accounts})

    def accounts_in_prefs(self):
        """{source: {group: {key: value}}}, without what only an IMAP account has and Evolution fills by itself."""
        return {name: {group: keys for group, keys in keyfile.read(os.path.join(self._sources(), name)).items() if group not in IMAP_GROUPS}
                for name in os.listdir(self._sources()) if name.endswith(".source")}

    def _settle_unopened(self):
        names = [name for name in os.listdir(self._sources()) if name.endswith(".source") and name not in self.names_before]
        return f"an account too many: {names}" if names else super()._settle_unopened()

    def _server(self, account):
        return {"type": KINDS[self._backend(account)]}

    def check_pop_prefs(self, moment):
        self._equal(f"{moment}: the accounts are as they were", self.accounts_in_prefs(), self.accounts_before)

    def _backend(self, account):
        return keyfile.value(self.source_path(account["account"]), "Mail Account", "BackendName")

    def _sources(self):
        return os.path.join(self.fixture.profile, "sources")


class Apply(EvolutionInterrupted):
    pass


class Rollback(EvolutionInterrupted):
    undoing = True


class RollbackUsed(EvolutionInterrupted):
    undoing = used = True


class ApplyTwo(Apply):
    fixture_name = "two"
    least = 4
