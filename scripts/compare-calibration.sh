#!/bin/sh
# How often `iowalk compare` is right, on real runs: draws a baseline and a candidate again and again from
# runs of one program, as they are and with the candidate's times made slower, and prints a table by group
# of cells.
#
#   scripts/compare-calibration.sh [OPTION]... RUN RUN RUN RUN...
#     --baseline K     runs of a baseline (default 5)
#     --candidate M    runs of a candidate (default 1)
#     --slower PCT,..  injected slowdowns (default 10,20)
#     --draws N        draws (default 200)
#     --threshold PCT  of the comparisons (default 10)
#     --later          the candidates begin after the baselines; otherwise any runs
#     --seed N         of the draws (default 1)
#     --program FILE   (default build/iowalk)
#
# RUN is the folder of one run. The slowdown is exact: each time of the candidate's samples is multiplied by
# 1 + PCT / 100; "printed" multiplies those of each cell by what the comparison printed for it. The draws
# share runs, so they are not independent, and the intervals are too narrow where the runs are few.
command -v python3 >/dev/null || { echo "compare-calibration: needs python3" >&2; exit 2; }
exec python3 - "$@" <<'PYTHON'
import argparse
import gzip
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(prog="compare-calibration.sh")
parser.add_argument("--baseline", type=int, default=5)
parser.add_argument("--candidate", type=int, default=1)
parser.add_argument("--slower", default="10,20")
parser.add_argument("--draws", type=int, default=200)
parser.add_argument("--threshold", type=float, default=10)
parser.add_argument("--later", action="store_true")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--program", default="build/iowalk")
parser.add_argument("runs", nargs="+")
options = parser.parse_args()
slowdowns = [float(percent) for percent in options.slower.split(",")]
if options.baseline < 3:
    sys.exit("compare-calibration: fewer than 3 runs of a baseline are not judged")
if len(options.runs) < options.baseline + options.candidate:
    sys.exit("compare-calibration: %d runs are fewer than %d + %d" %
             (len(options.runs), options.baseline, options.candidate))
rng = random.Random(options.seed)
work = tempfile.mkdtemp(prefix="compare-calibration.")


def started(run):
    with open(os.path.join(run, "run.json"), encoding="utf-8") as file:
        return json.load(file).get("started", "")


runs = sorted(options.runs, key=started)


def lines_of(run):
    path = os.path.join(run, "samples.jsonl")
    if os.path.exists(path):
        return open(path, encoding="utf-8")
    return gzip.open(path + ".gz", "rt", encoding="utf-8")


def make_slower(run, to, factor_of):
    """A copy of a run whose times are multiplied by factor_of(cell)."""
    os.makedirs(to)
    for name in ("run.json", "environment.json"):
        if os.path.exists(os.path.join(run, name)):
            shutil.copy(os.path.join(run, name), to)
    with lines_of(run) as lines, open(os.path.join(to, "samples.jsonl"), "w", encoding="utf-8") as out:
        for line in lines:
            sample = json.loads(line)
            if sample.get("pass") == "time" and "metrics" in sample:
                sample["metrics"]["real_time_ns"] *= factor_of(sample["cell"])
                line = json.dumps(sample) + "\n"
            out.write(line)
    return to


slower_copies = {}


def slower_copy(run, percent):
    key = (run, percent)
    if key not in slower_copies:
        to = os.path.join(work, "slower%d" % len(slower_copies))
        slower_copies[key] = make_slower(run, to, lambda cell: 1 + percent / 100)
    return slower_copies[key]


def compare(baseline, candidate):
    done = subprocess.run([options.program, "compare", "--json", "--threshold", str(options.threshold), *baseline,
                           "--", *candidate], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1, 3, 4):
        sys.exit("compare-calibration: %s" % done.stderr.decode(errors="replace"))
    comparison = json.loads(done.stdout)
    if comparison["times"] != "runs":
        sys.exit("compare-calibration: no times were judged: %s" % comparison.get("note"))
    return {cell["cell"]: cell["time"] for cell in comparison["cells"]
            if "mde_percent" in cell.get("time", {}) or cell.get("time", {}).get("verdict") == "inconclusive"}


