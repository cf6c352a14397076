"""Autoconfig files of our own: good, odd and broken ones, as {name: bytes}; the same at every run."""
import random

ADDRESS, LOCAL, DOMAIN = "%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILDOMAIN%"
LETTER = 'xmlns="https://example.com/ns"'


def value(name, text, attributes=""):
    return f"<{name}{' ' + attributes if attributes else ''}>{text}</{name}>"


def server(kind, host=None, port=None, socket="SSL", auth=("password-cleartext",), username=ADDRESS, *, attributes="", more="", element=None):
    """A server's element; None leaves a value out, a list repeats it, text with a `<` stands as it is."""
    element = element or ("outgoingServer" if kind == "smtp" else "incomingServer")
    host = f"{kind}.example.com" if host is None else host
    port = {"imap": 993, "pop3": 995, "smtp": 465}.get(kind, 443) if port is None else port
    lines = []
    for name, given in (("hostname", host), ("port", port), ("socketType", socket), ("authentication", auth), ("username", username)):
        for text in given if isinstance(given, (list, tuple)) else [given]:
            if text is not False:
                lines.append(f"      {text if str(text).startswith('<') else value(name, text)}\n")
    kind = f' type="{kind}"' if kind else ""
    return f"    <{element}{kind}{' ' + attributes if attributes else ''}>\n{''.join(lines)}{more}    </{element}>\n"


def config(*servers, ident='id="example.com"', domains=("example.com",), head='<?xml version="1.0" encoding="UTF-8"?>\n', more="", after="",
           root='clientConfig version="1.1"', names="    <displayName>Example</displayName>\n"):
    servers = servers or (server("imap"), server("smtp"))
    listed = "".join(f"    <domain>{domain}</domain>\n" for domain in domains)
    return (f"{head}<{root}>\n  <emailProvider{' ' + ident if ident else ''}>\n{listed}{names}{''.join(servers)}{more}  </emailProvider>\n"
            f"{after}</{root.split()[0]}>\n")


def with_imap(**changes):
    return config(server("imap", **changes), server("smtp"))


def with_smtp(**changes):
    return config(server("imap"), server("smtp", **changes))


