#!/usr/bin/env python3
"""Rewrites the tables between the markers of docs/ENGINES.md from a search of `iowalk tune --suite engines`.

engines-page.py TUNED.json... PAGE. Each engine's defaults stand beside its best settings, in medians of fresh processes. Of
several searches the last that has a case of an engine counts: an engine that became better is searched anew, not all.
"""
import json
import os
import sys

LIMIT = "memory"  # holds the file: what others are measured by, not a competitor


def time_text(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6)):
        if ns >= size:
            return "%.3g %s" % (ns / size, unit)
    return "%.3g µs" % (ns / 1e3)


def times_text(ratio):
    return "%.0f×" % ratio if ratio >= 10 else "%.1f×" % ratio


def case_of(group):
    """What is walked, without the engine: the row. Options that all engines have in common are part of the cell's name."""
    name = "%s, %s, %s, %s" % (group["cache"], group["workload"], group["graph"], group["layout"])
    given = [part for part in group["default"]["cell"].split("/") if part.startswith((group["workload"] + ".", "degree:", "memory_limit:"))]
    return "%s, %d nodes" % (name, group["nodes_count"]) + "".join(", " + part.replace(group["workload"] + ".", "") for part in given)


def default_ns(group):
    """Its median; the least that it can be, in which it did not end, where it was too slow to be measured."""
    default = group["default"]
    return default["median_ns"] if "median_ns" in default else 1e9 * default["limit_s"]


def default_text(group):
    return ("" if "median_ns" in group["default"] else "> ") + time_text(default_ns(group))


def shown_ns(group):
    """What the table shows last of it, and what it is compared by: that of its best settings only if they are faster for sure."""
    return group["best"]["median_ns"] if group["confirmed"] else default_ns(group)


def table(cases, engines, out):
    out.append("| case | %s |" % " | ".join(engines))
    out.append("|---|%s" % ("---:|" * len(engines)))
    for case, groups in cases.items():
        best = min(shown_ns(group) for engine, group in groups.items() if engine != LIMIT)
        row = []
        for engine in engines:
            group = groups.get(engine)
            if group is None:
                row.append("–")
                continue
            shown = shown_ns(group)
            text = default_text(group) + (" → " + time_text(shown) if group["confirmed"] else "")
            row.append("**%s**" % text if shown == best else "%s (%s)" % (text, times_text(shown / best)))
        out.append("| %s | %s |" % (case, " | ".join(row)))


def defaults(cases, out):
    """How far each engine's defaults are from its own best."""
    ratios = {}
    for case, groups in cases.items():
        for engine, group in groups.items():
            ratio = default_ns(group) / group["best"]["median_ns"]
            ratios.setdefault(engine, []).append((max(ratio, 1.0), case, group))
    out.append("| engine | cases | default ≤ 1.2 × its best | ≤ 2 | farthest from it |")
    out.append("|---|---:|---:|---:|---|")
    for engine in sorted(ratios):
        found = sorted(ratios[engine], key=lambda one: -one[0])
        far = ["%s%s: %s, by `%s`" % (times_text(ratio), "" if group["confirmed"] else " (not sure)", case, group["best_opt"]) for ratio, case, group in found[:2] if ratio > 1.2]
        out.append("| %s | %d | %d | %d | %s |" % (engine, len(found), sum(one[0] <= 1.2 for one in found),
                                                sum(one[0] <= 2 for one in found), "; ".join(far) or "–"))


def strengths(cases, engines, out):
    for engine in engines:
        if engine == LIMIT:
            continue
        good, bad = [], []
        for case, groups in cases.items():
            if engine not in groups:
                continue
            best = min(shown_ns(group) for name, group in groups.items() if name != LIMIT)
            ratio = shown_ns(groups[engine]) / best
            if ratio <= 1.1:
                good.append(case)
            elif ratio >= 2:
                bad.append("%s (%s)" % (case, times_text(ratio)))
        out.append("")
        out.append("**%s**, by the last figure of its fields" % engine)
        out.append("- within 1.1 of the best: %s" % ("; ".join(good) or "nowhere"))
        out.append("- at least twice the best: %s" % ("; ".join(bad) or "nowhere"))


def read(path):
    """A search: its groups that have times, and a line on where, by which build and for how long it was made."""
    with open(path, encoding="utf-8") as file:
        tuned = json.load(file)
    groups = [group for group in tuned["groups"] if "median_ns" in group.get("best", {})]
    if not groups:
        sys.exit("engines-page: no times in '%s'" % path)
    run = os.path.join(os.path.dirname(os.path.abspath(path)), os.path.basename(tuned["run"]))
    with open(os.path.join(run, "environment.json"), encoding="utf-8") as file:
        environment = json.load(file)
    counts = sorted(one["processes_count"] for group in groups for one in (group["default"], group["best"]) if "processes_count" in one)
    processes = "%d" % counts[0] if counts[0] == counts[-1] else "%d to %d" % (counts[0], counts[-1])
    return groups, "%s, %d CPUs, Linux %s, %s; iowalk %s (%.7s); %.0f minutes, %s processes a field" % (
        environment["machine"]["cpu_model"], environment["machine"]["cpus_online"],
        environment["kernel"]["release"].split("-")[0], environment["storage"]["file_system"],
        environment["build"]["version"], environment["build"]["commit"], tuned["used_s"] / 60, processes)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: engines-page.py TUNED.json... PAGE")
    page_path, found, made = sys.argv[-1], {}, []
    for path in sys.argv[1:-1]:
        groups, line = read(path)
        names = sorted({group["engine"] for group in groups})
        made.append(line + ("" if not made else ": " + ", ".join(names)))
        found.update(((case_of(group), group["engine"]), group) for group in groups)
    groups = list(found.values())
    for group in groups:
        base = set(group["default"]["cell"].split("/"))
        words = [part.replace(":", "=", 1) for part in group["best"]["cell"].split("/") if part not in base]
        group["best_opt"] = ",".join(words) or "its defaults"
    engines = sorted({group["engine"] for group in groups})
    cases = {}
    for group in groups:
        cases.setdefault(case_of(group), {})[group["engine"]] = group
    out = ["; then ".join(made), ""]
    table(cases, engines, out)
    out += ["", "## Defaults against the best settings", ""]
    defaults(cases, out)
    strengths(cases, engines, out)

    with open(page_path, encoding="utf-8") as file:
        page = file.read()
    begin, end = "<!-- engines -->\n", "<!-- /engines -->"
    if begin not in page or end not in page:
        sys.exit("engines-page: '%s' has no marks" % page_path)
    head, rest = page.split(begin, 1)
    with open(page_path, "w", encoding="utf-8") as file:
        file.write(head + begin + "\n" + "\n".join(out) + "\n\n" + end + rest.split(end, 1)[1])


main()
