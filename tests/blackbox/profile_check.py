#!/usr/bin/env python3
"""What tests/blackbox/profile.sh asks of a profile's record and exports, read by code of its own.

profile_check.py sums RUN [LOW HIGH]          cells whose parts do not add up to LOW..HIGH of the wall time
profile_check.py self RUN CELL PREFIX         share of the wall time in spans that end in PREFIX.<hook>
profile_check.py folded FILE                  checks the grammar; prints the sum
profile_check.py pprof FILE                   decodes profile.proto; prints the sums of the values, and the cells
profile_check.py trace FILE RUN               checks a Trace Event file; prints the number of cells
profile_check.py stacks RUN                   the sum of all stacks
"""
import gzip
import json
import re
import sys

KINDS = ("user", "system", "syscall", "fault", "interrupt", "runnable", "blocked")


def profiles(run):
    for line in open(run + "/samples.jsonl", encoding="utf-8"):
        sample = json.loads(line)
        if sample["pass"] == "profile" and "metrics" in sample:
            yield sample


def parts(values):
    return sum(values.get(kind + "_ns", 0) for kind in KINDS)


def sums(run, low="0.95", high="1.05"):
    for sample in profiles(run):
        share = parts(sample["metrics"]) / sample["metrics"]["wall_ns"]
        spans = sum(parts(span) for span in sample.get("spans", {}).values())
        if not float(low) <= share <= float(high):
            print(sample["cell"], f"{share:.4f}")
        if "spans" in sample and "system_ns" not in sample["metrics"] and abs(spans / parts(sample["metrics"]) - 1) > 1e-6:
            print(sample["cell"], "the spans do not add up to the metrics")


def self_share(run, cell, prefix):
    for sample in profiles(run):
        if re.fullmatch(cell, sample["cell"]):
            inside = sum(parts(span) for path, span in sample["spans"].items()
                         if path.split(";")[-1].startswith(prefix + "."))
            print(f"{100 * inside / sample['metrics']['wall_ns']:.3f}")


def folded(path):
    total = 0
    for line in open(path, encoding="utf-8"):
        match = re.fullmatch(r"([^;]+)((?:;[^;]+)*) ([0-9]+)\n", line)
        if not match:
            sys.exit("not folded: " + line)
        total += int(match.group(3))
    print(total)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def message(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value = data[at:at + length]
            at += length
        else:
            sys.exit("a wire type that profile.proto does not use")
        yield key >> 3, value


def fields(data, number):
    return [value for field, value in message(data) if field == number]


def pprof(path):
    data = gzip.open(path).read()
    strings = [text.decode() for text in fields(data, 6)]
    functions = {fields(f, 1)[0]: strings[fields(f, 2)[0]] for f in fields(data, 5)}
    locations = {fields(x, 1)[0]: functions[fields(fields(x, 4)[0], 1)[0]] for x in fields(data, 4)}
    types = [strings[fields(t, 1)[0]] for t in fields(data, 1)]
    totals, cells = [0] * len(types), set()
    for sample in fields(data, 2):
        for location in fields(sample, 1):
            assert locations[location]
        values = fields(sample, 2)
        assert len(values) == len(types)
        totals = [a + b for a, b in zip(totals, values)]
        cells |= {strings[fields(label, 2)[0]] for label in fields(sample, 3)}
    assert strings[0] == ""
    print(" ".join(types), sum(totals), len(cells))


def stacks(run):
    total = 0
    for line in gzip.open(run + "/stacks.jsonl.gz", "rt", encoding="utf-8"):
        total += sum(parts(stack) for stack in json.loads(line)["stacks"])
    print(round(total))


def trace(path, run):
    """Each event has what the Trace Event Format asks of its phase; prints how many cells (processes) there are."""
    walls = {}
    for line in gzip.open(run + "/stacks.jsonl.gz", "rt", encoding="utf-8"):
        profile = json.loads(line)
        walls[profile["cell"]] = profile["timeline"]["wall_ns"] / 1000
    document = json.load(open(path, encoding="utf-8"))
    cells = {e["pid"]: e["args"]["name"] for e in document["traceEvents"] if e.get("name") == "process_name"}
    for event in document["traceEvents"]:
        assert event["ph"] in "MXi" and isinstance(event["name"], str), event
        if event["ph"] == "M":
            continue
        end = event["ts"] + event.get("dur", 0)
        assert event["ts"] >= 0 and end <= walls[cells[event["pid"]]] + 1, event
        assert (event["ph"] == "X") == ("dur" in event) and event.get("s", "t") == "t", event
    print(len(cells), "cells")


if __name__ == "__main__":
    {"sums": sums, "self": self_share, "folded": folded, "pprof": pprof, "stacks": stacks, "trace": trace}[sys.argv[1]](*sys.argv[2:])
