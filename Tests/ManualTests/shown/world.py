"""A machine of scratch, made from fixtures, on which the commands of one page run.

Its root is a directory: `/home`, `/srv`, `/media`, `/tmp`, … of a command become directories below it, and its output
has the names of the page again. HOME, the state directory and the homes of `--all-users` lie there, too, so nothing of
the real machine is read or changed, also not as root.
"""
import os
import re
import shutil
import socket
import subprocess

FIXTURES = "profiles-fixtures"

# Where a copy of which fixture lies, with DOMAIN for its domain and the directory's name for its user's.
HOMES = {
    "/home/alice": "thunderbird/mbox",
    "/srv/homes/alice": "thunderbird/mbox",
    "/srv/homes/bob": "thunderbird/noleave",
    "/srv/homes/carol": "evolution/filters",
    "/srv/homes/dave": "claws-mail/tls",
    "/srv/homes/erin": "sylpheed/tls",
    "/srv/homes/service": "thunderbird/starttls",
    "/srv/profiles/alice.V6": "thunderbird/windows",
    "/srv/users/alice": "windows-mail/windows-mail",
}
DOMAIN = "example.net"
FILES = {
    place: "autoconfig-xml/pop-first/home/isp/example.com.xml"
    for place in ["/srv/www/mail/config-v1.1.xml", "/usr/lib/thunderbird/isp/example.com.xml",
                  "/var/www/autoconfig/mail/config-v1.1.xml", "/home/alice/config-v1.1.xml",
                  "/home/alice/isp/example.com.xml", "/home/alice/ispdb/example.com.xml"]
}
# What names servers; the mail itself stays as it is, and so do indexes, whose bytes are counted.
SETTINGS = {"prefs.js", "logins.json", "accountrc", "folderlist.xml", "profiles.ini"}
ENDINGS = (".dat", ".source", ".json", ".xml")
PORTS = {b"25995": b"995", b"25110": b"110", b"25993": b"993", b"25143": b"143"}

PLACEHOLDER = re.compile(r"\b(CHANGE|dembwdhctb|RUN|20261127T094500-k3vd)\b")
ABSOLUTE = re.compile(r"(?<![\w.@:/~$}])/(home|srv|media|usr/lib|usr/share|var|tmp|root)(?=[/\s'\"]|$)")


