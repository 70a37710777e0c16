"""A small client of WebDriver (https://www.w3.org/TR/webdriver2/) for chromedriver: one session of headless Chromium.

Scripts of a test are evaluated by the DevTools protocol, which works while the scripts of the page are off,
and which the page's Content-Security-Policy does not restrict.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
         "--disable-features=Translate,MediaRouter,OptimizationHints", "--force-color-profile=srgb"]
ANSWER_SECONDS = 120


class BrowserError(Exception):
    """What chromedriver or a script in the page reported."""


class Browser:
    """One session. Close it: it ends the two processes and removes their files."""

    def __init__(self, driver, chromium):
        # Chromium puts a socket into TMPDIR, and the path of a socket has at most 107 bytes.
        self.folder = tempfile.mkdtemp(prefix="iowalk.", dir="/tmp")
        self.process = subprocess.Popen([driver, "--port=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, universal_newlines=True,
                                        env=dict(os.environ, TMPDIR=self.folder))
        self.session = None
        self.root = None
        try:
            self.root = "http://127.0.0.1:%d" % self._port()
            options = {"binary": chromium, "args": FLAGS + ["--user-data-dir=" + os.path.join(self.folder, "profile")]}
            answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
            self.session = "/session/" + answer["sessionId"]
        except BaseException:
            self.close()
            raise

    def _port(self):
        """chromedriver chooses a free port and prints it."""
        lines = []
        for line in self.process.stdout:
            lines.append(line.strip())
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found.group(1))
        raise BrowserError("chromedriver ended: " + " / ".join(lines[-3:]))

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(json.load(error)["value"]["message"].split("\n")[0]) from None

    def close(self):
        if self.session:
            try:
                self._call("DELETE", self.session)
            except (OSError, BrowserError):
                pass
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cdp(self, command, **parameters):
        """A command of the DevTools protocol."""
        return self._call("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, url):
        """Loads a page anew, also if only the fragment differs. Returns the seconds until `load`."""
        self._call("POST", self.session + "/url", {"url": "about:blank"})
        began = time.monotonic()
        self._call("POST", self.session + "/url", {"url": url})
        return time.monotonic() - began

    def run(self, script, *arguments):
        """Calls the function `script` ("(a, b) => ...") in the page and returns what it returns, or resolves to."""
        text = "(%s)(%s)" % (script, ",".join(json.dumps(argument) for argument in arguments))
        answer = self.cdp("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]).split("\n")[0])
        return answer["result"].get("value")

    def define(self, source):
        """Runs a script that defines functions for later calls."""
        self.run("() => { (0, eval)(%s) }" % json.dumps(source))

    def log(self):
        """Errors and warnings of the page since the last call."""
        entries = self._call("POST", self.session + "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def view(self, width, height=800, dark=False, media=""):
        """Sets the size, the colour scheme and the medium ("print", or "" for the screen)."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                  {"name": "prefers-reduced-motion", "value": "reduce"}]
        self.cdp("Emulation.setEmulatedMedia", media=media, features=scheme)

    def scripts(self, on):
        """Turns the page's scripts on or off, from the next load on."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=not on)

    def screenshot(self, path, height_max=0):
        """Of the first screen, or of the page as far as height_max."""
        parameters = {}
        if height_max:
            size = self.run("() => [innerWidth, document.documentElement.scrollHeight]")
            parameters = {"captureBeyondViewport": True,
                          "clip": {"x": 0, "y": 0, "width": size[0], "height": min(size[1], height_max), "scale": 1}}
        data = self.cdp("Page.captureScreenshot", format="png", **parameters)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def pdf(self, path):
        data = self.cdp("Page.printToPDF", printBackground=True, preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
