"""A headless Chromium, spoken to by the DevTools protocol over a pair of pipes."""
import base64
import json
import os
import select
import shutil
import subprocess
import time

PATIENCE = 60


class Browser:
    """Keeps what the console said, which requests were made, and what the security policy forbade."""

    def __init__(self, scratch):
        program = shutil.which("chromium")
        if program is None:
            raise RuntimeError("chromium is missing: scripts/install-dependencies test")
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # The program reads commands from descriptor 3 and answers on 4.
        wrapper = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        self._log = open(os.path.join(scratch, "chromium.log"), "wb")
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", wrapper, "-", str(theirs_in), str(theirs_out), program,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-crash-reporter", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND",
             "--remote-debugging-pipe", f"--user-data-dir={scratch}/chromium", "about:blank"],
            pass_fds=[theirs_in, theirs_out], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env=dict(os.environ, HOME=scratch, LC_ALL="C.UTF-8"), start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self._buffer = b""
        self._number = 0
        self._session = None
        self.console, self.requests, self._loaded = [], [], False
        target = self._first_page()
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network", "Audits"]:
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._session = None
            self._send("Browser.close")
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, 9)
            self._process.wait()
        for descriptor in [self._in, self._out]:
            os.close(descriptor)
        self._log.close()

    def _first_page(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for target in self.call("Target.getTargets")["targetInfos"]:
                if target["type"] == "page":
                    return target["targetId"]
            time.sleep(0.05)
        raise RuntimeError("chromium has no page")

    # Protocol

    def _send(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._out, rest):]
        return self._number

    def call(self, method, **parameters):
        number = self._send(method, **parameters)
        end = time.monotonic() + PATIENCE
        while True:
            message = self._receive(end)
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def _receive(self, end):
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], max(0, end - time.monotonic()))[0]:
                raise RuntimeError("chromium does not answer")
            read = os.read(self._in, 1 << 20)
            if not read:
                raise RuntimeError("chromium has ended; see chromium.log")
            self._buffer += read
        line, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(line)
        self._note(message)
        return message

    def _note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.console.append(f"{parameters['type']}: {parameters['args']}")
        elif method == "Runtime.exceptionThrown":
            self.console.append("exception: " + json.dumps(parameters["exceptionDetails"])[:500])
        elif method == "Log.entryAdded":
            self.console.append("log: " + parameters["entry"]["text"])
        elif method == "Audits.issueAdded":
            self.console.append("issue: " + json.dumps(parameters["issue"])[:500])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded = True

    # What tests do

    def open(self, path):
        """Loads a file. Returns the seconds until its load event."""
        self._loaded = False
        self.console.clear()
        self.requests.clear()
        start = time.monotonic()
        self.call("Page.navigate", url="file://" + path)
        while not self._loaded:
            self._receive(start + PATIENCE)
        return time.monotonic() - start

    def ask(self, expression):
        """The value of a JavaScript expression, a promise's included."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:80]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def window(self, width, height, scheme="light", media=""):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path, whole=False):
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["data"]))

    def press(self, key, text=""):
        for kind in ["keyDown", "keyUp"]:
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      text=text if kind == "keyDown" else "",
                      windowsVirtualKeyCode={"Enter": 13, "Tab": 9}.get(key, 0))

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])
