"""What the controls of a report's page do. Each check is a function of a Page; it raises Wrong if the page is wrong.

FAULTS names, for a check, the faults of behaviour.js that it must find.
"""
import json
import os
import time
import urllib.parse

WAIT_SECONDS, FAULT_WAIT_SECONDS = 3, 0.15
CONTROLS = {"engine": 3, "graph": 1, "layout": 2, "cache": 4}  # by part of a cell's name: workload/graph/layout/engine/cache/…
HERE = os.path.dirname(os.path.abspath(__file__))


class Wrong(Exception):
    """A sentence: what the page does wrong."""


class Page:
    """A report in the browser, loaded anew for every check."""

    def __init__(self, browser, url, fault=None):
        self.browser, self.url, self.fault = browser, url, fault
        self.load()

    def load(self, fragment="", fault=True):
        self.browser.open(self.url + fragment)
        with open(os.path.join(HERE, "behaviour.js"), encoding="utf-8") as file:
            self.browser.define(file.read())
        if self.fault and fault:
            self.run("(name) => { faults[name]() }", self.fault)

    def run(self, script, *arguments):
        return self.browser.run(script, *arguments)

    def choose(self, control, value):
        self.run("choose", "f-" + control, value)

    def until(self, what, good, script, *arguments):
        """Waits until good(result of the script); the page may take a moment."""
        ends = time.monotonic() + (FAULT_WAIT_SECONDS if self.fault else WAIT_SECONDS)
        while True:
            found = self.run(script, *arguments)
            if good(found):
                return found
            if time.monotonic() > ends:
                raise Wrong("%s: %s" % (what, json.dumps(found, ensure_ascii=False)[:300]))
            time.sleep(0.02)

    def names(self):
        return self.run("cellNames")

    def fragment(self):
        text = self.run("() => location.hash")
        return dict(urllib.parse.parse_qsl(text[1:], keep_blank_values=True))


def number(text):
    """The number in a text such as "12 300", "3.05×" or "1.2k×"."""
    plain = "".join(text.split()).replace("×", "").replace(",", "").replace("−", "-")
    scale = {"k": 1e3, "M": 1e6}.get(plain[-1:], 1)
    try:
        return float(plain[:-1] if scale > 1 else plain) * scale
    except ValueError:
        raise Wrong("'%s' is no number" % text) from None


def same(what, found, wanted):
    if found != wanted:
        raise Wrong("%s is %s, not %s" % (what, json.dumps(found, ensure_ascii=False)[:200], json.dumps(wanted, ensure_ascii=False)[:200]))


# ---- filter ----

def filtered(page, wanted):
    """Exactly the rows of these cells are shown, in every table, and the count says so."""
    total = len(page.names())
    page.until("rows shown that do not match, and hidden ones that do", lambda rows: rows == [[], []], "wrongRows", wanted)

    def counts(text):
        words = "".join(text.split()).lower()
        return words.startswith("%dof%dcells" % (len(wanted), total))
    page.until("#f-count, for %d of %d cells," % (len(wanted), total), counts, "() => one('#f-count').textContent")


def check_filters(page):
    names = page.names()
    for control, part in CONTROLS.items():
        values = sorted({name.split("/")[part] for name in names})
        same("the options of #f-" + control, sorted(page.run("optionsOf", "f-" + control)), [""] + values)
        for value in values[-2:]:
            page.choose(control, value)
            filtered(page, [name for name in names if name.split("/")[part] == value])
        page.choose(control, "")
        filtered(page, names)


