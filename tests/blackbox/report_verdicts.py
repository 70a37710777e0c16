#!/usr/bin/env python3
"""Checks a report of two phases cell by cell against `iowalk compare --json` and the samples.

report_verdicts.py A B COMPARE.json REPORT: compares names, effects, intervals, verdicts and counts of
report.html and report.md, the figure of changes included, with COMPARE.json, and computes the times again
from the samples of the runs A and B. Prints the errors; exit status 1 if there are any.
"""
import gzip
import json
import math
import os
import re
import statistics
import sys

from report_tables import one_line, plain, read_both, read_tsv, says

a_run, b_run, compare, report = sys.argv[1:5]
page, wrong = read_both(report)
tables = page.tables
comparison = json.load(open(compare, encoding="utf-8"))
cells = {one_line(cell["cell"]): cell for cell in comparison["cells"]}
checked = 0


def expect(name, what, good, found, wanted):
    global checked
    checked += 1
    if not good:
        wrong.append("%s of %s is '%s', not %s" % (what, name, found, wanted))


def medians(run):
    """Of each cell, over the processes, of the median of each."""
    times = {}
    path = run + "/samples.jsonl"
    for line in open(path, encoding="utf-8") if os.path.exists(path) else gzip.open(path + ".gz", "rt", encoding="utf-8"):
        sample = json.loads(line)
        if sample["pass"] == "time" and "metrics" in sample:
            processes = times.setdefault(one_line(sample["cell"]), {})
            processes.setdefault(sample.get("process", 0), []).append(sample["metrics"]["real_time_ns"])
    return {name: statistics.median(map(statistics.median, processes.values())) for name, processes in times.items()}


first, last = medians(a_run), medians(b_run)

# ---- the tables ----

WORDS = {"no_change": "no change", "same_counts": "same counts", "only_a": "only in the baseline",
         "only_b": "only in the candidate"}
TIMES = {"no_change": "unchanged", "regression": "slower", "improvement": "faster", "inconclusive": "undecided",
         "same_counts": "not judged", "not_judged": "not judged"}
MISSING = ("failed", "only_a", "only_b", "skipped")


def time_word(cell):
    """What the column "time is" says."""
    if cell["verdict"] in MISSING:
        return WORDS.get(cell["verdict"], cell["verdict"])
    if "time" not in cell:
        return "-"
    time = cell["time"]
    if time["verdict"] == "no_change" and "low_percent" in time:
        return "within ±%.1f %%" % max(abs(time["low_percent"]), abs(time["high_percent"]))
    return TIMES[time["verdict"]]


def counts_word(cell):
    if cell["verdict"] in MISSING:
        return "-"
    if not cell["counts"]:
        return "equal"
    if any(count["regression"] for count in cell["counts"]):
        return "worse"
    return "better" if all(count["candidate"] < count["baseline"] for count in cell["counts"]) else "allowed"


def check_change(name, row):
    time = cells[name].get("time", {})
    for column, keys in (("change", ["effect_percent"]), ("95 % interval", ["low_percent", "high_percent"])):
        parts = [part if part.endswith("%") else part + "%" for part in row[column].split(" to ")]
        values = [time.get(key) for key in keys]
        good = row[column] == "-" if None in values else len(parts) == len(values) and all(map(says, parts, values))
        expect(name, column, good, row[column], values)
    expect(name, "time", row["time is"] == time_word(cells[name]), row["time is"], time_word(cells[name]))
    expect(name, "counts", row["counts are"] == counts_word(cells[name]), row["counts are"], counts_word(cells[name]))


def check_medians(name, texts):
    for text, times in zip(texts, (first, last)):
        expect(name, "time", says(text.split(" ±")[0], times.get(name)), text, times.get(name))


def check_figures(name, texts):
    """Times of runs as `compare` prints them: not medians, but the least of the processes' quartiles."""
    time = cells[name].get("time", {})
    for text, key in zip(texts, ("baseline_ns", "candidate_ns")):
        expect(name, key, text == "-" if key not in time else says(text, time[key]), text, time.get(key))


def check_counts(name, text):
    for count in cells[name]["counts"][:3]:
        values = re.search(r"(?:^|, )%s (\S+) → (\S+)" % re.escape(count["metric"]), text)
        good = values and all(says(*pair) for pair in zip(values.groups(), (count["baseline"], count["candidate"])))
        expect(name, count["metric"], good, text, count)


