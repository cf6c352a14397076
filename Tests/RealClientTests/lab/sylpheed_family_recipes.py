"""What the fixtures of Claws Mail and Sylpheed are; `sylpheed_family_making` carries them out with the real clients."""
import dataclasses

from .recipes import SERVICE

PROFILES = {"claws-mail": ".claws-mail", "sylpheed": ".sylpheed-2.0"}
COMMON = {"claws-mail": "clawsrc", "sylpheed": "sylpheedrc"}
# Moves what it matches: old mail on the server must not meet it when it is seen through IMAP for the first time.
CLAWS_RULES = """\
[preglobal]

[postglobal]

[filtering]
enabled rulename "to the lists" subject matchcase "e" move "#mh/Mailbox/draft"
disabled rulename "off" subject matchcase "x" delete
enabled rulename "another account's" account 7 all delete

"""
SYLPHEED_RULES = """\
<?xml version="1.0" encoding="UTF-8"?>
<filter>
    <rule name="to the lists" timing="any" enabled="true">
        <condition-list bool="or">
            <match-header type="contains" name="Subject">e</match-header>
        </condition-list>
        <action-list>
            <move>#mh/Mailbox/draft</move>
        </action-list>
    </rule>
</filter>
"""


@dataclasses.dataclass
class Account:
    """A POP account before the switch, and the IMAP server to switch it to."""
    user: str = "alice@lab.test"
    security: str = "tls"
    host: str = "pop.lab.test"
    imap_host: str = "imap.lab.test"
    keep_on_server: bool = True
    mail: int = 12                        # messages on the server when the client first comes
    keys: tuple = ()                      # of accountrc, beside the usual ones

    @property
    def service(self):
        return SERVICE.get(("pop3", self.security), "pop3")

    @property
    def imap_service(self):
        return SERVICE.get(("imap", self.security), "imap")


@dataclasses.dataclass
class Recipe:
    description: str
    accounts: tuple
    rules: str = None                     # put in once the old mail is here
    common: tuple = ()                    # keys of the settings for all accounts that are changed afterwards
    without: tuple = ()                   # keys that are taken out of accountrc and the settings afterwards


ALICE, BOB = Account(), Account(user="bob@lab.test", host="pop.second.test", imap_host="imap.second.test", security="starttls", mail=7)
SHARED = {
    "tls": Recipe("One account over TLS.", (ALICE,)),
    "starttls": Recipe("One account with STARTTLS.", (Account(security="starttls"),)),
    "plain": Recipe("One account without TLS.", (Account(security="none"),)),
    "two": Recipe("Two accounts on two hosts, one local mailbox.", (ALICE, BOB)),
    "nokeep": Recipe("Mail is taken off the server.", (Account(keep_on_server=False),)),
    "trash": Recipe("The trash is emptied when the client ends.", (ALICE,), common=(("clean_trash_on_exit", "1"), ("ask_on_cleaning", "0"))),
}
RECIPES = {
    "claws-mail": {**SHARED, "filters": Recipe("Rules for incoming mail.", (ALICE,), rules=CLAWS_RULES),
                   "old": Recipe("Files of a version that knew no config_version, in which IMAP has another number.", (ALICE,), without=("config_version",))},
    "sylpheed": {**SHARED, "filters": Recipe("Rules for incoming mail, for IMAP as well.", (Account(keys=(("imap_filter_inbox_on_receive", "1"),)),),
                                             rules=SYLPHEED_RULES)},
}