def check_filters_together(page):
    names = page.names()
    wanted = names[len(names) // 2]
    for control, part in CONTROLS.items():
        page.choose(control, wanted.split("/")[part])
        kept = [name for name in names if name.split("/")[part] == wanted.split("/")[part]]
        names = kept
    filtered(page, names)


def check_text(page):
    names = page.names()
    for text in (names[-1].split("/nodes")[0], names[0].rsplit("/", 1)[1], "no such cell"):
        page.choose("text", text)
        filtered(page, [name for name in names if text in name])


# ---- sort ----

def sorted_rows(page, table, column, numeric):
    """Clicks twice; the rows are in the order that aria-sort names, and in the other one then."""
    before = page.run("valuesOf", table, column)
    seen = []
    for _ in range(2):
        page.run("clickSort", table, column)
        heads = page.until("aria-sort of the clicked column", lambda heads: heads[column]["aria"] in ("ascending", "descending") and
                           heads[column]["aria"] not in seen, "columnsOf", table)
        seen.append(heads[column]["aria"])
        same("the columns with a direction", [i for i, head in enumerate(heads) if head["aria"] not in (None, "none")], [column])
        rows = page.run("valuesOf", table, column)
        same("the rows after sorting", sorted(row[0] for row in rows), sorted(row[0] for row in before))
        values = [float(row[1]) for row in rows if row[1] not in (None, "")] if numeric else [row[2] for row in rows]
        if seen[-1] == "descending":
            values.reverse()
        if numeric and values != sorted(values) or not numeric and not page.run("ascend", values):
            raise Wrong("column %d is not %s: %s" % (column, seen[-1], values[:12]))
    same("the first direction", seen[0], "ascending")


def check_sort(page):
    heads = page.run("columnsOf", "#cells")
    if not all(head["button"] for head in heads if head["text"]):
        raise Wrong("a column of #cells has no button.sort")
    numeric = [i for i, head in enumerate(heads) if head["numeric"]]
    texts = [i for i, head in enumerate(heads) if not head["numeric"]]
    if not numeric or not texts:
        raise Wrong("#cells has no numeric column, or none of text")
    for column in numeric[:2] + texts[:1]:
        sorted_rows(page, "#cells", column, column in numeric)


def check_sort_others(page):
    """Every other table with rows of cells can be sorted, too; one is tried."""
    page.run("() => all('details:not(.cell)').forEach((details) => { details.open = true; })")
    ids = page.run("""() => all("table").filter((table) => table.id !== "cells" && rowsOf(table).length > 1 &&
        table.querySelector("th button.sort") && table.checkVisibility())
        .map((table, i) => table.id || (table.id = "tried-" + i))""")
    if not ids:
        raise Wrong("no other table of cells can be sorted")
    for column, head in enumerate(page.run("columnsOf", "#" + ids[0])):
        if head["numeric"]:
            return sorted_rows(page, "#" + ids[0], column, True)
    raise Wrong("table #%s has no numeric column" % ids[0])


# ---- ratio ----

def check_ratio(page):
    before = page.run("timesOf")
    if not before:
        raise Wrong("no table has td.time with data-v")
    base = before[0][len(before[0]) // 2][0]
    page.choose("ratio", base)
    times = page.until("no × in the column of times", lambda tables: any("×" in row[2] for row in tables[0]), "timesOf")
    for table in times:
        base_value = next((value for name, value, _ in table if name == base), None)
        if base_value is None:
            continue
        for name, value, text in table:
            wanted = value / base_value
            if "×" not in text or abs(number(text) / wanted - 1) > 0.006:  # three digits
                raise Wrong("the ratio of %s is '%s', not %.4g×" % (name, text, wanted))
    page.choose("ratio", "")
    page.until("the times after the ratio was taken away", lambda tables: tables == before, "timesOf")


# ---- details of a row ----

def check_open(page):
    name, other = page.names()[1], page.names()[-1]
    start = page.run("placeOf", name)
    same("the details are of the row's cell", start["right"], True)
    same("details in a table at first", start["inTable"], False)
    page.run("(name) => linkOf(name).click()", name)
    page.until("the opened details", lambda at: at["open"] and at["seen"] and at["belowRow"] and at["spans"], "placeOf", name)
    page.run("(name) => linkOf(name).click()", other)
    page.until("the second opened details", lambda at: at["belowRow"] and at["openedRows"] == 2, "placeOf", other)

    # They stay below their row when the table is sorted, and are hidden with it.
    page.run("clickSort", "#cells", 0)
    page.run("clickSort", "#cells", 0)
    page.until("the opened details after sorting", lambda at: at["belowRow"] and at["seen"], "placeOf", name)
    page.choose("text", other)
    page.until("the opened details of a hidden row", lambda at: not at["seen"], "placeOf", name)
    page.choose("text", "")

    page.run("(name) => linkOf(name).click()", name)
    page.run("(name) => linkOf(name).click()", other)
    page.until("the details after the second click", lambda at: at["before"] == start["before"] and at["parent"] == start["parent"] and
               at["open"] == start["open"] and at["openedRows"] == 0, "placeOf", name)


def check_copy(page):
    name = page.names()[0]
    command = page.run("commandOf", name)
    if "iowalk " not in command:
        raise Wrong("the command is '%s'" % command[:80])
    page.run("(name) => linkOf(name).click()", name)
    page.run("emptyClipboard")
    page.run("clickCopy", name)
    page.until("the clipboard", lambda text: text.strip() == command, "() => navigator.clipboard.readText()")
    page.until("the word 'copied'", lambda text: "copied" in text.lower(), "(name) => detailsOf(name).textContent", name)


def check_copy_refused(page):
    """Without the right to the clipboard the command is selected."""
    name = page.names()[0]
    command = page.run("commandOf", name)
    page.run("() => { Clipboard.prototype.writeText = () => Promise.reject(new Error('refused')) }")
    page.run("(name) => linkOf(name).click()", name)
    page.run("clickCopy", name)
    page.until("the selection", lambda text: text.strip() == command, "() => getSelection().toString()")


# ---- the state in the fragment ----

def set_view(page, index):
    """Sets a view, and returns the fragment that it should have."""
    names = page.names()
    name = names[(index * 37 + 5) % len(names)]
    parts = name.split("/")
    heads = page.run("columnsOf", "#cells")
    numeric = [i for i, head in enumerate(heads) if head["numeric"]]
    page.choose("engine", parts[3])
    wanted = {"engine": parts[3]}
    if index:
        page.choose("graph", parts[1])
        page.choose("layout", parts[2])
        page.choose("cache", parts[4])
        page.choose("text", "nodes")
        page.choose("ratio", name)
        page.run("clickSort", "#cells", numeric[0])
        page.run("clickSort", "#cells", numeric[0])
        page.run("(name) => linkOf(name).click()", name)
        wanted.update(graph=parts[1], layout=parts[2], cache=parts[4], text="nodes", ratio=name, open=name)
    return wanted


def check_fragment(page):
    same("the fragment at first", page.fragment(), {})
    seen = []
    for index in (0, 1):
        wanted = set_view(page, index)
        ends = time.monotonic() + (FAULT_WAIT_SECONDS if page.fault else WAIT_SECONDS)
        while True:
            found = page.fragment()
            sort = found.pop("sort", "")
            if found == wanted and (not index or sort.endswith(":desc")) or time.monotonic() > ends:
                break
            time.sleep(0.05)
        same("the fragment", found, wanted)
        same("the direction in the fragment", sort.split(":")[-1], "desc" if index else "")
        shot, fragment = page.run("snapshot"), page.run("() => location.hash")
        seen.append((fragment, shot))
        page.load()
    for fragment, shot in seen + seen[:1]:
        page.load(fragment)
        page.until("the view of %s, restored," % fragment, lambda found, shot=shot: found == shot, "snapshot")
        same("the fragment, restored", page.run("() => location.hash"), fragment)


def check_fragment_open(page):
    """Two opened rows, and a fragment that names what is not there."""
    names = page.names()
    page.load("#open=" + ",".join(urllib.parse.quote(name, safe="") for name in (names[0], names[2])))
    for name in (names[0], names[2]):
        page.until("details of the fragment", lambda at: at["belowRow"] and at["seen"], "placeOf", name)
    page.browser.log()
    for fragment in ("#engine=none&ratio=none&sort=none:99:up&open=none", "#%", "#=&&=", "#cell-1"):
        page.load(fragment)
        same("errors at " + fragment, page.browser.log(), [])


CHECKS = [("filters: each select", check_filters), ("filters: all selects together", check_filters_together),
          ("filters: text", check_text), ("sort: numbers and text", check_sort), ("sort: another table", check_sort_others),
          ("ratio to a cell", check_ratio), ("open and close rows", check_open), ("copy a command", check_copy),
          ("copy without the clipboard", check_copy_refused), ("the fragment is written and restored", check_fragment),
          ("fragments with opened rows, and wrong ones", check_fragment_open)]
FAULTS = {"filters: each select": ["filter", "count"], "filters: text": ["filter"], "sort: numbers and text": ["sort", "sort twice"],
          "ratio to a cell": ["ratio", "wrong ratio"], "open and close rows": ["open", "close"],
          "copy a command": ["copy", "copy wrong"], "the fragment is written and restored": ["fragment"]}
