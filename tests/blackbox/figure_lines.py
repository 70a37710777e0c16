#!/usr/bin/env python3
"""Checks figures of lines: figure_lines.py PLOTS NAME...

The names at the ends of lines in each panel lie 12 pixels or more apart and inside the panel, as computed from NAME.tsv
and run.gp; every line has one; values of trend begin with 1. Prints the errors; exit status 1 if there are any.
"""
import itertools
import math
import re
import sys

from report_tables import read_tsv

plots, figures = sys.argv[1], sys.argv[2:]
variables = dict(re.findall(r"^(\w+) = (.*)$", open(plots + "/run.gp", encoding="utf-8").read(), re.M))
wrong, checked = [], 0
for figure in figures:
    prefix = figure.upper()
    base, height = float(variables[prefix + "_BASE"]), float(variables[prefix + "_HEIGHT"])
    rows = read_tsv("%s/%s.tsv" % (plots, figure))
    lines = {(row["panel"], row["series_number"]) for row in rows}
    if len(lines) != sum(row["name_y"] != "NaN" for row in rows) or not lines:
        wrong.append("%s: not one name a line" % figure)
    for panel in {row["panel"] for row in rows}:
        low, high = map(float, variables["%s_PLACE_%s" % (prefix, panel)].strip("'").split()[2:])
        places = sorted((math.log(float(row["name_y"]), base) - low) / (high - low) * height
                        for row in rows if row["panel"] == panel and row["name_y"] != "NaN")
        checked += len(places)
        wrong.extend("%s, panel %s: names %.1f px apart" % (figure, panel, b - a)
                     for a, b in itertools.pairwise(places) if b - a < 12)
        if places[0] < 0 or places[-1] > height:
            wrong.append("%s, panel %s: a name is outside" % (figure, panel))
    if figure == "trend":
        wrong.extend("trend: %s begins with %s" % (row["cell"], row["y"]) for row in rows
                     if row["x"] == "1" and row["y"] != "1")
print("checked: %d names" % checked)
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
