"""What the fixtures are: which accounts each has and what is done to it beyond that.

The recipes are data; `making` carries them out with the real client.
"""
import dataclasses

from . import hand_edits

SOCKET_TYPES = {"none": 0, "starttls": 2, "tls": 3}
SERVICE = {("pop3", "tls"): "pop3s", ("imap", "tls"): "imaps"}  # the others have the protocol's own name


@dataclasses.dataclass
class Account:
    """An account of a fixture before the switch, and the IMAP server to switch it to."""
    user: str = "alice@lab.test"
    type: str = "pop3"                    # pop3, imap, nntp or rss
    host: str = "pop.lab.test"
    security: str = "tls"
    imap_host: str = "imap.lab.test"
    imap_security: str = None             # that of the POP account unless given
    leave_on_server: bool = True
    deferred_to: str = None               # "local", or the index of another account of the recipe
    name: str = "Lab"
    real_name: str = "Lab User"
    address: str = None                   # the user unless given
    mail: int = 25                        # messages on the server when the client first comes; 0: the account is left bare

    @property
    def service(self):
        return SERVICE.get((self.type, self.security), self.type)

    @property
    def imap_service(self):
        return SERVICE.get(("imap", self.imap_security or self.security), "imap")


@dataclasses.dataclass
class Recipe:
    description: str
    accounts: list
    maildir: bool = False
    unified: bool = False
    profile_name: str = "lab00001.default-default"
    edits: tuple = ()                     # functions (profile directory) applied to the finished profile


RECIPES = {
    "mbox": Recipe("One POP account, implicit TLS, mail left on the server, mbox store.", [Account()]),
    "maildir": Recipe("The same with the Maildir store.", [Account()], maildir=True),
    "deferred": Recipe("The global inbox: a POP account whose mail is in Local Folders.", [Account(deferred_to="local")]),
    "noleave": Recipe("Mail is removed from the server when it was downloaded.",
                      [Account(user="carol@lab.test", leave_on_server=False)]),
    "two": Recipe("Two POP accounts on one host.", [Account(), Account(user="bob@lab.test", name="Bob", mail=12)]),
    "two-hosts": Recipe("Two POP accounts on two hosts.",
                        [Account(), Account(user="bob@lab.test", host="pop.second.test", imap_host="imap.second.test", name="Second", mail=12)]),
    "same-name": Recipe("POP and IMAP are the same host name.", [Account(host="mail.lab.test", imap_host="mail.lab.test")]),
    "unified": Recipe("The folder pane shows Unified Folders; two accounts.",
                      [Account(), Account(user="bob@lab.test", name="Bob", mail=12)], unified=True),
    "starttls": Recipe("POP and IMAP with STARTTLS.", [Account(security="starttls")]),
    "plain": Recipe("POP and IMAP without any TLS; the user name is no address.",
                    [Account(user="erin", security="none", address="erin@lab.test")]),
    "hand-edited": Recipe("prefs.js as editors and scripts leave it: BOM, CRLF, comments, single quotes, escapes, duplicates.",
                          [Account()], edits=(hand_edits.scramble,)),
    "beyond-mail": Recipe("News, feeds and an IMAP account beside the POP account.",
                          [Account(), Account(type="imap", user="bob@lab.test", host="imap.lab.test", name="Imap", mail=6),
                           Account(type="nntp", host="news.lab.test", name="News", mail=0),
                           Account(type="rss", host="Feeds", name="Feeds", mail=0)]),
    "non-ascii": Recipe("Umlauts and blanks in the profile's path, in names and in folders.",
                        [Account(name="Büro Größe", real_name="Jörg „Lab“ Müller")], profile_name="Jörgs Profil äöü.default"),
    "old": Recipe("prefs.js in the shape of versions before 100: realhostname and realuserName, directories without -rel.",
                  [Account()], edits=(hand_edits.age,)),
    "two-deferred": Recipe("A POP account that delivers into another POP account.",
                           [Account(), Account(user="bob@lab.test", name="Bob", deferred_to="0", mail=12)]),
}
