#!/usr/bin/env python3
"""Does the gate see a slowdown in every function? mutants.py [--suite FILE] [--sample N] [--kinds time,call,some]
[--match REGEX] [--list] [--keep]

For each function of engines/, layouts/ and workloads/ that lies on the measured path of a cell of the suite (found by
coverage: its calls grow with the walks of a sample), the gate compares the build with one in which that function
  time   takes 5 % of its cell's time longer,
  call   makes one system call more each time it is entered,
  some   takes 30 % of its cell's time longer, in a quarter of the processes.
All mutants are one program: each function begins by comparing a number in the program's data with its own; a mutant is
a copy of the program in which that number was changed. The exit status is 0 if at least 95 % are found.
Needs gcc with gcov; works in build/mutants/."""
import argparse
import glob
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "build", "mutants")
FOLDERS = ("engines/", "layouts/", "workloads/")
MAGIC = b"IOWALK-MUTANT-00"
KINDS = {"time": (1, 5.0), "call": (2, 0.0), "some": (3, 30.0)}
WANTED = 0.95
SPIN_LEAST_NS = 1.0  # what entering the mutated function costs by itself

# The spin is inlined into the mutated function, so that a profile finds its time there.
HEADER = """#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
struct mutant_setting {
	char magic[16];
	unsigned id, kind;
	double spin_ns; /* per entry */
};
extern volatile struct mutant_setting mutant_setting;
extern __thread double mutant_debt_ns;
/* Does this process spin? Makes a system call instead if the mutant does that. */
int mutant_is_slow(void);
extern double mutant_ticks_per_ns;
#ifdef __cplusplus
}
#endif
#define MUTANT(number)                                                                        \\
	do {                                                                                  \\
		if (__builtin_expect(mutant_setting.id == (number), 0) && mutant_is_slow()) { \\
			mutant_debt_ns += mutant_setting.spin_ns;                             \\
			if (mutant_debt_ns >= 200) {                                          \\
				uint64_t mutant_end = __builtin_ia32_rdtsc() +                \\
					(uint64_t)(mutant_debt_ns * mutant_ticks_per_ns);     \\
				while (__builtin_ia32_rdtsc() < mutant_end)                   \\
					;                                                     \\
				mutant_debt_ns = 0;                                           \\
			}                                                                     \\
		}                                                                             \\
	} while (0)
"""

# Shorter than 200 ns a spin costs more than it lasts.
SOURCE = """#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
volatile struct mutant_setting mutant_setting = {"IOWALK-MUTANT-0", 0, 0, 0};
__thread double mutant_debt_ns;
double mutant_ticks_per_ns;
static double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}
int mutant_is_slow(void)
{
	static int slow = -1; /* drawn once per process */
	unsigned char drawn = 0;
	if (mutant_setting.kind == 2) {
		syscall(SYS_getppid);
		return 0;
	}
	if (slow < 0) {
		double began_ns = now_ns();
		uint64_t began = __builtin_ia32_rdtsc();
		while (now_ns() < began_ns + 1e6)
			;
		mutant_ticks_per_ns = (double)(__builtin_ia32_rdtsc() - began) / (now_ns() - began_ns);
		slow = mutant_setting.kind == 1 ||
		       (getrandom(&drawn, 1, 0) == 1 && drawn < 64);
	}
	return slow;
}
"""


def run(words, **more):
    return subprocess.run(words, check=False, **more)


def make(folder, optimize, extra=""):
    words = ["make", "-j2", "--no-print-directory", "-C", folder, "OPTIMIZE=" + optimize, "SANITIZE=" + extra,
             "build/iowalk"]
    done = run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit("mutants: cannot build %s:\n%s" % (folder, done.stdout[-3000:]))


def copy_sources(folder):
    shutil.rmtree(folder, ignore_errors=True)
    names = run(["git", "ls-files", "-z", "--", ".", ":!results", ":!tests", ":!docs"], cwd=ROOT,
                stdout=subprocess.PIPE).stdout.decode().split("\0")
    for name in filter(None, names):
        path = os.path.join(ROOT, name)
        if os.path.isfile(path):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            shutil.copy2(path, os.path.join(folder, name))


