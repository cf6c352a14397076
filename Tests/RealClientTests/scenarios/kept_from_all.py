"""What deletes in all accounts, and the account was kept from by a setting of its own, leaves the old mail alone."""
import os

from lab import inspection

from . import scenario

ALL, OWN = "mail.server.default.", "mail.server.server1."
SETTINGS = {ALL + "empty_trash_on_exit": "true", OWN + "empty_trash_on_exit": "false",
            ALL + "retainBy": "2", ALL + "daysToKeepHdrs": "30", OWN + "retainBy": "1"}
RETENTION = """
return MailServices.accounts.allServers.filter(server => server.type != "imap")
  .map(server => [server.type, server.retentionSettings.retainByPreference]);
"""


class KeptFromAll(scenario.Scenario):
    def steps(self):
        with open(os.path.join(self.profile, "prefs.js"), "a", encoding="utf-8") as file:
            file.writelines(f'user_pref("{key}", {value});\n' for key, value in SETTINGS.items())
        self._check("the fixture has mail in the Trash", any(uri.endswith("/Trash") and count for uri, count in self.folders.items()), self.folders)
        self.switch()
        self.look("switched", self.all_types("imap"), fetch=False)
        # At the exit of that start the Trash was emptied.
        with self.client() as client:
            shown = inspection.inspect_running(client)
            retained = client.js(RETENTION)
        self.check_shown("started again", shown, self.all_types("imap"))
        old_mail = [by for kind, by in retained if kind == "none"]
        self._check("no age ends the old mail", old_mail.count(1) >= 1, retained)
