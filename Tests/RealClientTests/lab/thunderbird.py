"""A real Thunderbird, headless, on a given profile, with privileged JavaScript run inside it.

The client under test is an installed one, reached through a shadow of its application directory: links to everything, plus
one file of default prefs and one AutoConfig file. Default prefs are never written into the profile's prefs.js (a user.js or
Marionette's own recommended prefs would be), so a profile that was opened here shows only what the client itself wrote.
"""
import atexit
import contextlib
import functools
import glob
import json
import os
import shutil
import signal
import subprocess
import threading
import time

from .dovecot import LOCAL_NAMES
from .marionette import Marionette, MarionetteError
from .scratch import Scratch

JS_DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "js")
APP_DIRECTORY_VARIABLE = "THUNDERBIRD_APPDIR"
USUAL_APP_DIRECTORIES = ("/usr/lib/thunderbird", "/usr/lib64/thunderbird", "/opt/thunderbird")

# The files that must lie in the application directory itself, because the client finds the others beside them.
OWN_FILES = ("thunderbird", "thunderbird-bin", "libxul.so", "application.ini", "platform.ini", "dependentlibs.list")

DEFAULT_PREFS = {
    # Marionette on a port of its choice, without its changes to the user's prefs
    "remote.prefs.recommended": False, "marionette.port": 0, "remote.log.level": "Warn",
    # js/lab.cfg
    "general.config.filename": "lab.cfg", "general.config.obscure_value": 0, "general.config.sandbox_enabled": False,
    # the laboratory's names are this machine, and nothing else is reached
    "network.dns.localDomains": ",".join(LOCAL_NAMES),
    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "localhost, 127.0.0.1, .lab.test, lab.test, .second.test",
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "network.manage-offline-status": False, "offline.autoDetect": False, "mailnews.tcptimeout": 20,
    "services.settings.server": "http://127.0.0.1:9", "extensions.update.enabled": False,
    "app.update.auto": False, "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False, "datareporting.healthreport.uploadEnabled": False,
    "toolkit.telemetry.enabled": False,
    # no greetings
    "mail.rights.version": 1, "mailnews.start_page.enabled": False, "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True, "mail.winsearch.firstRunDone": True, "mail.provider.enabled": False,
    "mail.inappnotifications.enabled": False, "mail.biff.show_alert": False, "mail.biff.play_sound": False,
}


class ThunderbirdError(Exception):
    pass


def find_app_directory(given=None):
    """The application directory to use: the given one, else $THUNDERBIRD_APPDIR, else where distributions install it."""
    chosen = given or os.environ.get(APP_DIRECTORY_VARIABLE)
    candidates = [chosen] if chosen else USUAL_APP_DIRECTORIES
    for directory in candidates:
        if os.path.exists(os.path.join(directory, "application.ini")):
            return os.path.realpath(directory)
    raise ThunderbirdError(f"no Thunderbird in {', '.join(candidates)} (Debian: thunderbird)")


_shadow_lock = threading.Lock()
_shadows = {}


def shadow_application(app_directory, prefs=None):
    """The shadow of an application directory with these default prefs, made once in a run and removed at its end."""
    key = (app_directory, json.dumps(prefs or {}, sort_keys=True))
    with _shadow_lock:
        if key not in _shadows:
            _shadows[key] = _make_shadow(app_directory, {**DEFAULT_PREFS, **(prefs or {})})
        return _shadows[key]


@functools.lru_cache(maxsize=None)
def _shadows_scratch():
    scratch = Scratch("lab-thunderbird")
    atexit.register(scratch.remove)
    return scratch


