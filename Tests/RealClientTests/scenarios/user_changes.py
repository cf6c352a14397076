"""What the user did in the client while the account was IMAP stays when the switch is undone."""
import json
import os

from lab import dovecot, inspection, prefs

from . import scenario

ALICE, BOB = "alice@lab.test", "bob@lab.test"
NEW_NAME = "Letters of old"
NEW_PASSWORD = "changed by the user"
LAYOUT = ("mail.pane_config.dynamic", 0)  # the fixture has 1, and 2 is the default

RENAME = """
const [user, name] = args;
const server = MailServices.accounts.allServers.find(server => server.type == "none" && server.username == user);
server.prettyName = name;
return server.key;
"""
CHANGE_LAYOUT = "Services.prefs.setIntPref(...args); Services.prefs.savePrefFile(null);"
CHANGE_PASSWORD = """
const [origin, user, password] = args;
const logins = await Services.logins.searchLoginsAsync({ origin, httpRealm: origin });
const login = logins.find(login => login.username == user);
const changed = login.clone();
changed.password = password;
await (Services.logins.modifyLoginAsync ?? Services.logins.modifyLogin).call(Services.logins, login, changed);
return login.QueryInterface(Ci.nsILoginMetaInfo).guid;
"""


class UserChanges(scenario.Scenario):
    def steps(self):
        self.switch()
        with self.client() as client:
            self.check_shown("switched", inspection.inspect_running(client), self.all_types("imap"))
            old_mail = client.js(RENAME, ALICE, NEW_NAME)
            client.js(CHANGE_LAYOUT, *LAYOUT)
            added = client.run("create-account", self._bobs_account())
            changed_login = client.js(CHANGE_PASSWORD, "imap://imap.lab.test", ALICE, NEW_PASSWORD)
        self._check_saved(old_mail)
        answer = self.undo("--last")
        self._check("the undo says that a password was changed", "password-changed" in answer.warnings(), answer.rows)
        self._check("the undo says that the old mail's account had been renamed", "used-since" in answer.warnings(), answer.rows)
        self._check_kept(old_mail, added, changed_login)
        shown = self.look("undone", {ALICE: "pop3", BOB: "imap"})
        self._equal("undone: the added account keeps its name", scenario.account_of(shown, BOB).get("name"), "Bob")

    def _bobs_account(self):
        return {"type": "imap", "user": BOB, "host": "imap.lab.test", "port": self.server.ports["imaps"], "socketType": 3, "name": "Bob",
                "realName": "Bob", "address": BOB, "password": dovecot.PASSWORD, "authority": dovecot.authority(), "leaveOnServer": True}

    def _check_saved(self, old_mail):
        """A control: what the user did is in the files, so that the undo has something to keep."""
        now = prefs.read(self.profile)
        self._equal("the client saved it all", (now.get(f"mail.server.{old_mail}.name"), now.get(LAYOUT[0])), (NEW_NAME, LAYOUT[1]))

    def _check_kept(self, old_mail, added, changed_login):
        now = prefs.read(self.profile)
        accounts = self.accounts_in_prefs()
        self._equal("the switched account is as it was", accounts.get("server1"), self.accounts_before["server1"])
        self._equal("the old mail's account is gone", [key for key in now if key.startswith(f"mail.server.{old_mail}.")], [])
        self._equal("the user's account is there", accounts.get(added["server"], {}).get("userName"), BOB)
        self._check("its number is not given away again", now["mail.account.lastKey"] >= int(added["account"].removeprefix("account")), now["mail.account.lastKey"])
        self._equal("the user's layout is there", now.get(LAYOUT[0]), LAYOUT[1])
        with open(os.path.join(self.profile, "logins.json"), encoding="utf-8") as file:
            logins = [login["guid"] for login in json.load(file)["logins"]]
        self._check("the changed password is there", changed_login in logins, logins)