# ---- the requests of a gate's workers ----

def requests(program, suite):
    """The request of a time pass with all timed cells, as the gate's first worker gets it."""
    fake = os.path.join(WORK, "fake")
    with open(fake, "w") as out:
        out.write("#!/bin/sh\nrequest=$(cat)\ncase $request in *'\"paced\":true'*) exit 1 ;; esac\n"
                  "case $request in *'\"pass\":\"time\"'*) printf '%%s' \"$request\" >'%s' ;; esac\n"
                  "printf '%%s' \"$request\" | exec '%s' worker\n" % (fake + ".request", program))
    os.chmod(fake, 0o755)
    shutil.rmtree(fake + ".gate", ignore_errors=True)
    run([program, "gate", "--suite", suite, "--against", fake, "--candidate", fake, "--out", fake + ".gate"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(fake + ".gate/gate.json") as file:
        names = [cell["name"] for cell in json.load(file)["cells"]]
    with open(fake + ".request") as file:
        request = json.load(file)
    with open(fake + ".gate/blocks.jsonl") as file:
        lines = [json.loads(line) for line in file]
    replies = next(line["A"] for line in lines if line["stage"] == "calibrate")
    keys = sorted(replies, key=int)
    cells = []
    os.makedirs(os.path.join(WORK, "files"), exist_ok=True)
    for key, cell in zip(keys, request["cells"]):
        if "/building." in cell["path"]:  # a folder of the gate's process, which has ended
            cell["path"] = os.path.join(WORK, "files", "file")
        if "real_time_ns" in replies[key]:
            cells.append({"name": names[int(key)], "request": cell, "ns": replies[key]["real_time_ns"][0]})
    return cells


def ask(program, cell, iterations, environment=None, samples=1):
    entry = dict(cell["request"], iterations=iterations, samples=samples)
    text = json.dumps({"protocol": 2, "pass": "time", "paced": False, "cells": [entry]})
    done = run([program, "worker"], input=text, text=True, stdout=subprocess.PIPE, env=environment,
               stderr=subprocess.DEVNULL)
    for line in done.stdout.splitlines():
        reply = json.loads(line)
        if "real_time_ns" in reply:
            return reply
    sys.exit("mutants: %s: no times: %s" % (cell["name"], done.stdout[-500:]))


# ---- coverage ----

def covered(folder, prefix):
    """{(file, name): [line, calls]} of the functions in FOLDERS."""
    data = glob.glob(os.path.join(prefix, "**", "*.gcda"), recursive=True)
    data = [path for path in data if any("/build/" + part in path for part in FOLDERS)]
    for path in data:  # gcov looks for the notes beside the data
        note = "/" + os.path.relpath(path, prefix)[:-5] + ".gcno"
        if not os.path.exists(path[:-5] + ".gcno"):
            os.symlink(note, path[:-5] + ".gcno")
    done = run(["gcov", "--json-format", "--stdout"] + data, cwd=folder, stdout=subprocess.PIPE,
               stderr=subprocess.DEVNULL, text=True)
    functions = {}
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            continue
        for file in json.loads(line)["files"]:
            name = os.path.relpath(os.path.join(folder, file["file"]), folder)
            if not name.startswith(FOLDERS):
                continue
            for function in file["functions"]:
                entry = functions.setdefault((name, function["name"]), [function["start_line"], 0])
                entry[1] += function["execution_count"]
    return functions


def calls_of_walks(folder, cells):
    """Adds cell["calls"]: {(file, name): entries per walk}; returns {(file, name): line} of all functions."""
    program, lines = os.path.join(folder, "build/iowalk"), {}
    for number, cell in enumerate(cells):
        counts, walks = [], 4 if cell["ns"] > 1e6 else 20
        for iterations in (1, 1 + walks):
            prefix = os.path.join(WORK, "data", "%d.%d" % (number, iterations))
            shutil.rmtree(prefix, ignore_errors=True)
            ask(program, cell, iterations, dict(os.environ, GCOV_PREFIX=prefix))
            counts.append(covered(folder, prefix))
            shutil.rmtree(prefix, ignore_errors=True)
        cell["calls"] = {}
        for function, (line, calls) in counts[1].items():
            lines[function] = line
            more = calls - counts[0].get(function, [0, 0])[1]
            if more >= walks:  # at least once in every walk
                cell["calls"][function] = more / walks
    return lines


# ---- the program with all mutants ----

def insert_marks(folder, lines):
    """Numbers from 1, {function: number}."""
    numbers, by_file = {}, {}
    for number, function in enumerate(sorted(lines), 1):
        by_file.setdefault(function[0], []).append((lines[function], number, function))
    for name, entries in by_file.items():
        path = os.path.join(folder, name)
        text = open(path).read().split("\n")
        for line, number, function in sorted(entries, reverse=True):
            at = line - 1
            while at < len(text) and text[at] != "{":
                at += 1
                if at < len(text) and re.match(r"[#}]|.*;$", text[at]):
                    at = len(text)
            if at < len(text):
                text.insert(at + 1, "\tMUTANT(%d);" % number)
                numbers[function] = number
        with open(path, "w") as out:
            out.write("\n".join(text))
    with open(os.path.join(folder, "workloads/support/mutant.h"), "w") as out:
        out.write(HEADER)
    with open(os.path.join(folder, "workloads/support/mutant.c"), "w") as out:
        out.write(SOURCE)
    return numbers


def write_mutant(program, path, number, kind, spin_ns):
    data = bytearray(open(program, "rb").read())
    at = data.index(MAGIC[:15] + b"\0")
    data[at:at + 32] = MAGIC[:15] + b"\0" + struct.pack("<IId", number, kind, spin_ns)
    with open(path, "wb") as out:
        out.write(data)
    os.chmod(path, 0o755)


# ---- the gates ----

def best_cell(cells, function):
    """The one whose walk takes longest per entry, so that the mark itself costs least. None: no cell."""
    on_path = [cell for cell in cells if function in cell["calls"]]
    return max(on_path, key=lambda cell: cell["ns"] / cell["calls"][function], default=None)


def is_timed(program, numbers, cell, function):
    """Does it run while the clock does? What runs between two walks (dropping a cache, preparing a file) does not: even
    a mutant that takes three times the walk's time leaves the time as it is."""
    mutant = os.path.join(WORK, "mutant")
    write_mutant(program, mutant, numbers[function], 1, 3 * cell["ns"] / cell["calls"][function])
    times = [min(ask(path, cell, 2, samples=5)["real_time_ns"]) for path in (program, mutant)]
    return times[1] > 1.5 * times[0]


def gate(program, mutant, suite, cell, kind):
    folder = os.path.join(WORK, "gate")
    shutil.rmtree(folder, ignore_errors=True)
    pattern = "^" + re.sub(r"([.+*?()\[\]{}|^$\\])", r"\\\1", cell["name"]) + "$"
    words = [program, "gate", "--suite", suite, "--against", program, "--candidate", mutant, "--filter", pattern,
             "--budget", "60", "--out", folder]
    done = run(words + (["--counts-only"] if kind == "call" else []), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
               text=True)
    explained = re.search(r"profile: .*", done.stdout or "")
    return (done.returncode, done.stdout.splitlines()[0] if done.stdout else "",
            explained.group(0).split(" (iowalk")[0] if explained else "")


def judge(program, suite, cells, numbers, functions, kinds):
    tally = {kind: [0, 0] for kind in kinds}
    marks = outside = 0
    names = [0, 0]
    for function in functions:
        cell = best_cell(cells, function)
        calls = cell["calls"][function]
        if not is_timed(program, numbers, cell, function):
            print("beside      %s:%s  (%s, between the walks)" % (function[0], function[1], cell["name"]), flush=True)
            outside += 1
            continue
        for kind in kinds:
            number, percent = KINDS[kind]
            spin_ns = cell["ns"] * percent / 100 / calls
            mark = kind == "time" and spin_ns < SPIN_LEAST_NS
            marks += mark
            write_mutant(program, os.path.join(WORK, "mutant"), numbers[function], number, spin_ns)
            status, text, explained = gate(program, os.path.join(WORK, "mutant"), suite, cell, kind)
            tally[kind][0] += status == 3
            tally[kind][1] += 1
            named = re.search(r"function %s(;|$)" % re.escape(function[1]), explained) is not None
            names[0] += named
            names[1] += status == 3 and kind != "call"
            print("%-6s %-4s %s:%s  (%s, %.0f entries a walk%s)%s" % (
                "found" if status == 3 else "MISSED", kind, function[0], function[1], cell["name"], calls,
                ", the mark alone costs more than 5 %" if mark else "", "  " + (text if status != 3 else explained)), flush=True)
    print("explained: the right function in %d of %d found slowdowns" % tuple(names))
    return tally, marks, outside


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="workloads/suites/gate.ini")
    parser.add_argument("--sample", type=int, help="that many functions, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default="time,call,some")
    parser.add_argument("--match", default="", help="functions whose FILE:NAME matches")
    parser.add_argument("--list", action="store_true", help="only list the functions and their cells")
    parser.add_argument("--keep", action="store_true", help="keep the builds of the last call")
    arguments = parser.parse_args()
    kinds = arguments.kinds.split(",")
    if not set(kinds) <= set(KINDS):
        parser.error("valid kinds: " + ", ".join(KINDS))
    os.chdir(ROOT)
    os.makedirs(WORK, exist_ok=True)
    began, suite = time.time(), os.path.abspath(arguments.suite)
    coverage, marked = os.path.join(WORK, "coverage"), os.path.join(WORK, "marked")
    if not (arguments.keep and os.path.exists(os.path.join(coverage, "build/iowalk"))):
        copy_sources(coverage)
        make(coverage, "-O1 -DNDEBUG", "--coverage")
    cells = requests(os.path.join(coverage, "build/iowalk"), suite)
    lines = calls_of_walks(coverage, cells)
    copy_sources(marked)
    numbers = insert_marks(marked, lines)
    make(marked, "-O2 -DNDEBUG -include workloads/support/mutant.h")
    program = os.path.join(marked, "build/iowalk")
    for cell in cells:
        reply = ask(program, cell, 0)
        cell["ns"] = reply["real_time_ns"][0]
    all_functions = sorted(numbers)
    on_path = [function for function in all_functions if best_cell(cells, function)]
    chosen = [function for function in on_path if re.search(arguments.match, ":".join(function))]
    off = [function for function in all_functions if not best_cell(cells, function)]
    print("%d functions, %d of them in every walk of a timed cell" % (
        len(all_functions), len(on_path)))
    if arguments.list:
        for function in on_path:
            print("on the path      %s:%s  %s" % (*function, best_cell(cells, function)["name"]))
        for function in off:
            print("not in each walk %s:%s" % function)
        return 0
    if arguments.sample and arguments.sample < len(chosen):
        chosen = sorted(random.Random(arguments.seed).sample(chosen, arguments.sample))
    tally, marks, outside = judge(program, suite, cells, numbers, chosen, kinds)
    found = sum(entry[0] for entry in tally.values())
    trials = sum(entry[1] for entry in tally.values())
    for kind, (hits, count) in tally.items():
        print("%s: %d of %d found" % (kind, hits, count))
    print("%d of %d mutants found (%.1f %%), %d missed; %d functions are in no cell's every walk (--list names "
          "them); %d run between the walks only; of %d the mark alone costs more than 5 %%; %.0f s" % (
              found, trials, 100 * found / max(trials, 1), trials - found, len(off), outside, marks,
              time.time() - began))
    return 0 if found >= WANTED * trials else 1


if __name__ == "__main__":
    sys.exit(main())