def _make_shadow(source, prefs):
    shadow = _shadows_scratch().directory(f"app-{len(_shadows)}")
    for name in os.listdir(source):
        origin = os.path.realpath(os.path.join(source, name))
        if name in OWN_FILES:
            _link_or_copy(origin, os.path.join(shadow, name))
        elif name != "defaults" and os.path.exists(origin):
            os.symlink(origin, os.path.join(shadow, name))
    prefs_directory = os.path.join(shadow, "defaults", "pref")
    os.makedirs(prefs_directory)
    for path in glob.glob(os.path.join(source, "defaults", "pref*", "*")):
        os.symlink(os.path.realpath(path), os.path.join(prefs_directory, os.path.basename(path)))
    with open(os.path.join(prefs_directory, "zz-lab.js"), "w") as file:
        file.writelines(f"pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in prefs.items())
    shutil.copy(os.path.join(JS_DIRECTORY, "lab.cfg"), os.path.join(shadow, "lab.cfg"))
    return shadow


def _link_or_copy(origin, target):
    """A hard link saves copying libxul.so; it is refused across file systems and for files of others."""
    try:
        os.link(origin, target)
    except OSError:
        shutil.copy2(origin, target)


@functools.lru_cache(maxsize=None)
def script(name):
    """The text of js/<name>.js."""
    with open(os.path.join(JS_DIRECTORY, name + ".js"), encoding="utf-8") as file:
        return file.read()


class Thunderbird:
    """`with Thunderbird(profile, scratch) as client: client.js("return Services.appinfo.version")`.

    app_directory chooses another installed version, prefs adds default prefs, home is what the client gets as HOME, environment adds variables.
    The profile itself is opened and rewritten; copy it first where that is not wanted.
    """

    def __init__(self, profile, scratch, *, app_directory=None, prefs=None, home=None, arguments=(), timeout=60, environment=None):
        self.profile = os.path.abspath(profile)
        self.application = shadow_application(find_app_directory(app_directory), prefs)
        self.scratch = scratch
        self.home = home or scratch.path("client-home")
        self.arguments = list(arguments)
        self.timeout = timeout
        self.variables = environment or {}
        self.process = None
        self.marionette = None
        self.calls = 0

    def start(self):
        log = self.scratch.path("thunderbird.log")
        port_file = os.path.join(self.profile, "MarionetteActivePort")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(port_file)
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [os.path.join(self.application, "thunderbird"), "--headless", "--no-remote", "--marionette",
                 "--remote-allow-system-access", "--profile", self.profile, *self.arguments],
                env=self._environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        atexit.register(self._kill)
        try:
            self._connect(port_file, log)
        except BaseException:
            self._kill()
            raise
        return self

    def _environment(self):
        unwanted = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
        environment = {name: value for name, value in os.environ.items() if name not in unwanted}
        os.makedirs(self.home, exist_ok=True)
        environment.update(
            HOME=self.home, XDG_CACHE_HOME=os.path.join(self.home, ".cache"), LC_ALL="C.UTF-8",
            XDG_RUNTIME_DIR=self.scratch.directory("runtime", mode=0o700), TMPDIR=self.scratch.directory("tmp"),
            MOZ_HEADLESS="1", MOZ_CRASHREPORTER_DISABLE="1", MOZ_DISABLE_CONTENT_SANDBOX="1", **self.variables)
        return environment

    def _connect(self, port_file, log):
        deadline = time.monotonic() + self.timeout
        while not self.marionette:
            if self.process.poll() is not None:
                raise ThunderbirdError(f"the client ended at once, exit status {self.process.returncode}: {_tail(log)}")
            if time.monotonic() > deadline:
                raise ThunderbirdError(f"the client did not come up in {self.timeout} s: {_tail(log)}")
            with contextlib.suppress(OSError, ValueError):
                with open(port_file) as file:
                    port = int(file.read())
                self.marionette = Marionette(port, self.timeout)
                break
            time.sleep(0.1)
        self.marionette.command("WebDriver:NewSession", {"strictFileInteractability": True, "unhandledPromptBehavior": "ignore"})
        self.marionette.command("Marionette:SetContext", {"value": "chrome"})

    def js(self, body, *arguments, timeout=60):
        """Runs the body of an async function in chrome scope and returns its JSON value; it gets `arguments` as `args`.

        `js/prelude.js` is in scope. The script runs detached and is polled for, because a dialog that opens meanwhile
        makes Marionette abandon a running script.
        """
        self.calls += 1
        store = "const lab = Cu.getGlobalForObject(Services).labResults ??= {};"
        self._execute(
            f"{store} const slot = lab[{self.calls}] = {{}}; const args = JSON.parse(arguments[0]);"
            f"(async () => {{ {script('prelude')}\n{body}\n }})().then("
            "value => { slot.result = JSON.stringify({ value: value === undefined ? null : value }); },"
            "error => { slot.result = JSON.stringify({ error: String(error) + '\\n' + (error?.stack || '') }); });",
            json.dumps(arguments))
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            result = self._execute(f"{store} return lab[{self.calls}].result || '';")
            if result:
                result = json.loads(result)
                if "error" in result:
                    raise ThunderbirdError("JavaScript: " + result["error"])
                return result["value"]
            time.sleep(0.05)
        raise ThunderbirdError(f"JavaScript did not finish in {timeout} s")

    def run(self, name, *arguments, timeout=120):
        """Runs js/<name>.js, see `js`."""
        return self.js(script(name), *arguments, timeout=timeout)

    def dialogs(self):
        """Every dialog since the start, from before the first window on: [{href, text, t}]. Each was cancelled at once."""
        return self.js("return dialogs();")

    def _execute(self, source, *arguments):
        parameters = {"script": source, "args": list(arguments), "newSandbox": True, "sandbox": "system"}
        for attempt in range(40):
            try:
                return self.marionette.command("WebDriver:ExecuteScript", parameters).get("value")
            except MarionetteError as error:
                if "alert open" not in str(error) or attempt == 39:
                    raise ThunderbirdError(str(error)) from error
                time.sleep(0.25)

    def quit(self, timeout=30):
        """Ends the client the way a user does and waits for it; kills it when it does not end in time."""
        if not self.process:
            return
        with contextlib.suppress(Exception):
            # Marionette writes the port it chose into the prefs; the profile must not keep it.
            self.js("Services.prefs.clearUserPref('marionette.port')", timeout=10)
            self.marionette.command("Marionette:Quit", {"flags": ["eAttemptQuit"]}, timeout=timeout)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        self._kill()

    def kill(self):
        """Ends the client as a power failure would."""
        self._kill()

    def _kill(self):
        if self.marionette:
            self.marionette.close()
            self.marionette = None
        atexit.unregister(self._kill)
        process, self.process = self.process, None
        if process and process.poll() is None:
            # The group is the session made at the start: this client and its own children.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.profile, "MarionetteActivePort"))

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind:
            self._kill()
        else:
            self.quit()


def _tail(path):
    with open(path, errors="replace") as file:
        return file.read()[-800:]
