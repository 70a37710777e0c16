#!/bin/bash
# Sections [command NAME] of a suite go through what cells of graphs go through: shards, merge, resume, compare, ranking, figures
# and exports, where they have no nodes, no layout and no walks.
. tests/blackbox/lib.sh

data=$work/data
head -c 50000 /dev/zero >"$data"
cat >"$work/s.ini" <<END
[command once]
command = cat $data
interleave = 1
[command twice]
command = cat $data $data
[command copied]
command = wc -c $data
files = $data
cache = warm
END
run_() { # OUT OPTION...
	run "$iowalk" run --suite "$work/s.ini" --processes 2 --passes time,count --out "$work/$1" "${@:2}"
}
run_ whole
exits "a suite of commands" 0
check "they are ranked by their names" grep -qE '^ +1=? .*  (once|twice)$' "$work/stdout"
check "without nodes and layouts" grep -qx '  command, any' "$work/stdout"
counts() { # RUN: of all cells
	samples "$work/$1" count | sed -E 's/.*"cell":"([^"]*)".*"syscalls_read":([0-9]+).*/\1 \2/' | sort -u
}
for i in 1 2 3; do
	run_ "shard$i" --shard "$i/3" --no-plots
	exits "shard $i of 3" 0
done
expect "merge" 0 '^record: ' "$iowalk" merge "$work/shard1" "$work/shard2" "$work/shard3" --out "$work/merged"
is "merge: counts of all cells are those of one run" "$(counts merged)" "$(counts whole)"
run "$iowalk" compare "$work/whole" "$work/merged"
check "compare: the counts are the same" grep -q '^3 same counts in 3 cells' "$work/stdout"
cp -r "$work/whole" "$work/cut"
head -n 3 "$work/whole/samples.jsonl" >"$work/cut/samples.jsonl"
expect "resume" 0 '^record: ' "$iowalk" run --resume "$work/cut" --no-plots
identities() { sed -nE 's/^\{"cell":"([^"]*)","pass":"([a-z]*)","process":([0-9]*),"repetition":([0-9]*),.*/\1 \2 \3 \4/p' "$work/$1/samples.jsonl" | sort -u; }
is "resume: all samples are there" "$(identities cut)" "$(identities whole)"
run "$iowalk" export --format smaller-is-better "$work/whole"
is "units are those of a run" "$(grep -oE '"unit": "[a-z]+/[a-z]+"' "$work/stdout" | sort -u | cut -d/ -f 2 | sort -u)" 'run"'
run "$iowalk" export --format otava "$work/whole"
check "no latencies of operations" sh -c "! grep -qE 'nan|lat_ns' '$work/stdout'"
if command -v gnuplot >/dev/null; then
	expect "report" 0 '^report: ' "$iowalk" report "$work/merged" --out "$work/report"
	check "its figures are drawn" test -s "$work/report/plots/samples.svg"
	check "nothing is wrong with them" sh -c "! grep -q 'no plots' '$work/stderr'"
else
	skip "figures" "there is no gnuplot"
fi
finish