SERVERS = {
    # good
    "plain-good": config(),
    "pop-first": config(server("pop3"), server("imap"), server("smtp")),
    "two-ways": config(server("imap"), server("imap", port=143, socket="STARTTLS"), server("smtp"), server("smtp", port=587, socket="STARTTLS")),
    "pop-only": config(server("pop3"), server("smtp")),
    "placeholder-host": with_imap(host=f"imap.{DOMAIN}"),
    "local-part": with_imap(username=LOCAL),
    "local-and-domain": with_imap(username=f"{LOCAL}.{DOMAIN}"),
    "encrypted-first": with_imap(auth=["password-encrypted", "password-cleartext"]),
    "real-name": with_imap(username="%REALNAME%"),
    # types
    "type-unknown": config(server("imapp"), server("imap", host="second.example.com"), server("smtp")),
    "type-only-unknown": config(server("imapp"), server("smtp")),
    "type-upper-case": config(server("IMAP"), server("smtp")),
    "type-missing": config(server("", host="imap.example.com", port=993), server("imap"), server("smtp")),
    "type-jmap": config(server("jmap", more="      <url>https://jmap.example.com/</url>\n"), server("imap"), server("smtp")),
    "type-nntp": config(server("nntp", port=563), server("smtp")),
    "type-exchange": config(server("exchange", more="      <owaURL>https://owa.example.com/owa/</owaURL>\n"), server("smtp")),
    "type-ews-url": config(server("ews", host=False, port=False, socket=False, auth=("NTLM",), more="      <url>https://ews.example.com/EWS/</url>\n"),
                           server("smtp")),
    "type-ews-http": config(server("ews", host=False, port=False, socket=False, more="      <url>http://ews.example.com:80/EWS/</url>\n"), server("smtp")),
    "type-ews-port": config(server("ews", host=False, port=False, socket=False, more="      <url>https://ews.example.com:8443/EWS/</url>\n"), server("imap"),
                            server("smtp")),
    "type-ews-ftp": config(server("ews", host=False, port=False, more="      <url>ftp://ews.example.com/</url>\n"), server("imap"), server("smtp")),
    "type-graph": config(server("graph", host=False, port=False, auth=("OAuth2",), more="      <url>https://graph.microsoft.com/</url>\n"), server("imap"),
                         server("smtp")),
    "smtp-as-incoming": config(server("imap"), server("smtp", element="incomingServer"), server("smtp")),
    "imap-as-outgoing": config(server("imap"), server("imap", element="outgoingServer"), server("smtp")),
    "outgoing-only": config(server("smtp")),
    "incoming-only": config(server("imap")),
    "outgoing-twice-one-bad": config(server("imap"), server("smtp", port=0), server("smtp", host="second.example.com")),
    # host names
    "host-upper-case": with_imap(host="IMAP.Example.COM"),
    "host-blanks-around": with_imap(host="\n        imap.example.com\n      "),
    "host-blank-within": with_imap(host="imap example.com"),
    "host-empty": with_imap(host=""),
    "host-only-blanks": with_imap(host="  "),
    "host-empty-tag": with_imap(host="<hostname/>"),
    "host-missing": with_imap(host=False),
    "host-url": with_imap(host="https://imap.example.com/"),
    "host-port": with_imap(host="imap.example.com:993"),
    "host-underscore": with_imap(host="imap_1.example.com"),
    "host-dot-at-end": with_imap(host="imap.example.com."),
    "host-idn": with_imap(host="imap.bücher.example"),
    "host-address": with_imap(host="192.0.2.7"),
    "host-address-odd": with_imap(host="999.0.2.7"),
    "host-address6": with_imap(host="2001:db8::7"),
    "host-number": with_imap(host="12345"),
    "host-number-hex": with_imap(host="0x10"),
    "host-zero": with_imap(host="0"),
    "host-true": with_imap(host="TRUE"),
    "host-false": with_imap(host="false"),
    "host-placeholder-lower": with_imap(host="imap.%emaildomain%"),
    "host-placeholder-unknown": with_imap(host="imap.%DOMAIN%"),
    "host-placeholder-unclosed": with_imap(host="imap.%EMAILDOMAIN"),
    "host-attribute": with_imap(host=value("hostname", "imap.example.com", 'note="x"')),
    "host-namespace": with_imap(host=value("hostname", "imap.example.com", LETTER)),
    "host-element": with_imap(host=value("hostname", "<b>imap.example.com</b>")),
    "host-comment": with_imap(host=value("hostname", "imap<!-- here -->.example.com")),
    "host-comment-last": with_imap(host=value("hostname", "imap.example.com<!-- here -->")),
    "host-only-comment": with_imap(host=value("hostname", "<!-- imap.example.com -->")),
    "host-cdata": with_imap(host=value("hostname", "<![CDATA[imap.example.com]]>")),
    "host-cdata-part": with_imap(host=value("hostname", "imap.<![CDATA[example.com]]>")),
    "host-reference": with_imap(host="imap&#46;example.com"),
    "host-instruction": with_imap(host=value("hostname", "imap.<?x y?>example.com")),
    "host-twice": with_imap(host=["first.example.com", "second.example.com"]),
    "host-long-label": with_imap(host=f"{'a' * 64}.example.com"),
    "host-long": with_imap(host=".".join(["a" * 60] * 5)),
    "host-leading-dash": with_imap(host="-imap.example.com"),
    # ports
    "port-text": with_imap(port="imaps"),
    "port-missing": with_imap(port=False),
    "port-missing-smtp": with_smtp(port=False),
    "port-empty": with_imap(port=""),
    "port-zero": with_imap(port="0"),
    "port-large": with_imap(port="65536"),
    "port-negative": with_imap(port="-993"),
    "port-blanks": with_imap(port=" 993\n"),
    "port-fraction": with_imap(port="993.7"),
    "port-exponent": with_imap(port="9.93e2"),
    "port-hexadecimal": with_imap(port="0x3e1"),
    "port-and-word": with_imap(port="993/tcp"),
    "port-plus": with_imap(port="+993"),
    "port-leading-zero": with_imap(port="0993"),
    "port-twice": with_imap(port=["993", "143"]),
    "port-attribute": with_imap(port=value("port", "993", 'x="y"')),
    "port-comment": with_imap(port=value("port", "9<!-- -->93")),
    "port-of-pop": with_imap(port="995"),
    "port-of-submission": with_imap(port="587", socket="STARTTLS"),
    "port-586": with_smtp(port="586"),
    # socket types
    "socket-plain": with_imap(port="143", socket="plain"),
    "socket-plain-pop": config(server("imap"), server("pop3", port=110, socket="plain"), server("smtp")),
    "socket-tls": with_imap(socket="TLS"),
    "socket-lower": with_imap(socket="ssl"),
    "socket-blanks": with_imap(socket=" SSL "),
    "socket-missing": with_imap(socket=False),
    "socket-empty": with_imap(socket=""),
    "socket-alternatives": with_imap(socket=["TLS", "STARTTLS", "SSL"]),
    "socket-comment": with_imap(socket=value("socketType", "<!-- x -->SSL")),
    "socket-465-starttls": with_smtp(socket="STARTTLS"),
    "socket-587-ssl": with_smtp(port="587"),
    # authentication
    "auth-old": with_imap(auth=["secure", "plain"]),
    "auth-unknown-first": with_imap(auth=["http-basic", "password-cleartext"]),
    "auth-unknown": with_imap(auth=["password"]),
    "auth-missing": with_imap(auth=False),
    "auth-empty": with_imap(auth=""),
    "auth-blanks": with_imap(auth=" password-cleartext "),
    "auth-certificate": with_imap(auth=["TLS-client-cert"]),
    "auth-certificate-and-password": with_imap(auth=["TLS-client-cert", "password-cleartext"]),
    "auth-gssapi": with_imap(auth=["GSSAPI"]),
    "auth-ntlm": with_imap(auth=["NTLM", "GSSAPI"]),
    "auth-none-imap": with_imap(auth=["none"]),
    "auth-none-smtp": with_smtp(auth=["none"], username=False),
    "auth-client-ip": with_smtp(auth=["client-IP-address"], username=False),
    "auth-after-pop": with_smtp(auth=["smtp-after-pop", "password-cleartext"]),
    "auth-oauth2-unknown": with_imap(auth=["OAuth2"]),
    "auth-oauth2-and-password": with_imap(auth=["OAuth2", "password-cleartext"]),
    "auth-oauth2-gmail": config(server("imap", host="imap.gmail.com", auth=["OAuth2"]), server("smtp", host="smtp.gmail.com", auth=["OAuth2"])),
    "auth-oauth2-office": config(server("imap", host="outlook.office365.com", auth=["OAuth2"]), server("ews", host="outlook.office365.com", auth=["OAuth2"]),
                                 server("exchange", host="outlook.office365.com", auth=["OAuth2"]),
                                 server("smtp", host="smtp.office365.com", port=587, socket="STARTTLS", auth=["OAuth2"])),
    "auth-oauth2-yahoo": config(server("pop3", host="pop.mail.yahoo.com", auth=["OAuth2"]), server("exchange", host="x.yahoo.com", auth=["OAuth2"]),
                                server("smtp", host="SMTP.mail.yahoo.com", auth=["OAuth2"])),
    "auth-oauth2-placeholder": with_imap(host="imap.%EMAILDOMAIN%", auth=["OAuth2", "password-cleartext"]),
    "auth-system": with_imap(auth=[value("authentication", "Basic", 'system="http"'), "password-cleartext"]),
    "auth-system-sasl": with_imap(auth=[value("authentication", "password-cleartext", 'system="sasl"')]),
    # user names and passwords
    "username-missing": with_imap(username=False),
    "username-missing-smtp": with_smtp(username=False),
    "username-empty": with_imap(username=""),
    "username-blanks": with_imap(username=f" {ADDRESS}\n"),
    "username-only-blanks": with_imap(username=" "),
    "username-literal": with_imap(username="office"),
    "username-number": with_imap(username="007"),
    "username-exponent": with_imap(username="1e3"),
    "username-true": with_imap(username="True"),
    "username-twice": with_imap(username=[LOCAL, ADDRESS]),
    "username-unclosed": with_imap(username="%EMAILADDRESS"),
    "username-wrong-case": with_imap(username="%EmailAddress%"),
    "username-attribute": with_imap(username=value("username", ADDRESS, 'x="y"')),
    "username-element": with_imap(username=value("username", f"<b>{ADDRESS}</b>")),
    "username-comment": with_imap(username=value("username", f"<!-- the address -->{ADDRESS}")),
    "username-entity": with_imap(username="a&amp;b&#x20AC;%EMAILLOCALPART%"),
    "password": with_imap(more="      <password>secret</password>\n"),
    "server-attribute": with_imap(attributes='note="x"'),
    "server-namespace": with_imap(attributes=LETTER),
    "server-empty": config("    <incomingServer type=\"imap\"/>\n", server("imap"), server("smtp")),
    "server-bare": config("    <incomingServer/>\n", server("imap"), server("smtp")),
    "server-in-server": config(server("imap", more=server("pop3")), server("smtp")),
    "servers-mixed": config(server("imap", host="one.example.com", auth=["password-encrypted"]), server("imap", host="two.example.com", port=143, socket=False),
                            server("imap", host=False, port=144, username="last"), server("smtp")),
    "pop-settings": config(server("imap"), server("pop3", more="      <pop3><leaveMessagesOnServer>true</leaveMessagesOnServer></pop3>\n"), server("smtp")),
}

