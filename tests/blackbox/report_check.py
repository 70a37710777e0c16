#!/usr/bin/env python3
"""Checks a report of one run against its samples, without any code of iowalk.

report_check.py RUN REPORT: computes every median, spread, percentile and count in report.html,
report.md and the .tsv files again from RUN/samples.jsonl. Prints the errors; exit status 1 if there
are any.
"""
import json
import math
import os
import re
import statistics
import sys

from report_tables import one_line, read_both, read_tsv, says

run, report = sys.argv[1:3]
page, wrong = read_both(report)
tables = page.tables
checked = {}

samples = [json.loads(line) for line in open(run + "/samples.jsonl", encoding="utf-8")]
cells = {}
for sample in samples:
    cell = cells.setdefault(one_line(sample["cell"]), {"file_bytes": sample["file_bytes"], "edges": sample["edges_count"],
                                             "reached": sample["operations_count"]})
    if sample["pass"] == "time":
        cell.setdefault("processes", {}).setdefault(sample.get("process", 0), []).append(sample["metrics"]["real_time_ns"])
    for name, value in sample["metrics"].items():
        if name != "real_time_ns" or sample["pass"] == "time":
            cell.setdefault(name, []).append(value)
            cell.setdefault("each", {}).setdefault(name, {}).setdefault(sample.get("process", 0), []).append(value)


def median(cell, metric):
    """Over the processes, of the median of each."""
    return statistics.median(map(statistics.median, cell["each"][metric].values())) if cell and metric in cell else None


def quartile(cell, share, of_processes=False):
    """Interpolates linearly between the two nearest repetitions; of several processes if asked, between their medians."""
    several = of_processes and len(cell["processes"]) > 1
    times = sorted(map(statistics.median, cell["processes"].values()) if several else cell["real_time_ns"])
    place = share * (len(times) - 1)
    low = int(place)
    high = min(low + 1, len(times) - 1)
    return times[low] + (place - low) * (times[high] - times[low])


def interval(cell):
    """The narrowest pair of processes' medians that encloses their median with 95 %, by the sign test; None below six."""
    medians = sorted(map(statistics.median, cell["processes"].values()))
    count, below, rank = len(medians), 0, 0
    for k in range(1, count // 2 + 1):
        below += math.comb(count, k - 1) / 2**count
        if 1 - 2 * below < 0.95 - 1e-9:
            break
        rank = k
    return (medians[rank - 1], medians[count - rank]) if rank else None


def ratio(one, other):
    return None if one is None or other is None else one / other


def expect(where, name, column, good, found, value):
    checked[where] = checked.get(where, 0) + 1
    if not good:
        wrong.append("%s: %s of %s is '%s', not %s" % (where, column, name, found, value))


# ---- the tables ----

METRICS = {"p50": "lat_ns_p50", "p90": "lat_ns_p90", "p95": "lat_ns_p95", "p99": "lat_ns_p99",
           "p99.9": "lat_ns_p999", "p99.99": "lat_ns_p9999", "largest": "lat_ns_max", "all": "syscalls",
           "counted by the engine": "syscalls_self", "minor": "faults_minor", "major": "faults_major",
           "minor, getrusage": "faults_minor_rusage", "major, getrusage": "faults_major_rusage",
           "context switches": "context_switches", "requested": "logical_read_bytes",
           "read from the device": "device_read_bytes", "written to the device": "device_write_bytes",
           "read amplification": "read_amplification", "roofline": "roofline_percent"}
SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999, "p9999": 0.9999}


def carried(cell, metric):
    """A percentile that ten latencies or more of a pass lie above; None for any other."""
    share = SHARES.get(metric[len("lat_ns_"):]) if metric.startswith("lat_ns_") else None
    if share is None or metric not in cell:
        return median(cell, metric)
    return median(cell, metric) if median(cell, "lat_count") * (1 - share) > 10 - 1e-6 else None


SECTIONS = ("Latency", "System calls", "Page faults", "Bytes and files")


