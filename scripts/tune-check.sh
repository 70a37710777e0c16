#!/bin/bash
# Is the setting that `iowalk tune` picks as fast as the best of all? tune-check.sh IOWALK ENGINE,.. OPTION OF run...
# For each engine (with one layout, graph and cache state): searches within $BUDGET seconds (default 120), measures every
# combination of the same values once, and then the fastest $BEST of them (default 8), the pick and
# the default in turns, in $PROCESSES fresh processes each (default 10). Prints pick / best of the grid, which should be
# at most 1.10, and default / best; exits 1 if a pick is slower than that. Layout and graph are options of run:
#   scripts/tune-check.sh build/iowalk pread,mmap --layout csr --graph file:edges.txt --cache warm
set -eu
[ $# -ge 2 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
iowalk=$1 engines=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/iowalk.XXXXXX")
trap 'rm -rf "$work"' EXIT
quiet=(--passes time --no-plots --no-roofline)
status=0
printf '%-14s %6s %9s %9s %9s  %s\n' engine cells pick/best high default/b pick
for engine in ${engines//,/ }; do
	at=$work/$engine
	"$iowalk" tune --engine "$engine" "$@" --budget "${BUDGET:-120}" --out "$at.ini" >"$at.tuned" 2>"$at.said" ||
		{ cat "$at.said" >&2; exit 1; }
	mapfile -t options < <("$iowalk" tune --engine "$engine" "$@" --dry-run | sed -n 's/^  //p')
	opts=()
	for option in ${options[@]+"${options[@]}"}; do opts+=(--opt "$option"); done
	"$iowalk" run --engine "$engine" "$@" "${opts[@]}" "${quiet[@]}" --processes 1 --repetitions "${REPETITIONS:-2}" \
		--out "$at.grid" >/dev/null 2>"$at.said" || { tail -n 3 "$at.said" >&2; exit 1; }
	python3 - "$at" "${BEST:-8}" <<'END'
import json, statistics, sys
at, best = sys.argv[1], int(sys.argv[2])
def how(cell): # without the options of the graph
    return {key: value for key, value in cell["options"].items() if not key.startswith(cell["graph"] + ".")}
cells = {cell["name"]: how(cell) for cell in json.load(open(at + ".grid/run.json"))["cells"]}
times = {}
for line in open(at + ".grid/samples.jsonl"):
    sample = json.loads(line)
    times.setdefault(sample["cell"], []).append(sample["metrics"]["real_time_ns"])
order = sorted(times, key=lambda name: statistics.median(times[name]))
default = [name for name in times if not cells[name]]
pick = ""
for line in open(at + ".ini"):
    if line.startswith("opt = "):
        pick = line[6:].strip()
with open(at + ".suite", "w") as out:
    texts = [",".join("%s=%s" % pair for pair in cells[name].items()) for name in order[:best] + default]
    for i, text in enumerate(dict.fromkeys(texts + [pick])):
        out.write("[cells %d]\n%s" % (i, "opt = %s\n" % text if text else ""))
json.dump({"pick": pick, "count": len(times)}, open(at + ".pick", "w"))
END
	"$iowalk" run --suite "$at.suite" --engine "$engine" "$@" "${quiet[@]}" --processes "${PROCESSES:-10}" \
		--repetitions "${REPETITIONS:-2}" --out "$at.turns" >/dev/null 2>"$at.said" || { tail -n 3 "$at.said" >&2; exit 1; }
	python3 - "$at" "$engine" <<'END' || status=1
import json, statistics, sys
at, engine = sys.argv[1:]
pick = json.load(open(at + ".pick"))
wanted = dict(word.split("=") for word in pick["pick"].split(",")) if pick["pick"] else {}
times = {}
for line in open(at + ".turns/samples.jsonl"):
    sample = json.loads(line)
    times.setdefault(sample["cell"], {}).setdefault(sample["process"], []).append(sample["metrics"]["real_time_ns"])
medians = {cell: {n: statistics.median(values) for n, values in processes.items()} for cell, processes in times.items()}
def how(cell): # without the options of the graph
    return {key: value for key, value in cell["options"].items() if not key.startswith(cell["graph"] + ".")}
options = {cell["name"]: how(cell) for cell in json.load(open(at + ".turns/run.json"))["cells"]}
of = lambda name: statistics.median(medians[name].values())
best = min(medians, key=of)
picked = next(name for name in medians if options[name] == wanted)
default = next(name for name in medians if not options[name])
pairs = sorted(medians[picked][n] / medians[best][n] for n in medians[best])
ratio = of(picked) / of(best)
print("%-14s %6d %9.2f %9.2f %9.2f  %s" % (engine, pick["count"], ratio, pairs[-2] if len(pairs) > 8 else pairs[-1],
                                          of(default) / of(best), pick["pick"] or "(the default)"))
sys.exit(ratio > 1.1)
END
done
exit $status