PROVIDERS = {
    "id-missing": config(ident=""),
    "id-empty": config(ident='id=""'),
    "id-no-host": config(ident='id="Example Mail"'),
    "id-upper-case": config(ident='id="Example.COM"'),
    "id-blanks": config(ident='id=" example.com "'),
    "id-number": config(ident='id="123"'),
    "id-placeholder": config(ident='id="%EMAILDOMAIN%"'),
    "id-placeholder-odd": config(ident='id="mail.%X1%"'),
    "domain-missing": config(domains=()),
    "domain-empty": config(domains=("",)),
    "domain-tag": config(domains=(), names="    <domain/>\n"),
    "domain-wrong": config(domains=("exa mple.com",)),
    "domain-one-wrong": config(domains=("exa mple.com", "example.org")),
    "domain-blanks": config(domains=("\n  example.com ",)),
    "domain-placeholder": config(domains=(DOMAIN,)),
    "domain-purpose": config(domains=(), names='    <domain purpose="mx">mx.example.net</domain>\n'),
    "domain-twice": config(domains=("example.com", "Example.com")),
    "domain-idn": config(domains=("bücher.example",)),
    "name-long": config(names=f"    <displayName>{'long ' * 14}</displayName>\n    <displayShortName>{'long ' * 5}</displayShortName>\n"),
    "name-missing": config(names=""),
    "name-misspelt": config(names="    <displayNameShort>Example</displayNameShort>\n"),
    "provider-missing": '<clientConfig version="1.1">\n</clientConfig>\n',
    "provider-empty": '<clientConfig version="1.1"><emailProvider/></clientConfig>\n',
    "provider-text": '<clientConfig version="1.1"><emailProvider id="example.com">none</emailProvider></clientConfig>\n',
    "providers-two": config(after='  <emailProvider id="second.example">\n    <domain>second.example</domain>\n' + server("imap", host="second.example")
                            + server("smtp", host="second.example") + "  </emailProvider>\n"),
    "servers-outside": config(after=server("imap", host="outside.example.com")),
    "version-1.2": config(root='clientConfig version="1.2"'),
    "version-missing": config(root="clientConfig"),
    "root-namespace": config(root=f'clientConfig version="1.1" {LETTER}'),
    "root-prefix": config(root='ac:clientConfig version="1.1" xmlns:ac="https://example.com/ns"'),
    "root-other": config(root="config"),
    "extras": config(more='    <documentation url="http://example.com/help"><descr lang="en">Help</descr></documentation>\n    <identity/>\n',
                     after="  <oAuth2><issuer>example.com</issuer></oAuth2>\n  <webMail><loginPage url=\"https://example.com/\"/></webMail>\n"),
    "oauth2-within": config(more="    <oAuth2><issuer>example.com</issuer><scope>mail</scope></oAuth2>\n"),
    "input-field": config(more='    <inputField key="USERNAME" label="Name">fred</inputField>\n'),
}