def groups_of(cell):
    """bfs/chain/slotted/mmap/warm/nodes:100 → all warm, warm mmap."""
    match = re.search(r"/([^/]+)/(warm|cold)/", cell)
    if not match:
        return ["other"]
    return ["all " + match.group(2), match.group(2) + " " + match.group(1)]


table = {}


def note(cell, column, hit):
    for group in groups_of(cell):
        hits = table.setdefault(group, {}).setdefault(column, [0, 0])
        hits[0] += hit
        hits[1] += 1


def draw():
    chosen = rng.sample(range(len(runs)), options.baseline + options.candidate)
    if options.later:
        chosen.sort()
    chosen = [runs[i] for i in chosen]
    return chosen[:options.baseline], chosen[options.baseline:]


def is_slower(time):
    return time["verdict"] == "regression"


def one_draw(number):
    baseline, candidate = draw()
    times = compare(baseline, candidate)
    for cell, time in times.items():
        note(cell, "false", time["verdict"] in ("regression", "improvement"))
        note(cell, "open", time["verdict"] == "inconclusive")
    for percent in slowdowns:
        for cell, time in compare(baseline, [slower_copy(run, percent) for run in candidate]).items():
            note(cell, percent, is_slower(time))
    printed = [make_slower(run, os.path.join(work, "draw%d.%d" % (number, i)),
                           lambda cell: 1 + times.get(cell, {}).get("mde_percent", 0) / 100)
               for i, run in enumerate(candidate)]
    for cell, time in compare(baseline, printed).items():
        if "mde_percent" in times.get(cell, {}):
            note(cell, "printed", is_slower(time))
    for folder in printed:
        shutil.rmtree(folder)


def binomial_tail(hits, trials, share):
    """P(X ≥ hits)."""
    if hits == 0:
        return 1.0
    logs = [math.lgamma(trials + 1) - math.lgamma(i + 1) - math.lgamma(trials - i + 1) + i * math.log(share) +
            (trials - i) * math.log1p(-share) for i in range(hits)]
    return 1 - math.fsum(math.exp(log) for log in logs)


def bisect(too_small):
    low, high = 1e-12, 1 - 1e-12
    for _ in range(60):
        middle = (low + high) / 2
        if too_small(middle):
            low = middle
        else:
            high = middle
    return high


def interval(hits, trials):
    """Clopper and Pearson, 95 %."""
    low = 0 if hits == 0 else bisect(lambda share: binomial_tail(hits, trials, share) < 0.025)
    high = 1 if hits == trials else bisect(lambda share: 1 - binomial_tail(hits + 1, trials, share) > 0.025)
    return 100 * low, 100 * high


def text_of(hits, digits):
    if not hits or hits[1] == 0:
        return "-"
    low, high = interval(*hits)
    return "%d of %d: %.*f %% (%.*f–%.*f)" % (hits[0], hits[1], digits, 100 * hits[0] / hits[1], digits, low, digits,
                                              high)


try:
    for number in range(options.draws):
        one_draw(number)
finally:
    shutil.rmtree(work)
print("%d draws of %d and %d runs out of %d%s, threshold %g %%; shares of cells with their 95 %% interval" %
      (options.draws, options.baseline, options.candidate, len(runs), ", candidates later" if options.later else "",
       options.threshold))
print()
columns = ["false", "open", *slowdowns, "printed"]
titles = ["false", "inconclusive", *["%g %% slower found" % percent for percent in slowdowns], "the printed one found"]
print("| cells | " + " | ".join(titles) + " |")
print("|:--|" + "--:|" * len(titles))
for group in sorted(table, key=lambda name: (not name.startswith("all"), name)):
    print("| %s | %s |" % (group, " | ".join(text_of(table[group].get(column), 2 if column == "false" else 1)
                                            for column in columns)))
PYTHON