PARTS = {"Slower": ("time is", "slower"), "Faster": ("time is", "faster"),
         "More calls, faults or bytes": ("counts are", "worse"), "Fewer calls, faults or bytes": ("counts are", "better")}
seen, shown = set(), {part: [] for part in PARTS}
for table in tables:
    if table.section == "Times in each phase":
        for row, texts in zip(table.records(), table.rows[1:]):
            name = "%s/%s/%s/%s/nodes:%s" % (table.group.replace(", ", "/"), row["layout"], row["engine"],
                                             row["cache"], row["nodes"])
            seen.add(name)
            check_medians(name, texts[4:6]) # by position: both phases may have the same name
            check_change(name, row)
    if table.name == "cells":
        for key, row in zip(table.keys[1:], table.records()):
            check_change(one_line(key), dict(row, **{"95 % interval": row["95 % of it"]}))
    if table.section == "What changed" and table.group in PARTS:
        column, word = PARTS[table.group]
        for row, texts in zip(table.records(), table.rows[1:]):
            shown[table.group].append(row["cell"])
            expect(row["cell"], table.group, row[column] == word, row[column], word)
            check_figures(row["cell"], texts[5:7])
            check_change(row["cell"], row)
            check_counts(row["cell"], row["counts that changed"])
if seen != {name for name in cells if name in first or name in last}:
    wrong.append("the times have %d cells of %d" % (len(seen), len(cells)))
judged = any(each.get("time", {}).get("verdict") not in (None, "not_judged", "same_counts") for each in cells.values())
for part, (column, word) in PARTS.items():
    wanted = {name for name, cell in cells.items() if (time_word if column == "time is" else counts_word)(cell) == word}
    if (judged or column != "time is") and set(shown[part]) != wanted:
        wrong.append("%s: %d cells of %d" % (part, len(set(shown[part])), len(wanted)))

# ---- the sums on the first screen ----

sums = {row[""]: row for table in tables for row in table.records() if table.rows[0][:3] == ["", "better", "worse"]}
compared = [cell for cell in cells.values() if cell["verdict"] not in MISSING]
for kind, word_of, words in (("time", time_word, {"better": "faster", "worse": "slower", "undecided": "undecided",
                                                  "not judged": "not judged"}),
                             ("counts", counts_word, {"better": "better", "worse": "worse", })):
    for column, word in words.items():
        wanted = sum(word_of(cell) == word for cell in compared)
        expect("the first screen", kind + " " + column, sums[kind][column] == str(wanted), sums[kind][column], wanted)
alike = sum(counts_word(cell) in ("equal", "allowed") for cell in compared)
expect("the first screen", "counts equal", sums["counts"]["equal"] == str(alike), sums["counts"]["equal"], alike)
equal = sum(time_word(cell).startswith(("within", "unchanged")) for cell in compared)
expect("the first screen", "time equal", sums["time"]["equal"].split(" ")[0] == str(equal), sums["time"]["equal"], equal)

# ---- the figures' numbers ----


def close(text, value):
    return text == "NaN" if value is None else math.isclose(float(text), value, rel_tol=1e-8, abs_tol=1e-8)


for svg, name, title in page.titles:
    found = re.match(r"(.*): (\S+ \S+) → (\S+ \S+), ([+-][\d.]+%)(.*)", title)
    if svg != "chart" or not found or name is None:
        continue
    time = cells[one_line(name)]["time"]
    expect(name, "time in the figure", says(found[2], time["baseline_ns"]) and says(found[3], time["candidate_ns"]), title, time)
    expect(name, "effect in the figure", says(found[4], time["effect_percent"]), title, time)
    is_found = time["verdict"] in ("improvement", "regression")
    expect(name, "proven in the figure", ("; proven" in title) == is_found, title, time["verdict"])
if os.path.exists(report + "/plots/trend.tsv"):
    trend = read_tsv(report + "/plots/trend.tsv")
    expect("trend.tsv", "rows of two phases", trend == [], trend, "none")

if checked < 6 * len(cells):
    wrong.append("only %d were checked" % checked)
print("checked: %d" % checked)
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