FORMS = {
    "no-declaration": config(head=""),
    "single-quotes": config(head="<?xml version='1.0'?>\n").replace('"', "'"),
    "one-line": " ".join(config().split()),
    "crlf": config().replace("\n", "\r\n"),
    "tabs": config().replace("  ", "\t"),
    "comment-first": config(head='<?xml version="1.0"?>\n<!-- ours -->\n'),
    "comments": config().replace("<port>", "<!-- <port>1</port> --><port>"),
    "instruction": config(head='<?xml version="1.0"?>\n<?xml-stylesheet href="x.css"?>\n'),
    "blank-first": "\n" + config(head=""),
    "trailing-comment": config() + "<!-- end -->\n\n",
    "entities": config(names="    <displayName>A &amp; B &lt; &#67;</displayName>\n"),
    "order-turned": config(server("smtp"), server("imap")),
    "bom": "\ufeff" + config(),
    "declared-latin1": config(head='<?xml version="1.0" encoding="ISO-8859-1"?>\n'),
    "unclosed": config().replace("</emailProvider>", ""),
    "ampersand": config(names="    <displayName>A & B</displayName>\n"),
    "unknown-entity": config(names="    <displayName>A&nbsp;B</displayName>\n"),
    "attribute-twice": config(ident='id="example.com" id="example.org"'),
    "declaration-late": " " + config(),
    "two-roots": config() + "<more/>\n",
    "text-after": config() + "more\n",
    "prefix-undeclared": config(more="    <x:note>1</x:note>\n"),
    "empty": "",
    "blank": " \n",
    "html": "<!-- not found --><html><body><p>Not found</p></body></html>\n",
    "text": "not found\n",
    "cut": config()[:400],
    "control": config(names="    <displayName>A&#1;B</displayName>\n"),
}