class World:
    def __init__(self, root, checkout, program):
        self.root, self.checkout, self.program = root, checkout, program
        self.home, self.state = root / "home/alice", root / "state"
        for place, fixture in HOMES.items():
            copy(checkout / FIXTURES / fixture / "home", root / place[1:])
        for directory in ["tmp", "media/stick", "var", "usr/lib/thunderbird/isp", "bin", "everybody"]:
            (root / directory).mkdir(parents=True, exist_ok=True)
        for place, fixture in FILES.items():
            (root / place[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout / FIXTURES / fixture, root / place[1:])
        self.homes = root / "everybody/homes"
        self.homes.write_text("".join(f"{home}\n" for home in sorted((root / "srv/homes").iterdir())))
        shutil.copy(self.homes, self.home / "homes.txt")
        self.add_the_checkout()
        self.add_the_program()
        self.environment = {
            "HOME": str(self.home), "PATH": f"{root}/bin:{os.environ['PATH']}", "TMPDIR": str(root / "tmp"),
            "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "SWIFT_BACKTRACE": "enable=no"}
        self.add_a_report_of_another_machine()
        (root / "environment").write_text("")
        (root / "place").write_text(f"{self.home}\n")

    def add_the_checkout(self):
        """The repository, as a page has it whose reader has cloned it into their home."""
        place = self.home / "ProfileRewriter"
        (place / ".build/debug").mkdir(parents=True)
        (place / ".build/debug/profile-rewriter").symlink_to(self.root / "bin/profile-rewriter")
        for name in [FIXTURES, "packaging", "scripts"]:
            (place / name).symlink_to(self.checkout / name)

    def add_the_program(self):
        """The program with a journal of this world, where root's would be the machine's."""
        place = self.root / "bin/profile-rewriter"
        place.write_text(f"""#!/bin/sh
case " $* " in *" --all-users "*) echo 'the real homes are not for tests' >&2; exit 99 ;; esac
case " $* " in *" --state "*) exec '{self.program}' "$@" ;; esac
case ${{1:-}} in
""|-*|help) exec '{self.program}' "$@" ;;
*) exec '{self.program}' "$@" --state '{self.state}' ;;
esac
""")
        place.chmod(0o755)

    def add_a_report_of_another_machine(self):
        printed = subprocess.run([self.program, "report", "--json", "--homes-from", self.homes, "--state", self.root / "other"],
                                 capture_output=True, text=True, timeout=60).stdout
        renamed = printed.replace(f'"machine":"{socket.gethostname()}"', '"machine":"fs2"')
        assert renamed != printed, printed
        (self.home / "fs2.jsonl").write_text(renamed)

    def here(self, command):
        """The command as it runs: with this world's paths, homes and ids."""
        command = ABSOLUTE.sub(lambda found: f"{self.root}/{found[1]}", command)
        command = re.sub(r"(?<!\S)--all-users(?!\S)", f"--homes-from {self.homes}", command)
        if PLACEHOLDER.search(command):
            ids = self.ids()
            command = PLACEHOLDER.sub(lambda found: ids.get(found[0], found[0]), command)
        return command

    def ids(self):
        """What CHANGE, RUN and their examples stand for: the newest of the journal."""
        changes, runs = self.changes(), re.findall(r'"run":"([^"]+)"', self.history())
        return {**(dict.fromkeys(["CHANGE", "dembwdhctb"], changes[0]) if changes else {}),
                **(dict.fromkeys(["RUN", "20261127T094500-k3vd"], runs[0]) if runs else {})}

    def changes(self):
        """The ids of all that is recorded, the newest first."""
        return re.findall(r'"change":"([^"]+)"', self.history())

    def history(self):
        if not self.state.exists():
            return ""
        return subprocess.run([self.program, "history", "--json", "--state", self.state], capture_output=True,
                              text=True, timeout=60).stdout

    def run(self, command):
        """Its exit status and output, both streams as they came. Directory and exported variables stay for the next."""
        script = f"""
          set -a; . '{self.root}/environment'; set +a
          cd "$(cat '{self.root}/place')" || exit 98
          set -o pipefail
          trap 'status=$?; pwd > "{self.root}/place"; export -p > "{self.root}/environment"; exit $status' EXIT
{self.here(command)}
"""
        done = subprocess.run(["bash", "--norc", "-c", script], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return done.returncode, self.there(done.stdout.decode("utf-8", "replace"))

    def there(self, printed):
        """The output as its reader would see it."""
        printed = printed.replace(f" --state {self.state}", "").replace(f"--homes-from {self.homes}", "--all-users")
        return printed.replace(str(self.root), "")


def copy(source, place):
    """With names as a page has them."""
    shutil.copytree(source, place, symlinks=True)
    user = place.name.split(".")[0]
    for directory, directories, files in os.walk(place, topdown=False):
        for name in files:
            path = os.path.join(directory, name)
            if name in SETTINGS or name.endswith(ENDINGS):
                with open(path, "rb") as file:
                    text = file.read()
                with open(path, "wb") as file:
                    file.write(renamed(text, user))
        for name in directories + files:
            other = renamed(name.encode(), user).decode()
            if other != name:
                os.rename(os.path.join(directory, name), os.path.join(directory, other))


def renamed(text, user):
    text = re.sub(rb"(?:alice|carol)(@|%40)lab\.test", lambda found: user.encode() + found[1] + DOMAIN.encode(), text)
    text = text.replace(b"lab.test", DOMAIN.encode())
    for of_fixture, usual in PORTS.items():
        text = text.replace(of_fixture, usual)
    return text
