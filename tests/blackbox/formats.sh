#!/bin/bash
# Records against their JSON Schemas in docs/schemas: fresh ones, committed ones, and ones with planted faults.
. tests/blackbox/lib.sh

python=
for candidate in python3 /usr/bin/python3; do
	if "$candidate" -c 'import jsonschema' 2>/dev/null; then python=$candidate && break; fi
done
[ -n "$python" ] || skip_all "no python3 with jsonschema"

valid() { # NAME SCHEMA FILE...
	local name=$1
	shift
	check "$name" "$python" -W ignore tests/formats.py "$@"
}
invalid() { # NAME SCHEMA FILE WORDS
	if "$python" -W ignore tests/formats.py "$2" "$3" >"$work/found" 2>&1; then
		not_ok "$1" "it was accepted"
	else
		check "$1" grep -q -- "$4" "$work/found"
	fi
}

# ---- fresh records ----

measure() { # FOLDER OPTION...
	local out=$1
	shift
	run "$iowalk" run --nodes 100 --processes 1 --repetitions 2 --iterations 1 --no-plots --no-roofline --out "$out" "$@"
	case $status in 0 | 1) ok "a run: $*" ;; *) not_ok "a run: $*" "$(said)" ;; esac
	valid "run.json: $*" run "$out/run.json"
	valid "environment.json: $*" environment "$out/environment.json"
	valid "samples.jsonl: $*" sample "$out/samples.jsonl"
}
measure "$work/walks" --graph chain,random --layout slotted,csr --engine pread,mmap,memory --cache warm,cold --opt bfs.order=sorted
measure "$work/others" --workload create,lookup,open,read,compact --graph chain --layout records --engine buffered
measure "$work/stores" --graph chain --profile sqlite,lmdb --counters none
measure "$work/threads" --graph random --engine pread --threads 2 --memory-limit 512M
measure "$work/precise" --graph chain --layout csr --engine pread --passes time --processes 6 --precision 50% --budget 5
printf '[suite]\nsummary = s\n[cells a]\ngraph = chain\nnodes = 100\nengine = pread,mmap\n[limit l]\ncell = bfs/chain/slotted/mmap/warm/nodes:100\nover = bfs/chain/slotted/pread/warm/nodes:100\nat_most = 1\n' >"$work/my.ini"
run "$iowalk" run --suite "$work/my.ini" --processes 1 --repetitions 2 --iterations 1 --no-plots --no-roofline --out "$work/suite"
valid "run.json of a suite with a limit" run "$work/suite/run.json"
run "$iowalk" gate --against "$(realpath "$iowalk")" --suite "$work/my.ini" --counts-only --out "$work/gate"
exits "a gate" 0
valid "gate.json" gate "$work/gate/gate.json"
valid "blocks.jsonl" block "$work/gate/blocks.jsonl"

SLURM_JOB_ID=7 SLURM_CPUS_ON_NODE=4 SLURM_MEM_PER_CPU=25 SLURM_CPU_FREQ_REQ=high measure "$work/job" --graph chain --layout csr \
	--engine pread
check "environment.json of a job" grep -q '"job": {' "$work/job/environment.json"

# ---- reports ----

report() { # NAME OPTION...: its JSON is valid
	local name=$1
	shift
	"$iowalk" report "$@" --json >"$work/report.json"
	valid "report --json of $name" report "$work/report.json"
}
report "walks" "$work/walks"
report "stores" "$work/stores"
report "a suite with a limit" "$work/suite"
report "cells with --precision" "$work/precise"
report "phases" --phases tests/data/small,tests/data/again
report "phases with targets" --phases start,now --targets results/targets.ini
report "a gate of counts" --gate "$work/gate"
report "a gate with blocks" --gate tests/data/gate
sed 's/"kind": "gate"/"kind": "run"/' "$work/report.json" >"$work/kind.json"
invalid "a gate that calls itself a run" report "$work/kind.json" "required"
sed '0,/"suspect"/s//"suspicious"/' "$work/report.json" >"$work/kind.json"
invalid "a field of a report with another name" report "$work/kind.json" "suspicious"

# ---- committed records ----

for file in run environment phase; do
	valid "phases: $file.json" $file results/phases/*/$file.json
done
valid "phases: samples.jsonl.gz" sample results/phases/*/samples.jsonl.gz
for pair in results/phases/compare-*; do
	[ -e "$pair" ] || continue
	valid "$pair: gate.json" gate "$pair/gate.json"
	valid "$pair: blocks.jsonl.gz" block "$pair/blocks.jsonl.gz"
done
valid "a recorded gate: gate.json" gate tests/data/gate/gate.json
valid "a recorded gate: blocks.jsonl.gz" block tests/data/gate/blocks.jsonl.gz
valid "every field is in FORMATS.md" documented

# ---- planted faults ----

sed 's/"format": *1/"format": 2/' "$work/walks/run.json" >"$work/run.json"
invalid "another format number" run "$work/run.json" "format"
sed 's/"suite"/"suit"/' "$work/walks/run.json" >"$work/run.json"
invalid "a field with another name" run "$work/run.json" "suit"
sed 's/"verified":true,//' "$work/walks/samples.jsonl" >"$work/samples.jsonl"
invalid "a field that is missing" sample "$work/samples.jsonl" "samples.jsonl:"
sed 's/"real_time_ns":[0-9.]*/"real_time_ns":"fast"/' "$work/walks/samples.jsonl" >"$work/samples.jsonl"
invalid "a metric that is no number" sample "$work/samples.jsonl" "metrics/real_time_ns"
sed 's/"levels_hash":"[0-9a-f]/"levels_hash":"x/' "$work/walks/samples.jsonl" >"$work/samples.jsonl"
invalid "a hash that is none" sample "$work/samples.jsonl" "walk/levels_hash"
sed '1s/}$/,"error":"both"}/' "$work/walks/samples.jsonl" >"$work/samples.jsonl"
invalid "metrics and an error" sample "$work/samples.jsonl" "samples.jsonl:1"
finish