ENCODED = {
    "latin1": config(head='<?xml version="1.0" encoding="ISO-8859-1"?>\n', names="    <displayName>Bücher</displayName>\n").encode("latin-1"),
    "latin1-comment": config(head='<?xml version="1.0" encoding="ISO-8859-1"?>\n<!-- Bücher -->\n').encode("latin-1"),
    "latin1-username": config(server("imap", username="büro"), server("smtp"), head='<?xml version="1.0" encoding="ISO-8859-1"?>\n').encode("latin-1"),
    "windows-1252": config(head='<?xml version="1.0" encoding="windows-1252"?>\n', names="    <displayName>5 €</displayName>\n").encode("cp1252"),
    "utf16": config(head='<?xml version="1.0" encoding="UTF-16"?>\n').encode("utf-16"),
    "utf8-broken": config(names="    <displayName>Bücher</displayName>\n").encode("latin-1"),
    "shift-jis": config(head='<?xml version="1.0" encoding="Shift_JIS"?>\n', names="    <displayName>メール</displayName>\n").encode("shift_jis"),
}


def samples():
    named = {**SERVERS, **PROVIDERS, **FORMS}
    return {**{name: text.encode() for name, text in named.items()}, **ENCODED, **mixtures(200)}


def mixtures(count, seed=20):
    """Files of several servers, each value drawn from the good and the bad ones."""
    draw = random.Random(seed)
    hosts = ["imap.example.com", "Mail.Example.com", f"mail.{DOMAIN}", " mail.example.com", "mail", "", False, "imap.gmail.com", "a b", "7", "%X%",
             ["one.example.com", "two.example.com"]]
    ports = [993, 143, 995, 110, 465, 587, 25, 0, 70000, "", " 993 ", "imaps", False, [993, 143], "<port x='1'>993</port>"]
    sockets = ["SSL", "STARTTLS", "plain", "TLS", "", False, " SSL", ["TLS", "SSL"], ["STARTTLS", "SSL"]]
    auths = [["password-cleartext"], ["OAuth2"], ["OAuth2", "password-cleartext"], ["password-encrypted"], ["plain"], ["none"], ["TLS-client-cert"], [],
             ["GSSAPI", "password-cleartext"], "", ["x", "NTLM"], "<authentication><!-- x -->password-cleartext</authentication>"]
    usernames = [ADDRESS, LOCAL, "office", "%EMAILADDRESS", "", False, "42", [LOCAL, ADDRESS], "<username/>", " x "]
    kinds = ["imap", "imap", "imap", "pop3", "pop3", "smtp", "smtp", "smtp", "ews", "jmap", ""]

    def one(good):
        kind = draw.choice(kinds)
        pick = (lambda first, others: first if draw.random() < good else draw.choice(others))
        return server(kind, pick(None, hosts), pick(None, ports), pick("SSL", sockets), pick(["password-cleartext"], auths), pick(ADDRESS, usernames))

    return {f"mixture-{number:03}": config(*[one(draw.choice([0.5, 0.9])) for _ in range(draw.randint(1, 6))]).encode() for number in range(count)}
