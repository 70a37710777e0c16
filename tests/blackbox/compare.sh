#!/bin/bash
# iowalk compare: differences between two records, refused records, and the JSON output. The records
# are changed copies of one real run, so nothing depends on the speed of the machine.
. tests/blackbox/lib.sh

a=$work/a
run "$iowalk" run --graph chain --nodes 200 --engine pread,mmap --cache warm --processes 1 --repetitions 5 \
	--min-time 0.001 --no-roofline --out "$a"
exits "a run to compare" 0
# Overwrites the times, because those of a busy machine would be inconclusive.
sed -E -i '/"pass":"time"/s/"real_time_ns":[0-9.e+]+/"real_time_ns":100000.5/' "$a/samples.jsonl"

copy() { # NAME: copies the run to $work/NAME
	rm -rf "${work:?}/$1"
	cp -r "$a" "$work/$1"
}

edit() { # NAME FILE SED-SCRIPT
	sed -E -i "$3" "$work/$1/$2"
}

# ---- equal and changed records ----

copy same
expect "a run against its copy: no change" 0 '^2 no change in 2 cells' "$iowalk" compare "$a" "$work/same"
expect "a threshold too low for the repetitions of one process" 4 '^2 inconclusive in 2 cells' \
	"$iowalk" compare --threshold 2.5 "$a" "$work/same"
expect "counts alone can be compared" 0 '^2 no change' "$iowalk" compare --threshold 2.5 --counts-only "$a" "$work/same"

# Times that vary by large factors: no change is found, and none could be detected.
copy wild
awk '/pread\/warm.*"pass":"time"/ { sub(/"real_time_ns":[0-9.e+]+/, sprintf("\"real_time_ns\":%.1f", 1000.5 * 10 ^ ++n)) } { print }' \
	"$a/samples.jsonl" >"$work/wild/samples.jsonl"
expect "a cell too noisy to show anything" 4 '^1 inconclusive, 1 no change in 2 cells' \
	"$iowalk" compare "$work/wild" "$work/wild"
expect "its counts can be compared" 0 '^2 no change' "$iowalk" compare --counts-only "$work/wild" "$work/wild"

copy call
edit call samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":([0-9]+)/"logical_read_bytes":1\1/'
expect "more bytes are a regression" 3 '^1 regression \(bfs/chain/slotted/pread/warm/nodes:200: logical_read_bytes' \
	"$iowalk" compare "$a" "$work/call"
expect "fewer bytes are an improvement" 0 '^1 improvement, 1 no change' "$iowalk" compare "$work/call" "$a"
if samples "$a" count | grep -q '"syscalls":'; then
	copy syscall
	edit syscall samples.jsonl '/mmap\/warm.*"pass":"count"/s/"syscalls":0,/"syscalls":1,"syscalls_madvise":1,/'
	expect "one system call is found" 3 'syscalls_madvise 0 -> 1 \(\+1\)' "$iowalk" compare "$a" "$work/syscall"
	check "one system call is not reported again in the sum" sh -c "! grep -q 'syscalls 0' '$work/stdout'"
else
	skip "one system call is found" "system calls cannot be counted here"
	skip "one system call is not reported again in the sum" "system calls cannot be counted here"
fi
copy faults
edit faults samples.jsonl '/mmap\/warm.*"pass":"count"/s/"faults_minor":[0-9]+/"faults_minor":10/'
expect "a few more faults are no change" 0 '^2 no change' "$iowalk" compare "$a" "$work/faults"
edit faults samples.jsonl '/mmap\/warm.*"pass":"count"/s/"faults_minor":[0-9]+/"faults_minor":1000/'
if samples "$a" count | grep -q '"faults_minor":'; then
	expect "many faults are a regression" 3 'faults_minor [0-9]+ -> 1000' "$iowalk" compare "$a" "$work/faults"
else
	skip "many faults are a regression" "faults cannot be counted here"
fi
copy answer
edit answer samples.jsonl 's/"levels_hash":"....../"levels_hash":"beef00/'
expect "a different answer is a regression" 3 'levels_hash' "$iowalk" compare "$a" "$work/answer"

copy slow
edit slow samples.jsonl '/pread\/warm.*"pass":"time"/s/"real_time_ns":([0-9]+)/"real_time_ns":1\1/'
run "$iowalk" compare "$a" "$work/slow"
exits "far slower: exit status" 3
check "far slower: the first line names the cell and the change" \
	sh -c "head -1 '$work/stdout' | grep -E '^1 regression \(bfs/chain/slotted/pread/warm/nodes:200: time \+[0-9.]+%'"
expect "far faster" 0 '^1 improvement, 1 no change' "$iowalk" compare "$work/slow" "$a"
copy traded
edit traded samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":([0-9]+)/"logical_read_bytes":1\1/'
expect "far faster with more bytes is an improvement" 0 '^1 improvement, 1 no change' \
	"$iowalk" compare "$work/slow" "$work/traded"
