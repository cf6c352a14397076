"""Behind a primary password the copied login works: the client asks for that one password, as before, and for nothing else."""
from lab import inspection

from . import scenario

PRIMARY_PASSWORD = "primary secret"
SET = """
const token = "@mozilla.org/security/internalkeytoken;1" in Cc
  ? Cc["@mozilla.org/security/internalkeytoken;1"].createInstance(Ci.nsIPKCS11Token)
  : Cc["@mozilla.org/security/pk11tokendb;1"].getService(Ci.nsIPK11TokenDB).getInternalKeyToken(); // before 153
token.changePassword("", args[0]);
return token.hasPassword;
"""
DIALOG_AT_START = "await until(() => (dialogs() ?? []).length && Services.logins.isLoggedIn); return dialogs();"


class PrimaryPassword(scenario.Scenario):
    def steps(self):
        with self.client() as client:
            self._equal("a primary password is set", client.js(SET, PRIMARY_PASSWORD), True)
        self._unlock_and_look("before the switch", "pop3")
        plan = self.rewriter.call("plan", self.fixture.home, *self.target())
        self._check("the plan warns", "primary-password" in plan.warnings(), plan.said)
        self.switch()
        self._unlock_and_look("switched", "imap")
        self._unlock_and_look("switched, a second time", "imap")
        self.undo("--last")
        self._unlock_and_look("undone", "pop3")

    def _unlock_and_look(self, moment, kind):
        """The dialog for the primary password is answered (lab.cfg); there must be that one and no other."""
        with self.client(environment={"LAB_PRIMARY_PASSWORD": PRIMARY_PASSWORD}) as client:
            asked = client.js(DIALOG_AT_START)
            shown = inspection.inspect_running(client, fetch=True)
        self._check(f"{moment}: the client asks once, for the primary password", [len(asked)] + ["Primary Password" in dialog["text"] for dialog in asked] == [1, True], asked)
        shown["dialogs"] = shown["dialogs"][1:]
        self.check_shown(f"{moment} and unlocked", shown, self.all_types(kind))
