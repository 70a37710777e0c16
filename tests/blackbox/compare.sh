#!/bin/bash
# iowalk compare: differences between records, refused records, and the JSON output. The records
# are changed copies of one real run, so nothing depends on the speed of the machine.
. tests/blackbox/lib.sh

a=$work/a
run "$iowalk" run --graph chain --nodes 200 --engine pread,mmap --cache warm --processes 1 --repetitions 5 \
	--min-time 0.001 --no-roofline --out "$a"
exits "a run to compare" 0
# Overwrites the times, because those of a busy machine would be inconclusive.
sed -E -i '/"pass":"time"/s/"real_time_ns":[0-9.e+]+/"real_time_ns":100000.5/' "$a/samples.jsonl"

copy() { # NAME [RUN]: copies the run to $work/NAME
	rm -rf "${work:?}/$1"
	cp -r "${2-$a}" "$work/$1"
}

edit() { # NAME FILE SED-SCRIPT
	sed -E -i "$3" "$work/$1/$2"
}

# A baseline: three runs of one program, begun at different hours, whose times differ by .2 %.
base=("$work/base1" "$work/base2" "$work/base3")
for i in 1 2 3; do
	copy "base$i"
	edit "base$i" run.json "s/\"started\": \"[^\"]*\"/\"started\": \"2026-01-31T1$i:00:00Z\"/"
	edit "base$i" samples.jsonl "/\"pass\":\"time\"/s/\"real_time_ns\":[0-9.e+]+/\"real_time_ns\":$((99600 + 200 * i)).5/"
done

# ---- how many runs ----

copy same
expect "one run a side: counts only, and not a pass" 4 '^2 same counts in 2 cells' "$iowalk" compare "$a" "$work/same"
check "it says what it would take" grep -q 'Counts only: .*The baseline has 1 run, and only 3 or more.*iowalk phase record NAME --from RUN RUN RUN' "$work/stdout"
expect "two runs are not enough" 4 'The baseline has 2 runs' "$iowalk" compare "${base[@]:0:2}" -- "$a"
expect "three are: no change" 0 '^2 no change in 2 cells' "$iowalk" compare "${base[@]}" -- "$a"
check "the caption has their numbers" grep -qE 'baseline .*base1, .*base2, .*base3 \(3 runs\), candidate .* \(1 run\); threshold 10%' "$work/stdout"
expect "three candidates" 0 '^2 no change in 2 cells' "$iowalk" compare "${base[@]}" -- "${base[@]}"
expect "options between the runs" 0 '^2 no change in 2 cells' "$iowalk" compare "${base[@]}" --counts-only -- "$a"
expect "a threshold that three runs cannot resolve" 4 '^2 inconclusive in 2 cells' \
	"$iowalk" compare --threshold 1 "${base[@]}" -- "$a"
expect "counts alone can be compared" 0 '^2 no change' "$iowalk" compare --threshold 2.5 --counts-only "$a" "$work/same"
copy copy1 "$work/base1"
expect "copies of a run are no runs" 4 'copies of one run' "$iowalk" compare "${base[@]}" "$work/copy1" -- "$a"
expect "a run given twice" 2 "base1' is given twice" "$iowalk" compare "$work/base1" "${base[@]}" -- "$a"
program=$(realpath "$iowalk")
(cd "$work" && "$program" phase record base --from base1 base2 base3) >"$work/recorded" 2>&1
expect "a phase of three runs is a baseline" 0 '^2 no change in 2 cells' "$iowalk" compare "$work/results/phases/base" "$a"
check "the caption counts the runs of the phase" grep -q 'phases/base (3 runs)' "$work/stdout"

# ---- equal and changed records ----

# Times that vary by large factors: no change is found, and none could be detected.
for i in 1 2 3; do
	copy wild$i "$work/base$i"
	edit wild$i samples.jsonl "/pread\/warm.*\"pass\":\"time\"/s/\"real_time_ns\":[0-9.e+]+/\"real_time_ns\":1e$((i + 3))/"
