#!/usr/bin/env python3
"""Recomputes a gate's report from its record: gate_report_check.py GATE REPORT JSON exits 1 if they differ.

GATE is the folder of the gate, REPORT that of report.md and report.html, JSON what `iowalk report --gate GATE
--json` printed. Effects of blocks come from blocks.jsonl by the definition in harness/gate/decision.h, and the
effect and the interval of a cell from its blocks: the median of the Walsh averages, and the interval that inverts the
signed-rank test. Nothing is shared with the program.
"""
import gzip
import html.parser
import json
import math
import os
import re
import sys

gate, report, json_path = sys.argv[1:4]
wrong = []
checked = {}


# A record has six digits of a time, which the gate decided by in full.
RECORDED = 1e-3


def expect(what, name, found, wanted, tolerance=1e-6):
    checked[what] = checked.get(what, 0) + 1
    if found is None or wanted is None:
        good = found is None and wanted is None
    elif isinstance(wanted, float):
        good = abs(found - wanted) <= tolerance * max(1, abs(wanted))
    else:
        good = found == wanted
    if not good:
        wrong.append("%s of %s: found %r, wanted %r" % (what, name, found, wanted))


# ---- the record ----

with open(gate + "/gate.json", encoding="utf-8") as file:
    info = json.load(file)
packed = os.path.exists(gate + "/blocks.jsonl.gz")
opener = gzip.open if packed else open
with opener(gate + "/blocks.jsonl" + (".gz" if packed else ""), "rt", encoding="utf-8") as file:
    lines = [json.loads(line) for line in file if line.endswith("\n")]  # a kill leaves half a line
names = [cell["name"] for cell in info["cells"]]


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def mean(values):
    return sum(values) / len(values)


def difference(line, cell):
    """Effect, effect on the means, and the baseline's time, of a block."""
    processes, a_turn = line["cells"][cell], line["samples_a_turn"][cell]
    sides = {"A": [], "B": []}
    means = {"A": [], "B": []}
    for side, samples in zip(line["order"], processes):
        turns = [samples[i:i + a_turn] for i in range(0, len(samples), a_turn)]
        sides[side].append([math.log(min(turn)) for turn in turns])
        means[side].append(math.log(mean(samples)))
    a, b = ([mean(turn) for turn in zip(*sides[side])] for side in "AB")
    return median([y - x for x, y in zip(a, b)]), mean(means["B"]) - mean(means["A"]), median(a)


blocks = {name: {"screen": [], "confirm": []} for name in names}
for line in lines:
    if line["stage"] in ("screen", "confirm"):
        for cell in line["cells"]:
            blocks[names[int(cell)]][line["stage"]].append(difference(line, cell))


# ---- statistics ----

def walsh(values):
    return sorted((values[i] + values[j]) / 2 for i in range(len(values)) for j in range(i, len(values)))


def rank_sums(count):
    """P(the sum of the positive ranks = s) for s = 0, 1, …"""
    ways = [1.0]
    for rank in range(1, count + 1):
        longer = ways + [0.0] * rank
        for i, way in enumerate(ways):
            longer[i + rank] += way
        ways = longer
    return [way / 2 ** count for way in ways]


def interval(values, confidence=0.95):
    """The k-th least and greatest Walsh average, with the largest k of enough confidence."""
    averages, chances = walsh(values), rank_sums(len(values))
    k, below = 0, 0.0
    while below + chances[k] <= (1 - confidence) / 2:
        below += chances[k]
        k += 1
    return (averages[k - 1], averages[-k]) if k else (-math.inf, math.inf)


def percent(logarithm):
    return 100 * math.expm1(logarithm)


# ---- the page ----

