#!/usr/bin/env python3
"""Checks a report against the samples it was made of, without any code of iowalk's.

report_check.py RUN REPORT: every median, percentile and count in report.md, report.html and the .tsv
files is worked out again from RUN/samples.jsonl. Prints what is wrong; exit status 1 where anything is.
"""
import csv
import html.parser
import json
import os
import re
import statistics
import sys

run, report = sys.argv[1:3]
wrong = []
VOID = {"meta", "img", "br", "link"}


def scaled(value):
    """Three digits and a unit, as a person reads a time."""
    for unit in (" ns", " µs", " ms"):
        if abs(value) < 999.5:
            break
        value /= 1000
    else:
        unit = " s"
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return "0 ns" if value == 0 else "%.*f%s" % (digits, value, unit)


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.rows, self.text, self.pre = [], [], None, 0

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag == "script":
            wrong.append("a script in the HTML")
        if tag == "img" and not names.get("alt"):
            wrong.append("a figure without alternative text")
        for name, value in attributes:
            if name in ("src", "href", "action", "data") and not re.match(r"data:|#", value or ""):
                wrong.append("an external reference: %s=%s" % (name, value))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.text = ""

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            wrong.append("</%s> where it does not belong" % tag)
        if tag in ("td", "th"):
            self.rows[-1].append(self.text)
            self.text = None

    def handle_data(self, data):
        if self.text is not None:
            self.text += data


samples = [json.loads(line) for line in open(run + "/samples.jsonl", encoding="utf-8")]
cells = {}
for sample in samples:
    for name, value in sample.get("metrics", {}).items():
        if name != "real_time_ns" or sample["pass"] == "time":
            cells.setdefault(sample["cell"], {}).setdefault(sample["pass"], {}).setdefault(
                name, []).append(value)

page = Page()
source = open(report + "/report.html", encoding="utf-8").read()
page.feed(source)
if page.open:
    wrong.append("not closed: %s" % page.open)
if re.search(r"@import|url\(", source):
    wrong.append("the style refers to something")
markdown = [[re.sub(r"\\(.)", r"\1", field.strip()).replace("**", "")
             for field in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in open(report + "/report.md", encoding="utf-8") if line.startswith("|")]


def expect(rows, where, key, value):
    if not any(row[:len(key)] == key and value in [part for field in row for part in
                                                   (field, field.split(" ±")[0])] for row in rows):
        wrong.append("%s has no row %s with %s" % (where, key, value))


for name, passes in cells.items():
    workload, graph, layout, engine, cache, nodes = name.split("/")[:6]
    key = [layout, cache, nodes.split(":")[1], engine]
    for where, rows in (("report.md", markdown), ("report.html", page.rows)):
        expect(rows, where, key, scaled(statistics.median(passes["time"]["real_time_ns"])))
        expect(rows, where, key, scaled(statistics.median(passes["latency"]["lat_ns_p99"])))
        calls = statistics.median(passes["count"].get("syscalls", passes["count"].get("syscalls_self")))
        if calls < 10000:
            expect(rows, where, key, "%d" % calls)


def table(name):
    with open("%s/plots/%s.tsv" % (report, name), encoding="utf-8") as file:
        return list(csv.DictReader((line for line in file if line.strip()), delimiter="\t"))


if os.path.exists(report + "/plots/cells.tsv"):
    found = {"/".join((row["workload"], row["graph"], row["layout"], row["engine"], row["cache"],
                       "nodes:" + row["nodes"])): row for row in table("cells")}
    for name, passes in cells.items():
        median = statistics.median(passes["time"]["real_time_ns"])
        row = found.get(name)
        if row is None or abs(float(row["median_ns"]) - median) > 1e-6 * median:
            wrong.append("cells.tsv: %s is not %g" % (name, median))
if os.path.exists(report + "/plots/latency.tsv"):
    for row in table("latency"):
        metric = {"50": "p50", "90": "p90", "95": "p95", "99": "p99", "99.9": "p999",
                  "99.99": "p9999"}[row["percentile"]]
        values = cells[row["cell"]]["latency"].get("lat_ns_" + metric)
        if values and abs(float(row["lat_ns"]) - statistics.median(values)) > 1e-6:
            wrong.append("latency.tsv: %s at %s" % (row["cell"], row["percentile"]))

print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
