#!/bin/bash
# scripts/compare-calibration.sh on made-up runs, of which the answers are known.
. tests/blackbox/lib.sh
command -v python3 >/dev/null || skip_all "no python3"
sanitized && skip_all "it is a script that calls compare a hundred times; once, without sanitizers, is enough"

# Ten runs of the cells of tests/data/small with 4 processes. Runs differ by SPREAD, processes by 1 %.
make_runs() { # FOLDER SPREAD
	python3 - "$1" "$2" <<-'PYTHON'
		import json, math, os, random, shutil, sys
		folder, spread = sys.argv[1], float(sys.argv[2])
		rng = random.Random(7)
		names, lines = [], []
		for line in open("tests/data/small/samples.jsonl", encoding="utf-8"):
		    sample = json.loads(line)
		    if sample["pass"] == "time" and sample["repetition"] == 0:
		        lines.append(sample)
		for number in range(10):
		    to = "%s/run%d" % (folder, number)
		    os.makedirs(to)
		    shutil.copy("tests/data/small/environment.json", to)
		    info = json.load(open("tests/data/small/run.json", encoding="utf-8"))
		    info["started"] = "2026-01-31T1%d:00:00Z" % number
		    json.dump(info, open(to + "/run.json", "w"))
		    with open(to + "/samples.jsonl", "w") as out:
		        for sample in lines:
		            centre = 1e6 * math.exp(rng.gauss(0, spread))
		            for process in range(4):
		                for repetition in range(2):
		                    sample["process"], sample["repetition"] = process, repetition
		                    sample["metrics"]["real_time_ns"] = centre * math.exp(abs(rng.gauss(0, 0.01)))
		                    out.write(json.dumps(sample) + "\n")
	PYTHON
}

share() { # GROUP COLUMN: the per cent in that column of the table, without decimals
	awk -F '|' -v group=" $1 " -v column="$2" '$2 == group { sub(/.*: /, "", $column); print int($column); exit }' "$work/stdout"
}

make_runs "$work/quiet" 0.005
expect "quiet runs" 0 '^20 draws of 5 and 1 runs out of 10, threshold 10 %' \
	scripts/compare-calibration.sh --program "$iowalk" --draws 20 --slower 3,12 "$work"/quiet/run*
is "quiet runs: nothing is found in equal runs" "$(share 'all warm' 3)" 0
is "quiet runs: all is decided" "$(share 'all warm' 4)" 0
check "quiet runs: 3 % is below what counts" test "$(share 'all warm' 5)" -le 10
check "quiet runs: 12 % is found" test "$(share 'all warm' 6)" -ge 95
check "quiet runs: the printed effect is found" test "$(share 'all warm' 7)" -ge 80 -a "$(share 'all warm' 7)" -le 100
check "quiet runs: a row of each group" grep -q '^| cold mmap | ' "$work/stdout"

make_runs "$work/noisy" 0.1
expect "noisy runs" 0 '^20 draws of 5 and 3 runs out of 10, threshold 10 %; shares' \
	scripts/compare-calibration.sh --program "$iowalk" --draws 20 --slower 12 --candidate 3 --baseline 5 "$work"/noisy/run*
check "noisy runs: nothing is decided" test "$(share 'all warm' 4)" -ge 90
check "noisy runs: 12 % is not found" test "$(share 'all warm' 5)" -le 30

expect "candidates that begin later" 0 ', candidates later, threshold' \
	scripts/compare-calibration.sh --program "$iowalk" --draws 2 --slower 12 --later "$work"/quiet/run*
expect "too few runs" 1 '3 runs are fewer than 5 [+] 1' scripts/compare-calibration.sh --program "$iowalk" "$work"/quiet/run[123]
expect "a baseline that is not judged" 1 'fewer than 3' scripts/compare-calibration.sh --program "$iowalk" --baseline 2 "$work"/quiet/run*
finish
