#!/usr/bin/env python3
"""Tests the pages of reports in Chromium: main.py WORK CHROMIUM CHROMEDRIVER AXE.

WORK has the reports: WORK/NAME/report.html for the names in PAGES; pages that are absent are skipped. The page
WORK/big may still be in the making: it is waited for until WORK/big.end exists. AXE is the file axe.min.js, or
`none`. Prints a line for each point: `ok`, `not_ok` or `skip`, a name and details, with tabs between;
tests/blackbox/browser.sh makes TAP of them.

IOWALK_SCREENSHOTS: a folder for pictures of all pages. IOWALK_STRICT=1 also checks the target of the time to load.
"""
import os
import pathlib
import signal
import sys
import time

import behaviour
from webdriver import Browser, BrowserError

HERE = os.path.dirname(os.path.abspath(__file__))
PAGES = ["few", "run", "two", "five", "gate", "big"]
WIDTHS = [390, 800, 1280, 1920]
BIG_WIDTHS = [390, 1280]  # each takes seconds there
PAPER = {"portrait": 717, "landscape": 1046}  # A4 without 1 cm on each side, in CSS pixels
PRINTED = ["few", "two"]  # as PDF files
LOAD_MOST_S, LOAD_TARGET_S = 10, 1
BIG_WAIT_S = 120
SHOWN_MOST = 15
# axe-core takes a second for a thousand elements: of long tables, the first rows are enough.
AXE_LEFT_OUT = "tbody > tr:nth-child(n+25), details.cell ~ details.cell ~ details.cell ~ details.cell ~ details.cell"

failures = 0


def point(kind, name, details=""):
    global failures
    failures += kind == "not_ok"
    print("%s\t%s\t%s" % (kind, name, details.replace("\t", " ").replace("\n", "\\n")), flush=True)


def check(name, wrong):
    """A point: `wrong` is a list of sentences."""
    more = ["and %d more" % (len(wrong) - SHOWN_MOST)] if len(wrong) > SHOWN_MOST else []
    point("not_ok" if wrong else "ok", name, "\n".join(wrong[:SHOWN_MOST] + more))


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


def define_checks(browser):
    browser.define(read("checks.js") + read("behaviour.js"))


# ---- what the page looks like ----

class Look:
    """One report at several sizes."""

    def __init__(self, browser, name, url, shots):
        self.browser, self.name, self.url, self.shots = browser, name, url, shots

    def load(self, width=1280):
        self.browser.view(width)
        seconds = self.browser.open(self.url)
        define_checks(self.browser)
        return seconds

    def picture(self, what, height_max=0):
        if self.shots:
            self.browser.screenshot(os.path.join(self.shots, "%s-%s.png" % (self.name, what)), height_max)

    def opened(self):
        """Opens two rows, by their links where scripts run."""
        self.browser.run("""() => {
            const links = all("#cells a.open").slice(0, 2);
            if (all("button.sort").length) links.forEach((link) => link.click());
            else links.map((link) => document.getElementById(link.hash.slice(1))).forEach((details) => { details.open = true; });
        }""")

    def first_screen(self):
        self.picture("first")
        check("%s: the first screen holds the finding and a figure" % self.name, self.browser.run("firstScreen"))
        check("%s: marks of figures have titles" % self.name, self.browser.run("untitledMarks"))

    def widths(self):
        big = self.name == "big"
        self.opened()
        for width in BIG_WIDTHS if big else WIDTHS:
            wrong = []
            for scheme in ("light", "dark") if width == 1280 else ("light",):
                self.browser.view(width, dark=scheme == "dark")
                pictures = not big or (width, scheme) == (1280, "light")
                found = self.browser.run("layoutFindings", False, pictures)
                wrong += [scheme + ": " + text for text in found if "light: " + text not in wrong]
                self.picture("%d-%s" % (width, scheme), 0 if big else 8000)
            check("%s at %d px: nothing overlaps, is cut, too small or too faint" % (self.name, width), wrong)

    def printed(self):
        self.browser.view(1280, media="print")
        landscape = self.browser.run("""() => [...document.styleSheets].some((sheet) => [...sheet.cssRules].some((rule) =>
            rule instanceof CSSPageRule && rule.cssText.includes("landscape")))""")
        self.browser.view(PAPER["landscape" if landscape else "portrait"], media="print")
        check("%s in print: nothing overlaps or is cut" % self.name, self.browser.run("layoutFindings", True, False))
        self.picture("print", 8000)
        if self.name in PRINTED and self.shots:
            self.browser.pdf(os.path.join(self.shots, self.name + ".pdf"))

    def errors(self):
        """The page needs nothing but itself, and reports no error."""
        wrong = self.browser.log()
        wrong += self.browser.run("""() => performance.getEntriesByType("resource").map((entry) => entry.name)
            .filter((name) => !name.startsWith("data:")).map((name) => "it loads " + name)""")
        wrong += self.browser.run("""() => [].concat(
            document.querySelector('meta[http-equiv="Content-Security-Policy"]') ? [] : ["there is no Content-Security-Policy"],
            all("script[src], link[rel=stylesheet]").map((element) => "it has a " + element.tagName))""")
        check("%s: complete in one file, without errors" % self.name, wrong)

    def without_scripts(self):
        """All rows and details are there; the controls are not."""
        count = """() => ({ rows: all("tr[data-cell]").length, cells: all("#cells tr[data-cell]").length,
            details: all("details.cell").length, commands: all("details.cell pre.repeat").length,
            targets: all("#cells a.open").filter((link) => document.getElementById(link.hash.slice(1))).length,
            hidden: all("[hidden]").filter((element) => element.id !== "controls").length,
            controls: all("#controls").some((element) => element.checkVisibility()), buttons: all("button").length })"""
        rows = self.browser.run(count)["rows"]
        self.browser.scripts(False)
        try:
            self.load()
            found = self.browser.run(count)
            wanted = dict(found, rows=rows, details=found["cells"], commands=found["cells"], targets=found["cells"],
                          hidden=0, controls=False, buttons=0)
            wrong = ["%s: %s, not %s" % (key, found[key], wanted[key]) for key in found if found[key] != wanted[key]]
            if not found["cells"] and self.name != "gate":
                wrong.append("no rows of cells")
            if self.name != "big":
                self.opened()
                wrong += self.browser.run("layoutFindings", False, False)
                self.picture("no-scripts", 8000)
            check("%s without scripts: all is there" % self.name, wrong)
        finally:
            self.browser.scripts(True)

    def accessible(self, axe):
        if not axe:
            point("skip", "%s: axe-core" % self.name, "axe-core is not installed (scripts/install-deps.sh --tests, with npm)")
            return
        wrong = []
        self.load()
        self.browser.run("(leftOut) => { all(leftOut).forEach((element) => element.remove()) }", AXE_LEFT_OUT)
        self.browser.define(axe)
        for dark in (False, True):
            self.browser.view(1280, dark=dark)
            # Only colours depend on the scheme.
            rules = {"resultTypes": ["violations"]}
            if dark:
                rules["runOnly"] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
            found = self.browser.run("""(rules) => axe.run(document, rules).then((result) => result.violations.map((one) =>
                one.id + " (" + one.nodes.length + "): " + one.help + ": " +
                one.nodes.slice(0, 2).map((node) => node.target.join(" ") + " " + node.html.slice(0, 90)).join("; ")))""", rules)
            wrong += [("dark: " if dark else "light: ") + text for text in found]
        check("%s: axe-core finds nothing" % self.name, wrong)