done
expect "a cell too noisy to show anything" 4 '^inconclusive .* none .*pread/warm' \
	"$iowalk" compare "$work"/wild[123] -- "$work/wild2"

copy call
edit call samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":([0-9]+)/"logical_read_bytes":1\1/'
expect "more bytes are a regression" 3 '^1 regression \(bfs/chain/slotted/pread/warm/nodes:200: logical_read_bytes' \
	"$iowalk" compare "$a" "$work/call"
expect "fewer bytes are an improvement" 0 '^1 improvement, 1 no change' "$iowalk" compare --counts-only "$work/call" "$a"
if samples "$a" count | grep -q '"syscalls":'; then
	copy syscall
	edit syscall samples.jsonl '/mmap\/warm.*"pass":"count"/s/"syscalls":0,/"syscalls":1,"syscalls_madvise":1,/'
	expect "one system call is found" 3 'syscalls_madvise 0 -> 1 \(\+1\)' "$iowalk" compare "$a" "$work/syscall"
	check "one system call is not reported again in the sum" sh -c "! grep -q 'syscalls 0' '$work/stdout'"
	expect "one system call is found by several runs" 3 'syscalls_madvise 0 -> 1 \(\+1\)' \
		"$iowalk" compare "${base[@]}" -- "$work/syscall"
else
	skip "one system call is found" "system calls cannot be counted here"
	skip "one system call is not reported again in the sum" "system calls cannot be counted here"
	skip "one system call is found by several runs" "system calls cannot be counted here"
fi
copy faults
edit faults samples.jsonl '/mmap\/warm.*"pass":"count"/s/"faults_minor":[0-9]+/"faults_minor":10/'
expect "a few more faults are no change" 0 '^2 no change' "$iowalk" compare --counts-only "$a" "$work/faults"
edit faults samples.jsonl '/mmap\/warm.*"pass":"count"/s/"faults_minor":[0-9]+/"faults_minor":1000/'
if samples "$a" count | grep -q '"faults_minor":'; then
	expect "many faults are a regression" 3 'faults_minor [0-9]+ -> 1000' "$iowalk" compare "$a" "$work/faults"
else
	skip "many faults are a regression" "faults cannot be counted here"
fi
copy answer
edit answer samples.jsonl 's/"levels_hash":"....../"levels_hash":"beef00/'
expect "a different answer is a regression" 3 'levels_hash' "$iowalk" compare "$a" "$work/answer"

# ---- times ----

times() { # NAME PERCENT [RUN]: a copy whose pread cell takes PERCENT of 100 us
	copy "$1" "${3-$a}"
	edit "$1" samples.jsonl "/pread\\/warm.*\"pass\":\"time\"/s/\"real_time_ns\":[0-9.e+]+/\"real_time_ns\":$2000.5/"
}
times slow 115
run "$iowalk" compare "${base[@]}" -- "$work/slow"
exits "slower: exit status" 3
check "slower: the first line names the cell and the change" \
	sh -c "head -1 '$work/stdout' | grep -E '^1 regression \(bfs/chain/slotted/pread/warm/nodes:200: time \+15[0-9.]*%'"
expect "a regression in one run a side is not judged" 4 '^2 same counts' "$iowalk" compare "$a" "$work/slow"
times fast 85
expect "faster" 0 '^1 improvement, 1 no change' "$iowalk" compare "${base[@]}" -- "$work/fast"
copy traded "$work/fast"
edit traded samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":([0-9]+)/"logical_read_bytes":1\1/'
expect "faster with more bytes is an improvement" 0 '^1 improvement, 1 no change' \
	"$iowalk" compare "${base[@]}" -- "$work/traded"
