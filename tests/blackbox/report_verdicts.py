#!/usr/bin/env python3
"""Checks a report of two phases cell by cell against `iowalk compare --json` and the samples.

report_verdicts.py A B COMPARE.json REPORT: compares names, effects, intervals, verdicts and counts of
report.html, report.md and changes.tsv with COMPARE.json, and computes the times again
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
tables, wrong = read_both(report)
comparison = json.load(open(compare, encoding="utf-8"))
cells = {one_line(cell["cell"]): cell for cell in comparison["cells"]}
checked = 0


def expect(name, what, good, found, wanted):
    global checked
    checked += 1
    if not good:
        wrong.append("%s of %s is '%s', not %s" % (what, name, found, wanted))


def medians(run):
    times = {}
    path = run + "/samples.jsonl"
    for line in open(path, encoding="utf-8") if os.path.exists(path) else gzip.open(path + ".gz", "rt", encoding="utf-8"):
        sample = json.loads(line)
        if sample["pass"] == "time" and "metrics" in sample:
            times.setdefault(one_line(sample["cell"]), []).append(sample["metrics"]["real_time_ns"])
    return {name: statistics.median(values) for name, values in times.items()}


first, last = medians(a_run), medians(b_run)

# ---- the tables ----

WORDS = {"no_change": "no change", "same_counts": "same counts", "only_a": "only in the baseline", "only_b": "only in the candidate"}


def check_change(name, row):
    time = cells[name].get("time", {})
    for column, keys in (("change", ["effect_percent"]), ("95 % interval", ["low_percent", "high_percent"])):
        parts = [part if part.endswith("%") else part + "%" for part in row[column].split("…")]
        values = [time.get(key) for key in keys]
        good = row[column] == "-" if None in values else len(parts) == len(values) and all(map(says, parts, values))
        expect(name, column, good, row[column], values)
    wanted = WORDS.get(cells[name]["verdict"], cells[name]["verdict"])
    by_time = time.get("verdict", "no_change")
    if cells[name]["verdict"] in ("improvement", "regression") and by_time != cells[name]["verdict"]:
        wanted += " (counts)" if by_time in ("no_change", "not_judged") else " (counts; time: %s)" % WORDS.get(by_time, by_time)
    expect(name, "verdict", row["verdict"] == wanted, row["verdict"], wanted)


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


seen = set()
for table in tables:
    if table.section == "Times":
        for row, texts in zip(table.records(), table.rows[1:]):
            name = "%s/%s/%s/%s/nodes:%s" % (table.group.replace(", ", "/"), row["layout"], row["engine"],
                                             row["cache"], row["nodes"])
            seen.add(name)
            check_medians(name, texts[4:6]) # by position: both phases may have the same name
            check_change(name, row)
    wanted = {"Largest wins": "improvement", "Largest losses": "regression"}.get(table.group)
    if wanted:
        found = [row["cell"] for row in table.records()]
        most = sum(cell["verdict"] == wanted for cell in cells.values())
        expect(table.group, "length", len(set(found)) == min(most, 8), found, most)
        for row, texts in zip(table.records(), table.rows[1:]):
            expect(row["cell"], table.group, cells[row["cell"]]["verdict"] == wanted, row["verdict"], wanted)
            check_figures(row["cell"], texts[4:6])
            check_change(row["cell"], row)
            check_counts(row["cell"], row["counts that changed"])
if seen != {name for name in cells if name in first or name in last}:
    wrong.append("the times have %d cells of %d" % (len(seen), len(cells)))
for verdict, table in (("improvement", "Largest wins"), ("regression", "Largest losses")):
    if comparison["verdicts"][verdict] > 0 and not any(each.group == table for each in tables):
        wrong.append("no table %s" % table)

# ---- the totals on the first screen ----

SUMS = {"improvement": "improved", "regression": "regressed", "no_change": "no change",
        "same_counts": "with the same counts", "inconclusive": "inconclusive", "failed": "failed", "only_a": "only in the first",
        "only_b": "only in the last"}
lines = [plain(line[2:]) for line in open(report + "/report.md", encoding="utf-8") if line.startswith("- ")]
items = re.findall(r"<li class=\"[a-z]+\">([^<]*)", open(report + "/report.html", encoding="utf-8").read())
for verdict, words in SUMS.items():
    for texts in (lines, items):
        found = [int(text.split()[0]) for text in texts if re.match(r"\d+ %s" % words, text)]
        expect("the first screen", verdict, sum(found) == comparison["verdicts"][verdict], found,
               comparison["verdicts"][verdict])

# ---- the figures' numbers ----


def close(text, value):
    return text == "NaN" if value is None else math.isclose(float(text), value, rel_tol=1e-8, abs_tol=1e-8)


if os.path.exists(report + "/plots/changes.tsv"):
    changes = read_tsv(report + "/plots/changes.tsv")
    effects = [float(row["effect_percent"]) for row in changes]
    expect("changes.tsv", "order", effects == sorted(effects), effects, "sorted")
    expect("changes.tsv", "length", len(changes) == sum("time" in cell for cell in cells.values()), len(changes),
           "the cells with times in both")
    for row in changes:
        cell = cells[row["cell"]]
        for column in ("effect_percent", "low_percent", "high_percent"):
            expect(row["cell"], column, close(row[column], cell["time"].get(column)), row[column], cell["time"])
        expect(row["cell"], "ratio", close(row["ratio"], 1 + cell["time"]["effect_percent"] / 100), row["ratio"],
               cell["time"])
        for column, key in (("a_ns", "baseline_ns"), ("b_ns", "candidate_ns")):
            expect(row["cell"], column, close(row[column], cell["time"][key]), row[column], cell["time"][key])
        expect(row["cell"], "verdict", row["verdict"] == WORDS.get(cell["verdict"], cell["verdict"]),
               row["verdict"], cell)
        found = cell["time"]["verdict"] in ("improvement", "regression")
        expect(row["cell"], "found", row["found"] == str(int(found)), row["found"], found)
    trend = read_tsv(report + "/plots/trend.tsv")
    expect("trend.tsv", "rows of two phases", trend == [], trend, "none")

if checked < 6 * len(cells):
    wrong.append("only %d were checked" % checked)
print("checked: %d" % checked)
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
