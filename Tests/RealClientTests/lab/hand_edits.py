"""What people, scripts and old versions do to prefs.js, as edits of a finished fixture that leave its meaning as it was."""
import os
import re

BOM = "\ufeff"
LINE = re.compile(r'^user_pref\("([^"]*)", (.*)\);$')


def _read(profile):
    with open(os.path.join(profile, "prefs.js"), encoding="utf-8", newline="") as file:
        return file.read()


def _write(profile, text):
    with open(os.path.join(profile, "prefs.js"), "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)


def _entries(text):
    """The prefs of a prefs.js as the client writes it, {key: value as written}."""
    return {match[1]: match[2] for match in map(LINE.match, text.split("\n")) if match}


def _server_of(entries, kind):
    """The key ("server2") of the first server of this type."""
    return next(key.split(".")[2] for key, value in sorted(entries.items())
                if key.endswith(".type") and key.startswith("mail.server.") and value == f'"{kind}"')


def scramble(profile):
    """Uses every freedom that the client's parser gives (facts found with the client; the result stays valid)."""
    entries = _entries(_read(profile))
    server = f"mail.server.{_server_of(entries, 'pop3')}."
    odd = {
        server + "type": f"user_pref( '{server}type' ,\t'p\\u006fp3' ) ;",
        server + "hostname": f'user_pref("{server}host\\x6eame"\r\n  ,\r\n  "pop\\x2elab.test"\r\n);',
        server + "port": f'user_pref("{server}port", +{entries[server + "port"]}); // implicit TLS',
        server + "socketType": f'user_pref("{server}socketType",/* TLS */ 3 );',
        server + "userName": f'# the "local part" alone does not do\r\nuser_pref("{server}userName", \'alice\\x40lab.test\');',
        server + "name": f'user_pref("{server}name", "It\'s \\"Lab\\"; // no comment");',
    }
    lines = [BOM + "// Edited by hand; see the wiki.", "/*", f'  user_pref("{server}type", "imap");  // tried, did not work', "*/",
             f'user_pref("{server}hostname", "pop.before.test"); user_pref("{server}port", "110");', ""]
    together = []
    for key, value in entries.items():
        if key in odd:
            lines.append(odd[key])
        elif key.startswith("mailnews.tags."):
            together.append(f'user_pref("{key}", {value});')  # several on one line
        else:
            lines.append(f'user_pref("{key}", {value});')
    lines += [" ".join(together), 'user_pref("mail.compose.template", "raw', '\tnewline");', 'user_pref("mail.compose.latin1", "B\udcfcro");',
              'user_pref("mail.compose.negative" , - 3);', "\f\v"]
    middle = len(lines) // 2
    _write(profile, "\r\n".join(lines[:middle]) + "\r\n" + "\n".join(lines[middle:]) + "// no line end here")


def age(profile):
    """Gives prefs.js the shape of a profile from before version 100 that was kept through all the upgrades."""
    text = _read(profile)
    entries = _entries(text)
    pop, local = _server_of(entries, "pop3"), _server_of(entries, "none")
    for key in (f"mail.server.{local}.directory-rel", "mail.root.none-rel", "mail.root.pop3-rel"):
        entries.pop(key, None)
    entries[f"mail.server.{pop}.realhostname"] = entries[f"mail.server.{pop}.hostname"]
    entries[f"mail.server.{pop}.realuserName"] = entries[f"mail.server.{pop}.userName"]
    entries[f"mail.server.{pop}.isSecure"] = "true"
    entries["mail.server.default.leave_on_server"] = "true"
    entries["mail.ui-rdf.version"] = "31"
    header = text.partition("user_pref")[0].replace("// Mozilla User Preferences", "# Mozilla User Preferences")
    _write(profile, header + "".join(f'user_pref("{key}", {value});\n' for key, value in sorted(entries.items())))
