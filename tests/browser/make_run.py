#!/usr/bin/env python3
"""Writes run folders for tests of reports (the formats are in docs/FORMATS.md).

make_run.py made OUT [CELLS [PROCESSES [SAMPLES]]]   a computed run; by default 1000 cells, 10 processes, 5 samples
make_run.py part OUT RUN CELLS                       the first cells of a recorded run
make_run.py scaled OUT RUN FACTOR DAYS               a recorded run with all times multiplied, started DAYS later

The same arguments always write the same files. A computed run has times, latencies and counts of every cell,
and profiles of every twentieth. Its times follow a model: a cost per edge that depends on the engine, the
cache and the size, a factor for each process, and noise for each sample.
"""
import datetime
import gzip
import itertools
import json
import os
import random
import sys

# ns per edge while the file is cached, and us per edge while it is not (None: the engine has no cold cells).
ENGINES = {"pread": (800, 9.0), "buffered": (250, 7.0), "mmap": (31, 6.0), "mmap_advised": (30, 4.0),
           "uring": (500, 2.5), "memory": (33, None)}
GRAPHS = {"chain": 1, "random": 2, "star": 1, "rmat": 4}  # edges per node
LAYOUTS = {"slotted": (1.0, 4352), "csr": (0.3, 16), "clustered": (0.6, 4096)}  # factor of the time, bytes per node
SIZES = [100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000]
STARTED = datetime.datetime(2026, 1, 31, 10, 0, 0)

ENVIRONMENT = {
    "date": "2026-01-31T10:00:00Z",
    "build": {"version": "0.1.0", "commit": "0123456789ab", "dirty": False, "compiler": "gcc (Debian 12.2.0-14) 12.2.0",
              "flags": "-O2", "build_type": "release", "libraries": {"libc": "2.36", "zlib": "1.2.13"}},
    "machine": {"cpu_model": "Example CPU", "cpus_online": 8, "mhz_per_cpu": 3000, "memory_total_bytes": 34359738368,
                "memory_available_bytes": 30000000000, "aslr": "full", "virtualization": "none", "load_avg": [0.1, 0.2, 0.3],
                "caches": [{"type": "Data", "level": 1, "size": 32768, "num_sharing": 2}]},
    "kernel": {"release": "6.1.0", "version": "#1 SMP", "machine": "x86_64", "perf_event_paranoid": 1, "clock_source": "tsc"},
    "storage": {"file_system": "ext4", "mount_options": "rw,relatime", "device": "/dev/nvme0n1", "read_ahead_bytes": 131072,
                "rotational": False, "scheduler": "none", "total_bytes": 1000000000000, "free_bytes": 500000000000},
}


