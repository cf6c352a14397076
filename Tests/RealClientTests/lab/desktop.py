"""A desktop session of its own for one home: D-Bus, an unlocked keyring, an X server.

Everything runs in namespaces where the laboratory's names are this machine, its authority is trusted and the machine has
another name, so that neither the machine's files nor a profile has to be changed for a client that knows no other way.
"""
import atexit
import contextlib
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

from .dovecot import CA_CERTIFICATE, LOCAL_NAMES

KEYRING_PASSWORD = "lab-keyring"
TRUST_STORE = "/etc/ssl/certs/ca-certificates.crt"
SCREEN = "1280x1024x24"
HOST_NAME = "lab"
NAMESPACE = f'hostname {HOST_NAME} && mount --bind "$1" /etc/hosts && mount --bind "$2" {TRUST_STORE} && shift 2 && exec "$@"'
# What the bus may start. Of a desktop's other services none is needed, and some ask, or reach for the network.
SERVICES = "/usr/share/dbus-1/services"
ALLOWED_SERVICES = ("org.gnome.evolution.*", "org.gnome.OnlineAccounts.*", "org.gnome.Identity.*", "org.a11y.*")
BUS_CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={bus}</listen>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class DesktopError(Exception):
    pass


class Desktop:
    """`with Desktop(home, scratch) as desktop: desktop.run("program")`.

    directories names the home's trees, {"config": path, "data": path, "cache": path} below it, where they are not the usual
    ones; without `display` there is no X server, without `trusted` the laboratory's authority is a stranger. All that was started in it ends with it, but nothing else.
    """

    def __init__(self, home, scratch, *, directories=None, display=True, trusted=True):
        self.home = os.path.abspath(home)
        self.scratch = scratch
        self.directories = {"config": ".config", "data": ".local/share", "cache": ".cache", **(directories or {})}
        self.display = display
        self.trusted = trusted
        self.runtime = None
        self.processes = []
        self.environment = {}

    def start(self):
        self.runtime = tempfile.mkdtemp(prefix="run-", dir=self.scratch.root)  # also what tells our processes from others
        atexit.register(self.stop)
        try:
            self.environment = self._environment()
            self._write_namespace_files()
            if self.display:
                self._start_display()
            self._start_bus()
            self._start_keyring()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Ends every process that has our runtime directory in its environment: those started here and those the bus started."""
        atexit.unregister(self.stop)
        if not self.runtime:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 3
            while (mine := self.pids()) and time.monotonic() < deadline:
                for pid in mine:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, number)
                self._reap()
                time.sleep(0.1)
        self._reap()
        shutil.rmtree(self.runtime, ignore_errors=True)
        self.runtime = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # Processes in the session

    def start_process(self, *command, log=None, **options):
        """Starts a command in the session; its output goes to the scratch directory."""
        with open(log or self.scratch.path("desktop.log"), "ab") as output:
            process = subprocess.Popen(self._in_namespace(command), env=self.environment, stdout=output, stderr=output,
                                       start_new_session=True, **{"stdin": subprocess.DEVNULL, **options})
        self.processes.append(process)
        return process

    def run(self, *command, timeout=30, check=True, **options):
        """Runs a command in the session to its end and returns what it wrote."""
        process = subprocess.run(self._in_namespace(command), env=self.environment, capture_output=True, text=True, timeout=timeout,
                                 **({} if "input" in options else {"stdin": subprocess.DEVNULL}), **options)
        if check and process.returncode:
            raise DesktopError(f"{' '.join(command[:2])}: exit status {process.returncode}: {(process.stderr or process.stdout)[-600:]}")
        return process.stdout

    def pids(self, program=None):
        """The session's processes, or those of the program with this path."""
        mark = b"\0XDG_RUNTIME_DIR=" + os.fsencode(self.runtime) + b"\0"
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = mark in b"\0" + file.read()
                if ours and program in (None, os.readlink(f"/proc/{pid}/exe")):
                    found.append(int(pid))
        return found

    def path(self, tree, *names):
        """A path in one of the home's trees: "config", "data" or "cache"."""
        return os.path.join(self.home, self.directories[tree], *names)

    def _in_namespace(self, command):
        user = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
        return ["unshare", *user, "--mount", "--uts", "--propagation", "private", "--", "sh", "-c", NAMESPACE, "sh",
                os.path.join(self.runtime, "hosts"), os.path.join(self.runtime, "trusted.crt"), *command]

    def _environment(self):
        kept = {name: os.environ[name] for name in ("USER", "LOGNAME") if name in os.environ}
        return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "SHELL": "/bin/sh", **kept,
                "HOME": self.home, "XDG_CONFIG_HOME": self.path("config"), "XDG_DATA_HOME": self.path("data"),
                "XDG_CACHE_HOME": self.path("cache"), "XDG_RUNTIME_DIR": self.runtime, "TMPDIR": self.scratch.directory("tmp"),
                # settings in a file of the home, no file system service, no question to the network whether there is one
                "GSETTINGS_BACKEND": "keyfile", "GIO_USE_VFS": "local", "GIO_USE_NETWORK_MONITOR": "base",
                "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}

    def _write_namespace_files(self):
        if not os.path.exists(TRUST_STORE):
            raise DesktopError(f"no {TRUST_STORE} (Debian: ca-certificates)")
        with open(os.path.join(self.runtime, "hosts"), "w") as file:
            file.write("127.0.0.1 localhost " + " ".join(LOCAL_NAMES) + "\n")
        with open(os.path.join(self.runtime, "trusted.crt"), "wb") as trusted:
            for path in (TRUST_STORE, *([CA_CERTIFICATE] if self.trusted else [])):
                with open(path, "rb") as file:
                    trusted.write(file.read() + b"\n")
        probe = subprocess.run(self._in_namespace(["true"]), capture_output=True, text=True)
        if probe.returncode:
            raise DesktopError(f"no mount namespace of our own, needed for /etc/hosts and {TRUST_STORE}: {probe.stderr.strip()}")

    def _start_display(self):
        reader, writer = os.pipe()
        try:
            self.start_process("Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset", pass_fds=(writer,))
        finally:
            os.close(writer)
        with os.fdopen(reader) as file:
            number = file.readline().strip()
        if not number:
            raise DesktopError("Xvfb did not start (Debian: xvfb)")
        self.environment["DISPLAY"] = f":{number}"

    def _start_bus(self):
        services, bus, configuration = (os.path.join(self.runtime, name) for name in ("services", "bus", "bus.conf"))
        os.mkdir(services)
        for path in (path for pattern in ALLOWED_SERVICES for path in glob.glob(os.path.join(SERVICES, pattern))):
            os.symlink(path, os.path.join(services, os.path.basename(path)))
        with open(configuration, "w") as file:
            file.write(BUS_CONFIGURATION.format(bus=bus, services=services))
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        self.start_process("dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile")
        self._await("the session bus", lambda: os.path.exists(bus))

    def _start_keyring(self):
        """The keyring is the desktop's, not the client's: it lies in its usual place."""
        process = self.start_process("env", f"XDG_DATA_HOME={self.home}/.local/share", "gnome-keyring-daemon", "--foreground", "--unlock",
                                     "--components=secrets", stdin=subprocess.PIPE)
        process.stdin.write(KEYRING_PASSWORD.encode())
        process.stdin.close()
        self.run("gdbus", "wait", "--session", "--timeout", "20", "org.freedesktop.secrets")

    def _await(self, what, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise DesktopError(f"{what} did not come up")
            time.sleep(0.05)

    def _reap(self):
        self.processes = [process for process in self.processes if process.poll() is None]