def look_at(browser, name, url, shots, axe):
    look = Look(browser, name, url, shots)
    browser.log()
    seconds = look.load()
    if name == "big":
        most = LOAD_TARGET_S if os.environ.get("IOWALK_STRICT") == "1" else LOAD_MOST_S
        print("# the page of the big run loads in %.2f s" % seconds)
        check("big: the page loads within %d s" % most, [] if seconds <= most else ["%.2f s" % seconds])
    for part in (look.errors, look.first_screen, look.widths, look.printed, look.without_scripts, lambda: look.accessible(axe)):
        attempt("%s: %s" % (name, getattr(part, "__name__", "axe")), part)


def attempt(name, part, *arguments):
    try:
        part(*arguments)
    except (BrowserError, OSError) as error:
        point("not_ok", name, str(error))


# ---- what the page does ----

def outcome(browser, url, run, fault=None):
    """The sentence of what is wrong, or an empty one."""
    try:
        run(behaviour.Page(browser, url, fault))
        return ""
    except (behaviour.Wrong, BrowserError) as error:
        return str(error)


def behave(browser, url):
    browser.view(1280)
    for name, run in behaviour.CHECKS:
        wrong = outcome(browser, url, run)
        check(name, [wrong] if wrong else [])
        for fault in behaviour.FAULTS.get(name, []):
            found = wrong or outcome(browser, url, run, fault)
            check("%s: the fault '%s' is found" % (name, fault), [] if found and not wrong else ["the check " + (
                "fails without the fault" if wrong else "passes")])


def layout_faults(browser, url):
    browser.view(1280)
    browser.open(url)
    define_checks(browser)
    before = set(browser.run("layoutFindings", False, False))
    for name in browser.run("() => Object.keys(layoutFaults)"):
        browser.run("plant", name)
        found = set(browser.run("layoutFindings", False, False)) - before
        browser.run("() => { document.body.lastElementChild.remove() }")
        kind = name.replace(" cell", "").replace(" of words", "").replace(" in a figure", "") if name != "cut in a figure" else name
        check("a fault of the layout is found: %s" % name, [] if any(text.startswith(kind) for text in found) else ["found: %s" % found])


def wait_for_big(work):
    ends = time.monotonic() + BIG_WAIT_S
    while not os.path.exists(os.path.join(work, "big.end")) and time.monotonic() < ends:
        time.sleep(0.1)


def main():
    work, chromium, driver, axe_file = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    axe = None
    if axe_file != "none":
        with open(axe_file, encoding="utf-8") as file:
            axe = file.read()
    shots = os.environ.get("IOWALK_SCREENSHOTS")
    if shots:
        os.makedirs(shots, exist_ok=True)
    browser = Browser(driver, chromium)
    try:
        browser.cdp("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        browser.cdp("Emulation.setFocusEmulationEnabled", enabled=True)
        for name in PAGES:
            began = time.monotonic()
            if name == "big":
                wait_for_big(work)
            file = os.path.join(work, name, "report.html")
            url = pathlib.Path(os.path.abspath(file)).as_uri()
            if not os.path.exists(file):
                point("skip", name, "there is no such report")
                continue
            if name == "run":
                behave(browser, url)
            if name == "few":
                attempt("faults of the layout", layout_faults, browser, url)
            look_at(browser, name, url, shots, axe)
            print("# %s: %.1f s" % (name, time.monotonic() - began), flush=True)
    finally:
        browser.close()


if __name__ == "__main__":
    main()
