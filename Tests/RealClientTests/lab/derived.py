"""Fixtures of other systems and relatives, made from recorded ones: RECIPES says how, `make` makes one.

No Windows, no macOS and no SeaMonkey wrote them. What is rewritten is what those are known to write differently: the place of the profile,
absolute paths (`directory`, folderCache.json, pkcs11.txt), line ends on Windows, compatibility.ini. Mail, indexes, saved passwords and
key databases are as Thunderbird on Linux left them.
"""
import json
import os
import shutil

from . import fixtures

PLACE = ".thunderbird"
# Text with a line end of the system's own.
LINES = ("prefs.js", "virtualFolders.dat", "msgFilterRules.dat", "popstate.dat", "pkcs11.txt", "profiles.ini", "installs.ini",
         "compatibility.ini")
VERSION = "153.7.0_20261110162734/20261110162734"

RECIPES = {
    "windows": {
        "source": "unified", "system": "windows", "place": "AppData/Roaming/Thunderbird", "profiles": "Profiles/", "home": "C:\\Users\\lab",
        "abi": "WINNT_x86_64-msvc", "application": "C:\\Program Files\\Mozilla Thunderbird",
        "description": "A tree of Windows as a file server has it: CRLF, C:\\ paths. Made from `unified`, not by Windows.",
    },
    "macos": {
        "source": "plain", "system": "macos", "place": "Library/Thunderbird", "profiles": "Profiles/", "home": "/Users/lab",
        "abi": "Darwin_aarch64-gcc3", "application": "/Applications/Thunderbird.app/Contents/Resources",
        "description": "A tree of macOS as a file server has it: /Users paths. Made from `plain`, not by macOS.",
    },
    "seamonkey": {
        "source": "starttls", "system": "linux", "place": ".mozilla/seamonkey", "profiles": "", "home": "/home/lab",
        "abi": "Linux_x86_64-gcc3", "application": "/usr/lib/seamonkey",
        "description": "The place of SeaMonkey's profiles. Made from `starttls`, not by SeaMonkey.",
    },
}


def make(name, out):
    """Makes the fixture `name` in the directory `out` from its committed source; returns its description."""
    recipe = RECIPES[name]
    target = os.path.join(out, name)
    shutil.rmtree(target, ignore_errors=True)
    place = recipe["place"] + "/" + recipe["profiles"]
    shutil.copytree(os.path.join(fixtures.ROOT, recipe["source"], "home", PLACE), os.path.join(target, "home", place.rstrip("/")))
    for leaf in ("profiles.ini", "installs.ini"):
        os.replace(os.path.join(target, "home", place, leaf), os.path.join(target, "home", recipe["place"], leaf))
    description = _description(recipe, place)
    with open(os.path.join(target, "home", description["profile"], "compatibility.ini"), "w", encoding="utf-8") as file:
        file.write(f"[Compatibility]\nLastVersion={VERSION}\nLastOSABI={recipe['abi']}\n"
                   f"LastPlatformDir={recipe['application']}\nLastAppDir={recipe['application']}\n\n")
    for directory, _, leaves in os.walk(os.path.join(target, "home")):
        for leaf in leaves:
            _rewrite(os.path.join(directory, leaf), recipe, place)
    with open(os.path.join(target, "fixture.json"), "w", encoding="utf-8") as file:
        json.dump(description, file, ensure_ascii=False, indent=1)
        file.write("\n")
    return description


def _description(recipe, place):
    description = fixtures.load(recipe["source"])
    moved = lambda path: place + path.removeprefix(PLACE + "/") if path != PLACE else recipe["place"]
    description |= {
        "description": recipe["description"], "madeFrom": recipe["source"], "system": recipe["system"], "home": recipe["home"],
        "profile": moved(description["profile"]),
        "emptyDirectories": [moved(path) for path in description["emptyDirectories"]],
        "modes": {moved(path): mode for path, mode in description["modes"].items()},
    }
    return description


def _rewrite(path, recipe, place):
    leaf = os.path.basename(path)
    with open(path, "rb") as file:
        data = file.read()
    if leaf in fixtures.NAMING_PATHS:
        data = _with_paths(data, f"{fixtures.HOME}/{PLACE}/", recipe["home"], place, leaf != "pkcs11.txt")
    if leaf in ("profiles.ini", "installs.ini"):
        for key in (b"\nPath=lab", b"\nDefault=lab"):
            data = data.replace(key, key.replace(b"lab", recipe["profiles"].encode() + b"lab"))
    if leaf in LINES and recipe["system"] == "windows":
        data = data.replace(b"\n", b"\r\n")
    with open(path, "wb") as file:
        file.write(data)


def _with_paths(data, old, home, place, is_escaped):
    """Absolute paths of the profile in the system's spelling, to the quotation mark that ends each."""
    separator = b"/"
    if "\\" in home:
        separator = b"\\\\" if is_escaped else b"\\"
    base = home.replace("\\", "/").encode() + b"/" + place.encode()
    parts = data.split(old.encode())
    result = parts[0]
    for part in parts[1:]:
        end = min(place for place in (part.find(b'"'), part.find(b"'"), len(part)) if place >= 0)
        result += (base + part[:end]).replace(b"/", separator) + part[end:]
    return result