def utc(seconds):
    return (STARTED + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_json(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


# ---- a computed run ----

def made_cells(count):
    """The first cells of all combinations, from small to large."""
    cells = []
    for nodes, graph, layout, engine, cache in itertools.product(SIZES, GRAPHS, LAYOUTS, ENGINES, ["warm", "cold"]):
        if cache == "cold" and ENGINES[engine][1] is None:
            continue
        cells.append({"name": "bfs/%s/%s/%s/%s/nodes:%d" % (graph, layout, engine, cache, nodes), "workload": "bfs",
                      "graph": graph, "layout": layout, "engine": engine, "cache": cache, "nodes_count": nodes, "options": {}})
    if count > len(cells):
        sys.exit("make_run.py: at most %d cells" % len(cells))
    return cells[:count]


def time_ns(cell):
    """The time of one walk by the model, and its edges."""
    edges = cell["nodes_count"] * GRAPHS[cell["graph"]] - 1
    warm_ns, cold_us = ENGINES[cell["engine"]]
    each_ns = warm_ns if cell["cache"] == "warm" else cold_us * 1000
    larger = 1 + SIZES.index(cell["nodes_count"]) * 0.05
    return 5000 + edges * each_ns * larger * LAYOUTS[cell["layout"]][0], edges


def counts(cell, edges):
    """Metrics of the count pass."""
    nodes, asked = cell["nodes_count"], edges * 64
    calls = {"pread": nodes * 2, "buffered": nodes // 16 + 1, "uring": nodes // 32 + 1}.get(cell["engine"], 0)
    kind = "io_uring_enter" if cell["engine"] == "uring" else "pread64"
    mapped = cell["engine"].startswith("mmap")
    cold = cell["cache"] == "cold"
    read_bytes = nodes * LAYOUTS[cell["layout"]][1] if cold else 0
    metrics = {"syscalls": calls, "syscalls_self": calls, "faults_minor": nodes // 16 if mapped else 0,
               "faults_major": nodes // 64 + 1 if mapped and cold else 0, "context_switches": nodes // 50 if cold else 0,
               "device_read_bytes": read_bytes, "device_write_bytes": 0, "tlb_shootdowns": 0, "logical_read_bytes": asked,
               "read_amplification": read_bytes / asked}
    if calls:
        metrics["syscalls_" + kind] = calls
    return metrics


def latencies(each_ns):
    return {"lat_ns_p50": int(each_ns), "lat_ns_p90": int(each_ns * 1.4), "lat_ns_p95": int(each_ns * 1.9),
            "lat_ns_p99": int(each_ns * 4), "lat_ns_p999": int(each_ns * 9), "lat_ns_p9999": int(each_ns * 20),
            "lat_ns_max": int(each_ns * 31), "lat_count": 20000}


def profile(wall, calls):
    """A sample's metrics, spans and calls: where the time of a walk went."""
    spent = {"user_ns": wall * 0.3, "syscall_ns": wall * 0.4, "blocked_ns": wall * 0.2, "runnable_ns": wall * 0.05,
             "interrupt_ns": wall * 0.02}
    metrics = dict(spent, syscall_pread64_ns=wall * 0.4, wall_ns=wall, unassigned_ns=wall * 0.03, profile_cost_percent=3.1,
                   profile_samples_count=3000, profile_lost_count=0)
    read = {key: value * 0.8 for key, value in spent.items()}
    rest = {key: value * 0.2 for key, value in spent.items()}
    return {"metrics": metrics, "spans": {"bfs;neighbors_batch;read_batch": read, "bfs": rest},
            "calls": {"pread64": {"count": calls, "mean_ns": 540.2, "p50_ns": 480, "p99_ns": 1300, "worst_ns": 117000}}}


def stacks(cell, wall):
    frames = ["bfs_run", "walk_run", "neighbors_batch", "read_batch", "__libc_pread", "vfs_read_[k]"]
    return {"cell": cell["name"], "process": 0, "repetition": 0, "frames": frames,
            "stacks": [{"frames": [0, 1], "user_ns": wall * 0.1}, {"frames": [0, 1, 2], "user_ns": wall * 0.2},
                       {"frames": [0, 1, 2, 3, 4, 5], "syscall_ns": wall * 0.4, "blocked_ns": wall * 0.2}],
            "timeline": {"wall_ns": int(wall), "names": ["pread64", "syscall"],
                         "events": [[0, 100, 500, 1, 0], [0, 900, 400, 1, 0]]}}


def write_made(out, cells_count, processes, samples):
    draw = random.Random(1)
    cells = made_cells(cells_count)
    os.makedirs(out)
    seconds = 0.0
    with open(os.path.join(out, "samples.jsonl"), "w", encoding="utf-8") as file, \
            gzip.open(os.path.join(out, "stacks.jsonl.gz"), "wt", encoding="utf-8") as stacks_file:

        def add(kind, process, repetition, iterations, rest):
            """A sample of the cell whose name, answer and file are in `name` and `walked`."""
            file.write('{"cell":"%s","pass":"%s","process":%d,"repetition":%d,"iterations":%d,%s,%s,"time":"%s"}\n' %
                       (name, kind, process, repetition, iterations, json.dumps(rest)[1:-1], walked, utc(seconds)))

        for number, cell in enumerate(cells):
            name, (base_ns, edges) = cell["name"], time_ns(cell)
            walked = json.dumps({
                "verified": True, "operations_count": cell["nodes_count"], "edges_count": edges, "root": 0,
                "file_bytes": cell["nodes_count"] * LAYOUTS[cell["layout"]][1], "residency_source": "cachestat",
                "residency_percent": 100.0 if cell["cache"] == "warm" else 0.0,
                "walk": {"levels_hash": "%016x" % (number // 11), "reached_count": cell["nodes_count"], "levels_count": 3,
                         "level_counts": [1, 9, cell["nodes_count"] - 10]}})[1:-1]
            bound = {"pattern": "random", "depth": 8.0, "touched_pages_count": cell["nodes_count"], "bound_ns": base_ns / 2}
            for process in range(processes):
                own_ns = base_ns * draw.lognormvariate(0, 0.03)
                for repetition in range(samples):
                    taken_ns = own_ns * draw.lognormvariate(0, 0.01)
                    seconds += 0.02
                    rest = {"metrics": {"real_time_ns": taken_ns, "cpu_time_ns": taken_ns * 0.98,
                                        "edges_per_second": edges * 1e9 / taken_ns, "memory_anonymous_bytes": 2199552}}
                    if cell["cache"] == "cold":
                        rest["metrics"]["roofline_percent"] = 100 * bound["bound_ns"] / taken_ns
                        rest["roofline"] = bound
                    add("time", process, repetition, 1, rest)
            add("latency", 0, 0, 10, {"metrics": latencies(base_ns / cell["nodes_count"])})
            counted = counts(cell, edges)
            sources = {metric: "perf" for metric in counted if metric.startswith(("syscalls", "faults", "context"))}
            add("count", 0, 0, 1, {"metrics": counted, "sources": sources})
            if number % 20 == 0:
                add("profile", 0, 0, 100, profile(base_ns, counted["syscalls"]))
                stacks_file.write(json.dumps(stacks(cell, base_ns)) + "\n")
    write_json(out, "environment.json", ENVIRONMENT)
    write_json(out, "run.json", {
        "format": 1, "suite": "run", "command": ["iowalk", "run"], "started": utc(0), "seed": 1, "limits": [], "claims": [],
        "selections": [{"graph": ",".join(GRAPHS), "engine": ",".join(ENGINES)}], "cells": cells})


# ---- runs made from recorded ones ----

def lines_of(run):
    """The samples of a run folder or of a phase."""
    path = os.path.join(run, "samples.jsonl")
    with open(path, encoding="utf-8") if os.path.exists(path) else gzip.open(path + ".gz", "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def write_copy(out, run, change_run, change_sample):
    """Copies a run; change_sample returns false for a sample that is left out."""
    os.makedirs(out)
    with open(os.path.join(run, "environment.json"), encoding="utf-8") as file:
        write_json(out, "environment.json", json.load(file))
    with open(os.path.join(run, "run.json"), encoding="utf-8") as file:
        head = json.load(file)
    change_run(head)
    write_json(out, "run.json", head)
    with open(os.path.join(out, "samples.jsonl"), "w", encoding="utf-8") as file:
        for sample in lines_of(run):
            if change_sample(head, sample):
                file.write(json.dumps(sample, separators=(",", ":")) + "\n")


def write_part(out, run, cells_count):
    def change_run(head):
        head["cells"] = head["cells"][:cells_count]

    def keep(head, sample):
        return any(cell["name"] == sample["cell"] for cell in head["cells"])
    write_copy(out, run, change_run, keep)


def write_scaled(out, run, factor, days):
    def change_run(head):
        started = datetime.datetime.strptime(head["started"], "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(days=days)
        head["started"] = started.strftime("%Y-%m-%dT%H:%M:%SZ")

    def scale(_, sample):
        metrics = sample.get("metrics", {})
        for name in ("real_time_ns", "cpu_time_ns"):
            if name in metrics:
                metrics[name] *= factor
        return True
    write_copy(out, run, change_run, scale)


def main():
    kind, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 2 else ("", [])
    if kind == "made" and len(arguments) <= 4:
        write_made(arguments[0], *[int(text) for text in arguments[1:] + ["1000", "10", "5"][len(arguments) - 1:]])
    elif kind == "part" and len(arguments) == 3:
        write_part(arguments[0], arguments[1], int(arguments[2]))
    elif kind == "scaled" and len(arguments) == 4:
        write_scaled(arguments[0], arguments[1], float(arguments[2]), int(arguments[3]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
