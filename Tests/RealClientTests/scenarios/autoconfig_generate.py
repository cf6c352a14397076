"""What `autoconfig generate` writes is found and used by the client's own account set-up."""
import os

from lab import certificates, dovecot
from lab.checks import Checks
from lab.rewriter import Rewriter
from lab.scratch import Scratch
from lab.thunderbird import Thunderbird, find_app_directory
from lab.web import NameProxy, Nginx

DOMAIN = "generated.test"
ADDRESS = f"jane.doe@{DOMAIN}"
SERVERS = ["--imap-host", "mail-in.example.net", "--imap-port", "10993", "--smtp-host", "mail-out.example.net",
           "--smtp-security", "starttls", "--pop-host", "pop.example.net", "--username", "u-%EMAILLOCALPART%@%EMAILDOMAIN%",
           "--display-name", "Generated & <Served>"]
# Nothing of it could be guessed: no name is the domain's, a port is unusual, and the user name is neither form of the address.
WANTED = {
    "displayName": "Generated & <Served>", "domains": [DOMAIN],
    "incoming": [["imap", "mail-in.example.net", 10993, "SSL", f"u-{ADDRESS}"], ["pop3", "pop.example.net", 995, "SSL", f"u-{ADDRESS}"]],
    "outgoing": [["smtp", "mail-out.example.net", 587, "STARTTLS", f"u-{ADDRESS}"]],
}


class Generated(Checks):
    """`SubClass(app_directory, program).run()` returns [(check, passed, detail)]."""

    def __init__(self, app_directory=None, program=None):
        super().__init__()
        self.app_directory, self.program = app_directory, program

    def run(self):
        try:
            with Scratch("generated") as self.scratch:
                self._generate()
                self.steps()
        except Exception as error:  # whatever stopped it, the checks it did not reach must not count as passed
            self._check("the scenario runs to its end", False, f"{type(error).__name__}: {error}")
        return self.checks

    def _generate(self):
        tls = self.scratch.path("tls")
        certificates.issue(tls, [DOMAIN, f"*.{DOMAIN}"])
        self.out = self.scratch.path("out")
        answer = Rewriter(self.scratch.path("state"), self.program).call(
            "autoconfig", "generate", DOMAIN, *SERVERS, "--web-root", self.out, "--tls-certificate", os.path.join(tls, "server.crt"),
            "--tls-key", os.path.join(tls, "server.key"), "--out", self.out)
        self._equal("it is generated", answer.status, 0, answer.said)
        self.tls = tls

    def _file(self, name):
        with open(os.path.join(self.out, name), encoding="utf-8") as file:
            return file.read()

    def find(self, prefs, isp=None):
        """What the set-up finds in a new profile; `isp` is put into the installation's directory of that name."""
        profile = self.scratch.directory("profile", mode=0o700)
        client = Thunderbird(profile, self.scratch, app_directory=find_app_directory(self.app_directory), prefs=prefs)
        if isp:
            self._put_isp(client.application, isp)
        with client:
            return client.run("find-config", ADDRESS, dovecot.authority())

    @staticmethod
    def _put_isp(application, text):
        directory = os.path.join(application, "isp")
        if os.path.islink(directory):  # of the shadow, never the installation's own
            os.unlink(directory)
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, f"{DOMAIN}.xml"), "w", encoding="utf-8") as file:
            file.write(text)

    def _check_found(self, found, source):
        self._equal("it is found where it was put", (found or {}).get("source"), source, found)
        self._equal("and read as it was generated", {key: (found or {}).get(key) for key in WANTED}, WANTED)


class Served(Generated):
    """By https at autoconfig.DOMAIN, served by the generated configuration of nginx."""

    host = f"autoconfig.{DOMAIN}"
    request = "GET /mail/config-v1.1.xml?emailaddress="

    def steps(self):
        with Nginx(self.scratch.path("nginx"), self.configuration()) as web, NameProxy({(self.host, 443): web.https}) as proxy:
            found = self.find(proxy.prefs())
            self._check_found(found, "xml xml-from-isp-https")
            self._check("it was asked for by its name", (self.host, 443) in proxy.asked, proxy.asked)
            served = [line for line, status in web.requests() if status == 200]
            self._check("and by its address", any(line.startswith(self.request) for line in served), web.requests())

    def configuration(self):
        return self._file(f"nginx/{DOMAIN}.conf")


class ServedWellKnown(Served):
    """By https at the domain itself, whose own site includes the generated locations."""

    host = DOMAIN
    request = "GET /.well-known/autoconfig/mail/config-v1.1.xml?emailaddress="

    def configuration(self):
        return (f"server {{ listen 80; listen 443 ssl; server_name {DOMAIN}; ssl_certificate {self.tls}/server.crt;\n"
                f"ssl_certificate_key {self.tls}/server.key; location / {{ return 404; }}\n"
                f"include {self.out}/nginx/{DOMAIN}.include; }}\n")


class InIspDirectory(Generated):
    """In the installation's isp directory, without a network."""

    def steps(self):
        with NameProxy({}) as proxy:
            self._equal("without it nothing is found", self.find({**proxy.prefs(), "lab.isp": 0}), None)
            self._check_found(self.find({**proxy.prefs(), "lab.isp": 1}, isp=self._file(f"isp/{DOMAIN}.xml")), "xml xml-from-disk")