copy slower
edit slower samples.jsonl '/pread\/warm.*"pass":"time"/s/"real_time_ns":[0-9.e+]+/"real_time_ns":120000.5/'
expect "slower by less than can be detected is no change" 0 '^2 no change' "$iowalk" compare "$a" "$work/slower"
expect "the same with fewer bytes is inconclusive" 4 '^1 inconclusive, 1 no change' "$iowalk" compare "$work/call" "$work/slower"
copy little
edit little samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":[0-9]+/"logical_read_bytes":10000/'
copy more
edit more samples.jsonl '/pread\/warm.*"pass":"count"/s/"logical_read_bytes":[0-9]+/"logical_read_bytes":10050/'
awk '/pread\/warm.*"pass":"time"/ { sub(/"real_time_ns":[0-9.e+]+/, sprintf("\"real_time_ns\":%.1f", 99 * 10 ^ ++n)) } { print }' \
	"$a/samples.jsonl" >"$work/traded/samples.jsonl"
expect "inconclusive times with fewer bytes are an improvement" 0 '^1 improvement, 1 no change' \
	"$iowalk" compare "$work/call" "$work/traded"
expect "half a per cent more bytes is no change" 0 '^2 no change' "$iowalk" compare "$work/little" "$work/more"
expect "far slower, but below the threshold and with counts only" 0 '^2 no change' \
	"$iowalk" compare --threshold 1000 --counts-only "$a" "$work/slow"

copy broken
edit broken samples.jsonl '/mmap\/warm/s/"verified":true/"verified":false/'
expect "a wrong answer in the candidate" 1 'candidate: wrong answer' "$iowalk" compare "$a" "$work/broken"
expect "a wrong answer in the baseline" 1 'baseline: wrong answer' "$iowalk" compare "$work/broken" "$a"

copy other
edit other run.json 's#mmap/warm/nodes:200#mmap/warm/nodes:201#'
edit other samples.jsonl 's#mmap/warm/nodes:200#mmap/warm/nodes:201#'
expect "cells only in the baseline are listed, and not a pass" 4 'only in the baseline .*mmap/warm/nodes:200' "$iowalk" compare "$a" "$work/other"
expect "cells only in the candidate are listed" 0 'only in the candidate .*mmap/warm/nodes:201' \
	"$iowalk" compare --allow-lost "$a" "$work/other"
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
expect "with --force its times are not judged" 4 '^2 inconclusive' "$iowalk" compare --force "$a" "$work/machine"
expect "with --force counts are" 0 '^2 no change' "$iowalk" compare --force --counts-only "$a" "$work/machine"
copy seed
edit seed run.json 's/"seed": [0-9]+/"seed": 7/'
expect "another seed is another graph" 2 'run.seed: .* -> 7' "$iowalk" compare "$a" "$work/seed"
copy commit
edit commit environment.json 's/"commit": "[^"]*"/"commit": "other"/'
expect "another commit is reported and compared" 0 'build.commit: .* -> other' "$iowalk" compare "$a" "$work/commit"

# ---- for programs ----

run "$iowalk" compare --json "$a" "$work/slow"
exits "--json: exit status" 3
json_point "--json" "$work/stdout"
if command -v xmllint >/dev/null; then
	copy hostile
	cp -r "$work/slow" "$work/hostile_slow"
	for name in hostile hostile_slow; do
		edit $name run.json 's#bfs/chain/slotted/pread/warm/nodes:200#<\&\\"]]>\\u0001\\n::%#'
		edit $name samples.jsonl 's#bfs/chain/slotted/pread/warm/nodes:200#<\&\\"]]>\\u0001\\n::%#'
	done
	run "$iowalk" compare --format junit "$work/hostile" "$work/hostile_slow"
	exits "any name is compared" 3
	check "junit is XML with any name" xmllint --noout "$work/stdout"
	run "$iowalk" compare --format github "$work/hostile" "$work/hostile_slow"
	is "github: one command per line with any name" "$(grep -vc '^::[a-z]* title=[^:]*::' "$work/stdout")" 0
else
	skip "junit is XML with any name" "xmllint is not installed"
fi
"$iowalk" compare --format junit "$work/same" "$work/slow" >"$work/junit.xml"
check "junit: the failure and its type" grep -q '<failure type="PerformanceRegression" message="time +' "$work/junit.xml"
"$iowalk" compare --format github "$work/same" "$work/slow" >"$work/github"
check "github: an error that leads with the cell" \
	grep -q '^::error title=iowalk compare%3A regression::bfs/chain/slotted/pread/warm/nodes:200: time +[0-9.]*%25' "$work/github"
"$iowalk" compare --format markdown "$work/same" "$work/slow" >"$work/markdown"
check "markdown: a row for the regression" grep -q '^| \*\*regression\*\* | bfs/chain/slotted/pread/warm/nodes:200 |' "$work/markdown"

# ---- wrong commands ----

for percent in 0 -1 nan frob 2x '' 1e9; do
	expect "threshold '$percent'" 2 "--threshold '$percent': not a percentage" "$iowalk" compare --threshold "$percent" "$a" "$a"
done
expect "one run is not enough" 2 'needs two runs' "$iowalk" compare "$a"
expect "three are too many" 2 'needs two runs' "$iowalk" compare "$a" "$a" "$a"
expect "a missing run" 2 "'$work/none'.*No such file" "$iowalk" compare "$a" "$work/none"
expect "a folder that is not a run" 2 "run.json" "$iowalk" compare "$a" "$work"
expect "an unknown format" 2 "'frob'; valid: table, markdown, junit, github, json" "$iowalk" compare --format frob "$a" "$a"
expect "an unknown colour" 2 "'frob': valid: auto, always, never" "$iowalk" compare --color frob "$a" "$a"
finish