class Page(html.parser.HTMLParser):
    """Rows of tables as (label of the table, data-cell, [(text, data-v)]); dots of pictures as (picture, title)."""

    def __init__(self):
        super().__init__()
        self.rows, self.dots, self.heading = [], [], ""
        self.label = self.key = self.cells = self.text = None
        self.value = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "div":
            self.label = attributes.get("aria-label")
        elif tag == "tr":
            self.key, self.cells = attributes.get("data-cell"), []
        elif tag in ("td", "th", "title", "h1", "h3"):
            self.text, self.value = "", attributes.get("data-v")

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            value = self.value
            if value is None and re.fullmatch(r"-?\d[\d\u2009]*(\.\d+)?", self.text): # the text says it in full
                value = self.text.replace("\u2009", "")
            self.cells.append((self.text, None if value is None else float(value)))
        elif tag == "tr" and self.key is not None:
            self.rows.append((self.label, self.key, self.cells))
        elif tag == "h3":
            self.heading = self.text
        elif tag == "h1":
            self.title = self.text
        elif tag == "title" and self.heading:
            self.dots.append((self.heading.split(": ")[0], self.text))
        if tag in ("td", "th", "title", "h1", "h3"):
            self.text = None


page = Page()
with open(report + "/report.html", encoding="utf-8") as file:
    page.feed(file.read())
with open(report + "/report.md", encoding="utf-8") as file:
    markdown = file.read()
with open(json_path, encoding="utf-8") as file:
    told = json.load(file)


def rows(label):
    return [(key, cells) for found, key, cells in page.rows if found == label]


def words(value):
    """As the page writes a percentage."""
    text = "%.*f" % (1 if abs(value) < 99.95 else 0, abs(value))
    return ("" if abs(value) < 0.05 else "−" if value < 0 else "+") + text + " %"


# ---- blocks: the page's tables and dots, and the JSON ----

expect("finding", "the page", page.title, told["finding"])


def by_mean(name):
    """Is the cell judged by the mean of all samples?"""
    return "mean of all samples" in by_cell[name]["change"].get("note", "")


def by_tail(name):
    """Is it called slower for the blocks that lie far off?"""
    return "some of its processes are slow" in by_cell[name]["change"].get("note", "")


shown = {}
for key, cells in rows("blocks of a cell"):
    shown.setdefault(key, []).append(cells)
dots = {}
for key, title in page.dots:
    dots.setdefault(key, []).append(title)
by_cell = {cell["cell"]: cell for cell in told["cells"]}
expect("cells", "the JSON", sorted(by_cell), sorted(names))
for name in names:
    wanted = [("screen", i) + b for i, b in enumerate(blocks[name]["screen"])]
    wanted += [("confirm", i) + b for i, b in enumerate(blocks[name]["confirm"])]
    found = by_cell[name]["blocks"]
    expect("blocks", name, len(found), len(wanted))
    for block, (stage, number, effect, mean_effect, baseline) in zip(found, wanted):
        expect("stage", name, (block["stage"], block["block"]), (stage, number))
        expect("effect in JSON", name, block["effect_percent"], percent(effect))
        expect("mean effect in JSON", name, block["mean_effect_percent"], percent(mean_effect))
        expect("baseline in JSON", name, block["baseline_ns"], math.exp(baseline))
    if name not in shown:
        continue
    expect("rows of blocks", name, len(shown[name]), len(wanted))
    expect("dots", name, len(dots.get(name, [])), len(wanted))
    for cells, dot, (stage, number, effect, mean_effect, baseline) in zip(shown[name], dots[name], wanted):
        long_stage = "confirmation" if stage == "confirm" else stage
        expect("stage on the page", name, cells[0][0], long_stage)
        expect("number on the page", name, cells[1][1], float(number))
        expect("effect on the page", name, cells[2][1], percent(effect))
        expect("its text", name, cells[2][0], words(percent(effect)))
        expect("mean effect on the page", name, cells[3][1], percent(mean_effect))
        expect("baseline on the page", name, cells[4][1], math.exp(baseline))
        judged = mean_effect if by_mean(name) else effect
        expect("dot", name, dot, "%s, block %d: %s" % (long_stage, number, words(percent(judged))))
        row = "| %s | %d | %s | %s |" % (long_stage, number, words(percent(effect)), words(percent(mean_effect)))
        expect("row of report.md", name, row in markdown, True)

