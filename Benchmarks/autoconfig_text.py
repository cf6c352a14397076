"""Autoconfig files as text, in the styles of Mozilla's provider database and in their proportions: CR LF, no declaration, `<x />`,
no final newline."""
import random

SERVER = """\
    <{element} type="{type}">
      <hostname>{host}</hostname>
      <port>{port}</port>
      <socketType>SSL</socketType>
      <username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication>
    </{element}>
"""


def domain(number: int) -> str:
    """The domain that a file is named after."""
    return f"d{number}.example"


def text(number: int, source: random.Random, incoming: tuple) -> str:
    """A file, decisions drawn from `source`; `incoming` is type, host and port."""
    declaration = source.choices(['<?xml version="1.0" encoding="UTF-8"?>\n', '<?xml version="1.0"?>\n', ""], (134, 14, 15))[0]
    names = [domain(number)] + [f"d{number}-{index}.example" for index in range(1, source.choice((1, 1, 2, 5, 20)))]
    domains = "".join(f"    <domain>{name}</domain>\n" for name in names)
    identity = source.choices(("", "    <identity/>\n", "    <identity />\n"), (116, 29, 18))[0]
    name = source.choices(("Example", "Exämple Mail") if declaration else ("Example",))[0]
    comment = source.choices(("", "    <!-- since the beginning -->\n"), (132, 31))[0]
    servers = SERVER.format(element="incomingServer", type=incoming[0], host=incoming[1], port=incoming[2])
    outgoing = SERVER.format(element="outgoingServer", type="smtp", host="smtp.example.com", port=465)
    result = (f'{declaration}<clientConfig version="1.1">\n  <emailProvider id="{domain(number)}">\n{domains}'
              f"    <displayName>{name}</displayName>\n{identity}{comment}{servers}{outgoing}  </emailProvider>\n</clientConfig>")
    result += source.choices(("\n", "", "\n\n"), (156, 4, 3))[0]
    return result.replace("\n", "\r\n") if source.random() < 10 / 163 else result