times slower 104
expect "slower by less than half of the threshold is no change" 0 '^2 no change' "$iowalk" compare "${base[@]}" -- "$work/slower"
copy less "$work/slow"
edit less samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":[0-9]+/"logical_read_bytes":10/'
expect "slower with fewer bytes is a regression" 3 '^1 regression' "$iowalk" compare "${base[@]}" -- "$work/less"
copy noisy "$work/base2"
edit noisy samples.jsonl '/"pass":"time"/s/"real_time_ns":[0-9.e+]+/"real_time_ns":110000.5/'
expect "slower with fewer bytes, but not significantly, is inconclusive" 4 '^2 inconclusive in 2' \
	"$iowalk" compare "$work/base1" "$work/noisy" "$work/base3" -- "$work/less"
edit less samples.jsonl '/"pass":"time"/s/"real_time_ns":[0-9.e+]+/"real_time_ns":100000.5/'
expect "as fast with fewer bytes is an improvement" 0 '^1 improvement, 1 no change' "$iowalk" compare "${base[@]}" -- "$work/less"
copy little
edit little samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":[0-9]+/"logical_read_bytes":10000/'
copy more
edit more samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":[0-9]+/"logical_read_bytes":10050/'
expect "half a per cent more bytes is no change" 0 '^2 no change' "$iowalk" compare --counts-only "$work/little" "$work/more"
expect "slower, but below half of the threshold" 0 '^2 no change' "$iowalk" compare --threshold 40 "${base[@]}" -- "$work/slow"

copy broken
edit broken samples.jsonl '/mmap\/warm/s/"verified":true/"verified":false/'
expect "a wrong answer in the candidate" 1 'candidate: wrong answer' "$iowalk" compare "$a" "$work/broken"
expect "a wrong answer in the baseline" 1 'baseline: wrong answer' "$iowalk" compare "$work/broken" "$a"

copy other
edit other run.json 's#mmap/warm/nodes:200#mmap/warm/nodes:201#'
edit other samples.jsonl 's#mmap/warm/nodes:200#mmap/warm/nodes:201#'
expect "cells only in the baseline are listed, and not a pass" 4 'only in the baseline .*mmap/warm/nodes:200' "$iowalk" compare "$a" "$work/other"
expect "cells only in the candidate are listed" 0 'only in the candidate .*mmap/warm/nodes:201' \
	"$iowalk" compare --counts-only --allow-lost "$a" "$work/other"
edit other run.json 's#warm/nodes:200#warm/nodes:202#'
expect "nothing in common" 2 'no cell in common' "$iowalk" compare "$a" "$work/other"

# ---- nothing was compared: a skipped cell is not "no change" ----
S=(--processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline)
run "$iowalk" run --graph chain --nodes 50 --engine memory,pread --cache cold "${S[@]}" --out "$work/skips1"
run "$iowalk" run --graph star --nodes 50 --engine memory --cache cold "${S[@]}" --out "$work/skips2"
run "$iowalk" run --graph chain --nodes 50 --engine memory --cache cold "${S[@]}" --out "$work/skips3"
expect "skipped on one side and absent on the other" 2 'no cell in common that both measured' \
	"$iowalk" compare "$work/skips1" "$work/skips2"
expect "skipped on both sides" 2 'no cell in common that both measured' "$iowalk" compare "$work/skips3" "$work/skips3"
run "$iowalk" compare "$work/skips1" "$work/skips1" --counts-only
exits "skipped beside a cell that is measured" 0
check "it is called skipped" grep -qE '^skipped .*memory/cold' "$work/stdout"
check "the headline counts it apart" grep -qE '^1 no change, 1 skipped in 2 cells' "$work/stdout"

# ---- machines ----

copy machine
edit machine environment.json 's/"release": "[^"]*"/"release": "9.9"/; s/"commit": "[^"]*"/"commit": "other"/'
expect "another machine is refused" 2 'kernel.release: .* -> 9.9' "$iowalk" compare "$a" "$work/machine"
expect "with --force its times are not judged" 4 'times of different machines are shown, not judged' \
	"$iowalk" compare --force "${base[@]}" -- "$work/machine"