def check_cells(table):
    """The table of all cells."""
    names = set()
    for key, row, values in zip(table.keys[1:], table.records(), table.values[1:]):
        name = "%s/%s/%s/%s/%s/nodes:%s" % (row.get("workload", "bfs"), row["graph"], row["layout"], row["engine"], row["cache"],
                                            row["nodes"].replace("\u2009", ""))
        cell = cells[name]
        memory = cells.get(name.replace("/%s/%s/" % (row["engine"], row["cache"]), "/memory/warm/"))
        time = median(cell, "real_time_ns")
        names.add(name)
        expect("cells", name, "key", one_line(key) == name, key, name)
        expect("cells", name, "time", says(row["time"], time), row["time"], time)
        expect("cells", name, "data-v", any(math.isclose(float(value), time, rel_tol=1e-8) for value in values if value),
               values, time)
        if "95 % interval" in row:
            low, high = interval(cell) or (None, None)
            half = None if low is None else 50 * (high - low) / time
            expect("cells", name, "interval", says(row["95 % interval"].replace("–", "-").lstrip("±"), half),
                   row["95 % interval"], half)
        else:
            half = 50 * (quartile(cell, 0.75) - quartile(cell, 0.25)) / time
            expect("cells", name, "spread", says(row["spread"][1:], half), row["spread"], half)
        edge = ratio(time, cell["edges"])
        expect("cells", name, "ns/edge", says(row["ns/edge"], edge), row["ns/edge"], edge)
        to_memory = ratio(time, median(memory, "real_time_ns")) if row["cache"] == "warm" else None
        expect("cells", name, "× memory", says(row["× memory"], to_memory), row["× memory"], to_memory)
        for title, metric in (("p50", "lat_ns_p50"), ("p99", "lat_ns_p99"), ("calls", "syscalls"), ("faults", "faults_minor"),
                              ("device", "device_read_bytes")):
            value = carried(cell, metric)
            expect("cells", name, title, says(row[title].replace("–", "-"), value), row[title], value)
    return names


def check_row(table, row):
    name = "%s/%s/%s/%s/nodes:%s" % (table.group.replace(", ", "/"), row["layout"], row["engine"],
                                     row["cache"], row["nodes"])
    for title, text in row.items():
        if title not in ("layout", "cache", "nodes", "engine"):
            value = carried(cells[name], METRICS.get(title, "syscalls_" + title))
            expect(table.section, name, title, says(text, value), text, value)
    return name


def check_files(table):
    for row in table.records():
        found = [cell for name, cell in cells.items()
                 if name.startswith("%s/%s/%s/" % (row["workload"], row["graph"], row["layout"]))
                 and name.endswith("/nodes:" + row["nodes"])]
        expect("files", row["graph"], "file", says(row["file"], found[0]["file_bytes"]), row["file"],
               found[0]["file_bytes"])


if [check_cells(table) for table in tables if table.name == "cells"] != [set(cells)]:
    wrong.append("the table of all cells has not all of them")
for section in SECTIONS:
    seen = set()
    for table in tables:
        if table.section == section and table.group == "File sizes":
            check_files(table)
        elif table.section == section:
            seen.update(check_row(table, row) for row in table.records())
    if seen != set(cells):
        wrong.append("%s: %d cells of %d" % (section, len(seen), len(cells)))

# ---- the figures in the page ----

PER_EDGE = {"calls/edge": lambda cell: per_edge(cell, "syscalls"),
            "faults/edge": lambda cell: per_edge(cell, "faults_minor") + (per_edge(cell, "faults_major") or 0),
            "KiB/edge": lambda cell: per_edge(cell, "device_read_bytes") / 1024,
            "of what the device can do": lambda cell: median(cell, "roofline_percent")}
NS = {"ns": 1, "µs": 1e3, "ms": 1e6}


def per_edge(cell, metric):
    return ratio(median(cell, metric), cell["edges"])


def check_title(title):
    name, _, text = title.rpartition(": ")
    cell = cells[one_line(name)]
    walk = re.match(r"(\S+ \S+) a walk, (\S+) (\S+) an edge, .*?(\d+) processes$", text)
    bar = re.match(r"(\S+(?: %)?) (\S+/edge|of what the device can do)$", text)
    grid = re.match(r"(\S+ \S+) an edge, \S+ the best$", text)
    if walk:
        bounds = re.search(r"95 % interval (\S+) to (\S+),", text)
        wanted = interval(cell)
        good = bool(bounds) == bool(wanted) and (not wanted or all(
            math.isclose(float(found) * NS[walk[3]] * cell["edges"], value, rel_tol=6e-3)
            for found, value in zip(bounds.groups(), wanted)))
        expect("ranking", name, "interval", good, bounds and bounds.groups(), wanted)
        expect("ranking", name, "processes", int(walk[4]) == len(cell["processes"]), walk[4], len(cell["processes"]))
        time = median(cell, "real_time_ns")
        expect("ranking", name, "time", says(walk[1], time), walk[1], time)
        expect("ranking", name, "per edge", math.isclose(float(walk[2]) * NS[walk[3]], time / cell["edges"], rel_tol=1e-3),
               walk[2], time / cell["edges"])
    elif bar:
        value = PER_EDGE[bar[2]](cell)
        expect("bars", name, bar[2], says(bar[1], value), bar[1], value)
    elif grid:
        expect("grid", name, "per edge", says(grid[1], per_edge(cell, "real_time_ns")), grid[1], per_edge(cell, "real_time_ns"))
    else:
        wrong.append("what does this title say? %s" % title)


for svg, name, title in page.titles:
    if svg == "chart" and name is not None and title.startswith(name + ": "):
        check_title(title)
