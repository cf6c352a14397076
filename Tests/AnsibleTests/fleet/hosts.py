"""Hosts with a network, users, homes and a real sshd of their own each, as namespaces below the one of the test."""
import os
import pathlib
import pwd
import shutil
import subprocess
import time

SETUP = r"""
set -eu
echo unshared
read -r address
ip link set lo up
ip link set "$LINK" name up0
ip address add "$address/30" dev up0
ip link set up0 up
hostname "$NAME"
for file in passwd group shadow sudoers; do mount --bind "$ROOT/etc/$file" "/etc/$file"; done
# The program first: where it was built may be hidden by what follows.
[ ! -e "$ROOT/bin/profile-rewriter" ] || mount --bind "$PROGRAM" "$ROOT/bin/profile-rewriter"
mount --rbind "$ROOT/bin" /usr/local/bin
mount --bind "$ROOT/home" /home
mount --bind "$ROOT/root" /root
mount --bind "$ROOT/var-lib" /var/lib
mount -t tmpfs none /run
mkdir -m 755 /run/sshd
echo up
exec /usr/sbin/sshd -D -e -f "$ROOT/sshd_config"
"""
SSHD = """
ListenAddress {address}:22
HostKey {root}/host_key
AuthorizedKeysFile {root}/authorized_keys
PidFile none
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
StrictModes no
Subsystem sftp internal-sftp
"""
SYSTEM_USERS = ("root", "daemon", "nobody", "sshd")


class Host:
    """`homes` are the people: name, and the directory their home is a copy of, or None for an empty one."""

    def __init__(self, number, scratch, program, homes, has_program=True):
        self.name, self.number = f"h{number}", number
        self.address, self.gateway = f"10.77.{number}.2", f"10.77.{number}.1"
        self.root = pathlib.Path(scratch) / self.name
        self.program, self.process = program, None
        self._make_files(scratch, has_program)
        self._make_people(homes)

    @property
    def homes(self):
        return self.root / "home"

    @property
    def state(self):
        return self.root / "var-lib/profile-rewriter"

    def _make_files(self, scratch, has_program):
        for directory in ("etc", "home", "root", "bin", "var-lib/sudo"):
            (self.root / directory).mkdir(parents=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.root / "host_key"], check=True)
        shutil.copy(pathlib.Path(scratch) / "key.pub", self.root / "authorized_keys")
        (self.root / "sshd_config").write_text(SSHD.format(address=self.address, root=self.root))
        if has_program:
            (self.root / "bin/profile-rewriter").touch()

    def _make_people(self, homes):
        users = [pwd.getpwnam(name) for name in SYSTEM_USERS]
        passwd = [f"{u.pw_name}:x:{u.pw_uid}:{u.pw_gid}::{u.pw_dir}:{'/bin/sh' if u.pw_uid == 0 else u.pw_shell}" for u in users]
        for number, (name, (directory, fixture)) in enumerate(homes.items()):
            uid = 2000 + number
            if "\n" not in directory:
                passwd.append(f"{name}:x:{uid}:{uid}::/home/{directory}:/bin/sh")
            home = os.path.join(os.fsencode(self.homes), os.fsencode(directory))
            if fixture is None:
                os.mkdir(home)
            else:
                subprocess.run([b"cp", b"-R", b"--", os.fsencode(fixture), home], check=True)
            subprocess.run([b"chown", b"-R", b"%d:%d" % (uid, uid), b"--", home], check=True)
        names = [line.split(":")[0] for line in passwd]
        (self.root / "etc/passwd").write_bytes(os.fsencode("\n".join(passwd) + "\n"))
        (self.root / "etc/group").write_text("".join(f"{l.split(':')[0]}:x:{l.split(':')[3]}:\n" for l in passwd))
        (self.root / "etc/shadow").write_text("".join(f"{name}:*:20000:0:99999:7:::\n" for name in names))
        (self.root / "etc/sudoers").write_text("root ALL=(ALL) NOPASSWD: ALL\ndeploy ALL=(ALL) NOPASSWD: ALL\n")
        (self.root / "etc/shadow").chmod(0o600)
        (self.root / "etc/sudoers").chmod(0o440)

    def start(self):
        link = f"host{self.number}"
        environment = dict(os.environ, ROOT=str(self.root), NAME=self.name, LINK=link, PROGRAM=str(self.program))
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
             "sh", "-c", SETUP],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.root / "log", "ab"), text=True, env=environment)
        self._expect("unshared")
        ip("link", "add", f"to{self.number}", "type", "veth", "peer", "name", link)
        ip("address", "add", f"{self.gateway}/30", "dev", f"to{self.number}")
        ip("link", "set", f"to{self.number}", "up")
        ip("link", "set", link, "netns", str(self.process.pid))
        self.process.stdin.write(self.address + "\n")
        self.process.stdin.flush()
        self._expect("up")

    def _expect(self, word):
        line = self.process.stdout.readline().strip()
        if line != word:
            raise RuntimeError(f"{self.name} did not come up: {line!r}; {(self.root / 'log').read_text()}")

    def await_ssh(self):
        deadline = time.monotonic() + 30
        while "Server listening" not in (self.root / "log").read_text():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"{self.name}: no sshd; {(self.root / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def inventory(self, scratch):
        return dict(ansible_host=self.address, ansible_user="root", ansible_python_interpreter="/usr/bin/python3",
                    ansible_ssh_private_key_file=f"{scratch}/key")


def ip(*words):
    subprocess.run(["ip", *words], check=True)