expect "a machine is another in a baseline, too" 2 'kernel.release' "$iowalk" compare "${base[@]}" "$work/machine" -- "$a"
expect "with --force counts are" 0 '^2 no change' "$iowalk" compare --force --counts-only "$a" "$work/machine"
copy seed
edit seed run.json 's/"seed": [0-9]+/"seed": 7/'
expect "another seed is another graph" 2 'run.seed: .* -> 7' "$iowalk" compare "$a" "$work/seed"
copy commit
edit commit environment.json 's/"commit": "[^"]*"/"commit": "other"/'
expect "another commit is reported and compared" 0 'build.commit: .* -> other' "$iowalk" compare --counts-only "$a" "$work/commit"

# ---- for programs ----

run "$iowalk" compare --json "${base[@]}" -- "$work/slow"
exits "--json: exit status" 3
json_point "--json" "$work/stdout"
if command -v xmllint >/dev/null; then
	hostile=()
	for run in base1 base2 base3 slow; do
		copy "hostile_$run" "$work/$run"
		hostile+=("$work/hostile_$run")
		edit "hostile_$run" run.json 's#bfs/chain/slotted/pread/warm/nodes:200#<\&\\"]]>\\u0001\\n::%#'
		edit "hostile_$run" samples.jsonl 's#bfs/chain/slotted/pread/warm/nodes:200#<\&\\"]]>\\u0001\\n::%#'
	done
	run "$iowalk" compare --format junit "${hostile[@]:0:3}" -- "${hostile[3]}"
	exits "any name is compared" 3
	check "junit is XML with any name" xmllint --noout "$work/stdout"
	run "$iowalk" compare --format github "${hostile[@]:0:3}" -- "${hostile[3]}"
	is "github: one command per line with any name" "$(grep -vc '^::[a-z]* title=[^:]*::' "$work/stdout")" 0
else
	skip "junit is XML with any name" "xmllint is not installed"
fi
"$iowalk" compare --format junit "${base[@]}" -- "$work/slow" >"$work/junit.xml"
check "junit: the failure and its type" grep -q '<failure type="PerformanceRegression" message="time +' "$work/junit.xml"
"$iowalk" compare --format github "${base[@]}" -- "$work/slow" >"$work/github"
check "github: an error that leads with the cell" \
	grep -q '^::error title=iowalk compare%3A regression::bfs/chain/slotted/pread/warm/nodes:200: time +[0-9.]*%25' "$work/github"
"$iowalk" compare --format markdown "${base[@]}" -- "$work/slow" >"$work/markdown"
check "markdown: a row for the regression" grep -q '^| \*\*regression\*\* | bfs/chain/slotted/pread/warm/nodes:200 |' "$work/markdown"

# ---- wrong commands ----

for percent in 0 -1 nan frob 2x '' 1e9; do
	expect "threshold '$percent'" 2 "--threshold '$percent': not a percentage" "$iowalk" compare --threshold "$percent" "$a" "$a"
done
expect "one run is not enough" 2 'needs two runs' "$iowalk" compare "$a"
expect "three need a mark between the sides" 2 'BASELINE... -- CANDIDATE' "$iowalk" compare "$a" "$a" "$a"
expect "no candidate" 2 'needs two runs' "$iowalk" compare "$a" "$a" "$a" --
expect "no baseline" 2 'needs two runs' "$iowalk" compare -- "$a" "$a" "$a"
expect "a missing run" 2 "'$work/none'.*No such file" "$iowalk" compare "$a" "$work/none"
expect "a folder that is not a run" 2 "run.json" "$iowalk" compare "$a" "$work"
expect "an unknown format" 2 "'frob'; valid: table, markdown, junit, github, json" "$iowalk" compare --format frob "$a" "$a"
expect "an unknown colour" 2 "'frob': valid: auto, always, never" "$iowalk" compare --color frob "$a" "$a"
finish