for name, text in page.folds.items():
    cell = cells[one_line(name)]
    times = sorted(cell["real_time_ns"])
    samples_text = re.search(r"(\d+) samples of \d+ process(?:es)?, (\S+ \S+) to (\S+ [^;]+); quartiles (\S+ \S+), (\S+ \S+?)[;.]", text)
    good = samples_text and int(samples_text[1]) == len(times) and all(
        map(says, samples_text.groups()[1:], (times[0], times[-1], quartile(cell, 0.25), quartile(cell, 0.75))))
    expect("folds", name, "samples", good, samples_text and samples_text.groups(), times)
    calls = dict(re.findall(r"([a-z_0-9]+) ([\d.\u2009]+[kM]?)", (re.search(r"System calls a walk: (.*?)\.\s", text) or ["", ""])[1]))
    for call, count in calls.items():
        value = median(cell, "syscalls_" + call)
        expect("folds", name, call, says(count, value), count, value)
if {one_line(name) for name in page.folds} != set(cells):
    wrong.append("not each cell has a fold")

# ---- the figures' numbers ----


def rows_of(name):
    path = "%s/plots/%s.tsv" % (report, name)
    return read_tsv(path) if os.path.exists(path) else []


def expect_number(where, name, column, text, value):
    good = text == "NaN" if value is None else text != "NaN" and math.isclose(float(text), value, rel_tol=1e-8)
    expect(where + ".tsv", name, column, good, text, value)


COLUMNS = {"median_ns": lambda cell: median(cell, "real_time_ns"), "low_ns": lambda cell: quartile(cell, 0.25, True),
           "high_ns": lambda cell: quartile(cell, 0.75, True), "ns_per_edge": lambda cell: per_edge(cell, "real_time_ns"),
           "syscalls_per_edge": lambda cell: per_edge(cell, "syscalls"),
           "faults_minor_per_edge": lambda cell: per_edge(cell, "faults_minor"),
           "faults_major_per_edge": lambda cell: per_edge(cell, "faults_major")}
OWN = {"latency", "changes", "trend", "scaling", "samples"}
plots = sorted(name[:-4] for name in os.listdir(report + "/plots") if name.endswith(".tsv"))
for plot in plots:
    for row in rows_of(plot) if plot not in OWN else []:
        name = "%s/%s/%s/%s/%s/nodes:%s" % (row.get("workload", "bfs"), row["graph"], row["layout"], row["series"],
                                            row["cache"], row["nodes"])
        cell = cells.get(name, {"edges": None})
        if "real_time_ns" not in cell: # skipped: it has a row without numbers
            continue
        for column, text in row.items():
            if column in COLUMNS:
                expect_number(plot, name, column, text, COLUMNS[column](cell))
            elif column.startswith("lat_ns_") or column == "roofline_percent":
                expect_number(plot, name, column, text, median(cell, column))
nines = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p999": 99.9, "p9999": 99.99}
drawn = {}
for row in rows_of("latency"):
    name = min(nines, key=lambda key: abs(-math.log10(1 - nines[key] / 100) - float(row["x"])))
    drawn.setdefault(row["cell"], set()).add(name)
    expect_number("latency", row["cell"], name, row["y"], carried(cells[row["cell"]], "lat_ns_" + name) * 1e-9)
for name, shown in drawn.items():
    wanted = {key for key in nines if carried(cells[name], "lat_ns_" + key) is not None}
    expect("latency.tsv", name, "percentiles", shown == wanted, shown, wanted)
engines = {name.split("/")[3] for name in cells}
for row in rows_of("scaling"):
    parts = row["cell"].split("/")
    others = {engine: cells.get("/".join(parts[:3] + [engine] + parts[4:])) for engine in engines}
    times = {engine: median(cell, "real_time_ns") for engine, cell in others.items() if cell}
    base = times["memory"] if parts[4] == "warm" and "memory" in times else min(times.values())
    expect_number("scaling", row["cell"], "y", row["y"], median(cells[row["cell"]], "real_time_ns") / base)
deviations = sorted(100 * (sample["metrics"]["real_time_ns"] / median(cells[one_line(sample["cell"])], "real_time_ns") - 1)
                    for sample in samples if sample["pass"] == "time")
for row in rows_of("samples"):
    if row["kind"] == "sample":
        near = min(abs(float(row["percent"]) - value) for value in deviations)
        edge = float(row["percent"]) in (min(float(r["percent"]) for r in rows_of("samples")),
                                         max(float(r["percent"]) for r in rows_of("samples")))
        expect("samples.tsv", row["at_s"], "percent", near < 0.05 or edge, row["percent"], near)
for where in ("cells.tsv", "latency.tsv", "scaling.tsv", "samples.tsv", "cells", "ranking", "bars", "folds"):
    if where not in checked:
        wrong.append("nothing of %s was checked" % where)
print("checked: %s" % checked)
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
