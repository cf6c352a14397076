"""What Evolution's fixtures are; `evolution_making` carries them out with the real client."""
import dataclasses
import hashlib

from . import evolution_edits
from .recipes import SERVICE

METHODS = {"none": "none", "starttls": "starttls-on-standard-port", "tls": "ssl-on-alternate-port"}  # in [Security]


@dataclasses.dataclass
class Account:
    """A POP account before the switch, and the IMAP server to switch it to."""
    user: str = "alice@lab.test"
    host: str = "pop.lab.test"
    security: str = "tls"
    imap_host: str = "imap.lab.test"
    imap_security: str = None             # that of the POP account unless given
    auth: str = "none"                    # in [Authentication]: "none" is the password, "+APOP" its digest
    keep_on_server: bool = True
    name: str = None                      # the user unless given
    real_name: str = "Lab User"
    address: str = None                   # the user unless given
    mail: int = 12                        # messages on the server when the client first comes
    type: str = "pop3"

    @property
    def service(self):
        return SERVICE.get(("pop3", self.security), "pop3")

    @property
    def imap_service(self):
        return SERVICE.get(("imap", self.imap_security or self.security), "imap")


@dataclasses.dataclass
class Recipe:
    description: str
    accounts: list
    flatpak: bool = False
    filters: str = None                   # rules, which the client writes anew in its own way
    folders: tuple = ()                   # of On This Computer, beside the usual ones
    online_account: bool = False          # a GNOME Online Account beside, of bob
    edits: tuple = ()                     # functions (profile directory, accounts) applied to the finished profile

    @property
    def apop(self):
        return any(account.auth == "+APOP" for account in self.accounts)


def uid(variant, role, index):
    """The name of a source: 40 hexadecimal digits as the client makes them, the same at every run."""
    return hashlib.sha1(f"{variant} {role} {index}".encode()).hexdigest()


FILTERS = """\
<?xml version="1.0"?>
<filteroptions>
  <ruleset>
    <rule enabled="true" grouping="all" source="incoming">
      <title>Lists für später</title>
      <partset><part name="sender"><value name="sender-type" type="option" value="contains"/>
        <value name="sender" type="string"><string>@lists.test</string></value></part></partset>
      <actionset><part name="move-to-folder"><value name="folder" type="folder"><folder uri="folder://local/Lists"/></value></part>
        <part name="stop"/></actionset>
    </rule>
    <rule enabled="false" grouping="any" source="incoming">
      <title>Not used</title>
      <partset><part name="subject"><value name="subject-type" type="option" value="contains"/>
        <value name="subject" type="string"><string>plain</string></value></part></partset>
      <actionset><part name="delete"/></actionset>
    </rule>
    <rule enabled="true" grouping="all" source="outgoing">
      <title>Outgoing</title>
      <partset><part name="subject"><value name="subject-type" type="option" value="contains"/>
        <value name="subject" type="string"><string>private</string></value></part></partset>
      <actionset><part name="set-status"><value name="flag" type="option" value="Flagged"/></part></actionset>
    </rule>
  </ruleset>
</filteroptions>
"""
DISABLED_FILTERS = FILTERS.replace('enabled="true" grouping="all" source="incoming"', 'enabled="false" grouping="all" source="incoming"')

RECIPES = {
    "keep": Recipe("One POP account, implicit TLS, mail left on the server.", [Account()]),
    "nokeep": Recipe("Mail is removed from the server when it was downloaded, as the account assistant sets it up.",
                     [Account(user="carol@lab.test", keep_on_server=False)]),
    "starttls": Recipe("POP and IMAP with STARTTLS.", [Account(security="starttls")]),
    "plain": Recipe("POP and IMAP without any TLS; the user name is no address.",
                    [Account(user="erin", security="none", address="erin@lab.test")]),
    "apop": Recipe("POP without TLS, but with APOP; IMAP with TLS.", [Account(security="none", imap_security="tls", auth="+APOP")]),
    "same-name": Recipe("POP and IMAP are the same host name.", [Account(host="mail.lab.test", imap_host="mail.lab.test")]),
    "two": Recipe("Two POP accounts on one host.", [Account(), Account(user="bob@lab.test", name="Bob ü", mail=6)]),
    "two-hosts": Recipe("Two POP accounts on two hosts.",
                        [Account(), Account(user="bob@lab.test", host="pop.second.test", imap_host="imap.second.test", mail=6)]),
    "filters": Recipe("A rule moves incoming mail to a local folder; another is disabled.", [Account()], filters=FILTERS, folders=("Lists",)),
    "filters-off": Recipe("The only rules for incoming mail are disabled.", [Account()], filters=DISABLED_FILTERS, folders=("Lists",)),
    "hand-edited": Recipe("Account files as people and scripts leave them: comments, CRLF, blanks, translations, unknown and repeated "
                          "groups and keys.", [Account()], edits=(evolution_edits.scramble,)),
    "goa": Recipe("A GNOME Online Account beside the POP account.", [Account()], online_account=True),
    "flatpak": Recipe("Where the client keeps its files as a Flatpak.", [Account()], flatpak=True),
}
