"""What people and scripts do to Evolution's account files, as edits of a finished fixture that leave their meaning as it was."""
import os


def scramble(profile, accounts):
    """Uses the freedoms that GLib's parser gives, in the files of the first account."""
    _scramble_account(os.path.join(profile, "sources", accounts[0]["account"] + ".source"))
    _scramble_identity(os.path.join(profile, "sources", accounts[0]["identity"] + ".source"))


def _scramble_account(path):
    text = _read(path)
    text = text.replace("[Data Source]\n", "# Edited by hand; see the wiki.\n\n\t[Data Source]  \nDisplayName[de]=Büro; Größe\n"
                        "DisplayName[pt_BR] = Caixa\nX-Note=a # is no comment here\n", 1)
    text = text.replace("BackendName=pop\n", "# BackendName=imapx  (tried, did not work)\nBackendName=imapx\n  BackendName \t=  pop\n", 1)
    text = text.replace("Port=", "Port=110\nPort=", 1)
    text = text.replace("Host=pop.lab.test\n", "Host=pop.before.test\n", 1)
    text = text.replace("\n[Security]\n", "\n# the new server wants TLS\n[Security]\nX-Since=2019\n", 1)
    text = text.replace("IntervalMinutes=60\n", "IntervalMinutes = 15\n", 1)
    text += "\n[X-Company Inventory]\nAsset=4711\nTags=a\\;b;c;\n\n# wins over the first one\n[Authentication]\nHost=pop.lab.test\n\n\n# the end"
    lines = text.split("\n")
    middle = len(lines) // 2
    _write(path, "\r\n".join(lines[:middle]) + "\r\n" + "\n".join(lines[middle:]))


def _scramble_identity(path):
    text = _read(path)
    text = text.replace("[Mail Submission]\n", "# sent mail stays here\n[Mail Submission]\nSentFolder=folder://local/Outbox\n", 1)
    text = text.replace("Name=Lab User\n", "Name=Lab User\nX-Empty=\nX-Motto=\\sa\\tb \n", 1)
    _write(path, text)


def _read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def _write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