# ---- cells: effects and intervals, and the verdicts of the record ----

result = {cell["cell"]: cell for cell in info.get("result", {}).get("cells", [])}
effects = {}
for label in ("cells that changed", "undecided cells", "unchanged cells"):
    for key, cells in rows(label):
        effects[key] = (label, cells)
for name in names:
    change = by_cell[name].get("change")
    if result:
        for field in ("verdict", "counts", "note", "explanation"):
            expect(field, name, change.get(field), result[name].get(field))
        expect("time", name, sorted(change.get("time", {})), sorted(result[name].get("time", {})))
    if "time" not in change:
        continue
    stage = "confirm" if len(blocks[name]["confirm"]) >= 4 else "screen"
    values = [block[1 if by_mean(name) else 0] for block in blocks[name][stage]]
    effect = percent(median(walsh(values)))
    low, high = (percent(bound) for bound in interval(values))
    if by_tail(name):
        effect = percent(sum(values) / len(values))
        low = high = math.inf  # Student's: tests/test_gate_level.c
    time = change["time"]
    expect("effect of the cell", name, time["effect_percent"], effect, RECORDED)
    if change["verdict"] in ("regression", "improvement", "inconclusive") and math.isfinite(high):
        expect("lower bound", name, time["low_percent"], low, RECORDED)
        expect("upper bound", name, time["high_percent"], high, RECORDED)
    label, cells = effects[name]
    column = 2 if label == "cells that changed" else 1
    expect("effect on the page's table", name, cells[column][1], effect, RECORDED)
    expect("its text", name, cells[column][0], words(effect))
    if "high_percent" in time:
        bounds = "%s to %s" % tuple(words(time[k])[:-2].lstrip("+") for k in ("low_percent", "high_percent"))
        expect("bounds on the page", name, cells[column + 1][0], bounds)
    if label == "unchanged cells":
        threshold = max(told["threshold_percent"], info["cells"][names.index(name)].get("threshold_percent", 0))
        most = max(abs(time["low_percent"]), abs(time["high_percent"]))
        inside = -threshold < time["low_percent"] and time["high_percent"] < threshold
        expect("within on the page", name, cells[3][1], most if inside else None)
        expect("within in JSON", name, by_cell[name].get("within_percent"), most if inside else None)

# ---- stalls ----

for key, cells in rows("stalls"):
    stage = "confirm" if len(blocks[key]["confirm"]) >= 4 else "screen"
    for column in (0, 1):
        effect = percent(median(walsh([block[column] for block in blocks[key][stage]])))
        expect("stalls", key, cells[1 + column][1], effect, RECORDED)

# ---- sums ----

sums = {"worse": 0, "better": 0, "undecided": 0, "unchanged": 0}
keys = {"regression": "worse", "improvement": "better", "inconclusive": "undecided", "no_change": "unchanged"}
for cell in by_cell.values():
    change = cell["change"]
    if "time" in change and change["verdict"] != "accepted":
        sums[keys[change["time"]["verdict"]]] += 1
    elif "time" not in change and change["verdict"] == "inconclusive":
        sums["undecided"] += 1
for key, count in sums.items():
    expect("sum", key, told["verdicts"]["time"][key], count)
time_row = dict(rows("cells by verdict"))["time"]
expect("sums on the page", "time", [value for _, value in time_row[1:5]], [float(sums[k]) for k in sums])

needed = ["blocks", "sum"] + (["effect in JSON"] if any(b["screen"] for b in blocks.values()) else [])
wrong += ["nothing was checked of: " + what for what in needed if what not in checked]
print("checked: %s" % checked)
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
