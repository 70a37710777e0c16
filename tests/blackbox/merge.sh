#!/bin/bash
# Shards merged: the same cells, counts and hashes as of one run; what is refused; killed and repeated merges; machines.
. tests/blackbox/lib.sh

cat >"$work/my.ini" <<'END'
[suite]
summary = some cells
[cells a]
graph = chain, random
nodes = 50, 100
layout = csr
engine = pread, mmap
processes = 1
repetitions = 2
iterations = 1
[limit l]
cell = bfs/chain/csr/pread/warm/nodes:50
over = bfs/random/csr/mmap/warm/nodes:100
metric = real_time_ns
at_most = 1000
END

measure() { # OUT [OPTION...]
	local out=$1
	shift
	run "$iowalk" run --suite "$work/my.ini" --no-plots --no-roofline --out "$work/$out" "$@"
	[ "$status" -eq 0 ] || not_ok "a run: $*" "$(said)"
}
measure whole
for i in 1 2 3; do measure part$i --shard $i/3; done
parts=("$work/part1" "$work/part2" "$work/part3")
largest=1
for i in 2 3; do
	[ "$(wc -l <"$work/part$i/samples.jsonl")" -le "$(wc -l <"$work/part$largest/samples.jsonl")" ] || largest=$i
done
rest=()
for i in 1 2 3; do [ $i = $largest ] || rest+=("$work/part$i"); done

# ---- as one run ----

expect "three shards are merged" 0 "record: $work/merged" "$iowalk" merge "${parts[@]}" --out "$work/merged" --no-plots
facts() { # RUN: what must not depend on where it was measured
	python3 - "$1" <<'END'
import json, sys
run = json.load(open(sys.argv[1] + "/run.json"))
for key in ("format", "suite", "summary", "seed", "selections", "limits", "claims", "cells"):
    print(key, json.dumps(run.get(key), sort_keys=True))
print("command", " ".join(run["command"][:4]))
counted = ("syscalls", "syscalls_self", "logical_read_bytes")
for line in sorted(open(sys.argv[1] + "/samples.jsonl")):
    sample = json.loads(line)
    metrics = sample["metrics"]
    print(sample["cell"], sample["pass"], sample["process"], sample["repetition"], sample["verified"],
          json.dumps(sample.get("walk"), sort_keys=True), *(metrics.get(key) for key in counted))
END
}
facts "$work/whole" >"$work/facts.whole"
facts "$work/merged" >"$work/facts.merged"
check "cells, samples, counts and hashes are those of one run" diff "$work/facts.whole" "$work/facts.merged"
check "and there are some" test "$(wc -l <"$work/facts.whole")" -gt 40
check "it has the suite" cmp "$work/my.ini" "$work/merged/suite.ini"
for file in benchmark.json summary.md environment.json; do check "it has $file" test -s "$work/merged/$file"; done
check "the table is that of a run" grep -q "some cells\|my, 20" "$work/stdout"
check "the limit is evaluated" grep -qE '^ *l +met' "$work/stdout"
expect "iowalk report takes it" 0 '' "$iowalk" report "$work/merged" --no-plots
expect "iowalk compare takes it, with the whole run" 0 '' "$iowalk" compare "$work/whole" "$work/merged" --counts-only

python=
for candidate in python3 /usr/bin/python3; do
	if "$candidate" -c 'import jsonschema' 2>/dev/null; then python=$candidate && break; fi
done
valid() { # NAME FILE
	if [ -n "$python" ]; then
		check "$1" "$python" -W ignore tests/formats.py run "$2"
	else
		skip "$1" "no python3 with jsonschema"
	fi
}
valid "run.json of a shard is as documented" "$work/part1/run.json"
valid "run.json of a merge is as documented" "$work/merged/run.json"

# ---- again, in any order, and after a kill ----

cp -r "$work/merged" "$work/before"
expect "it is merged again, in another order" 0 '' "$iowalk" merge "$work/part3" "$work/part1/" "$work/part2" \
	--out "$work/merged/" --no-plots
check "and is the same, byte by byte, and keeps its report" diff -r "$work/before" "$work/merged"
mkdir "$work/.merged.merging"
echo '{"cell":"half' >"$work/.merged.merging/samples.jsonl"
mkdir "$work/.merged.merging/plots"
sleep 0 &
wait $!
echo '{' >"$work/merged/benchmark.json.$!.tmp"
expect "what a killed merge left is no obstacle" 0 '' "$iowalk" merge "${parts[@]}" --out "$work/merged" --no-plots
check "and is gone" test ! -e "$work/.merged.merging"
check "the result is the same" diff -r "$work/before" "$work/merged"
rm -rf "$work/before/report"
for delay in 0.005 0.01 0.02 0.04; do
	rm -rf "$work/cut"
	"$iowalk" merge "${parts[@]}" --out "$work/cut" --no-plots >/dev/null 2>&1 &
	pid=$!
	sleep $delay
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	for file in run.json environment.json samples.jsonl suite.ini; do
		[ ! -e "$work/cut" ] || cmp -s "$work/before/$file" "$work/cut/$file" || not_ok "killed after $delay s: half a merge ($file)"
	done
	run "$iowalk" merge "${parts[@]}" --out "$work/cut" --no-plots
	diff -r "$work/before" "$work/cut" >"$work/differs" || not_ok "after a kill at $delay s" "$(cat "$work/differs"; said)"
done
ok "a merge that is killed leaves all or nothing, and can be repeated"

# ---- missing and interrupted shards ----

merge() { "$iowalk" merge "$@" --out "$work/refused" --no-plots; }
expect "a missing shard" 2 'missing of 3 shards: 2 \(--partial' merge "$work/part1" "$work/part3"
check "nothing was written" test ! -e "$work/refused"
expect "--partial says which" 0 'missing of 3 shards: (1-2|1, 3|2-3)$' \
	"$iowalk" merge "$work/part$largest" --partial --out "$work/partial" --no-plots
check "so does the record" grep -q '"missing"' "$work/partial/run.json"
valid "run.json of a partial merge is as documented" "$work/partial/run.json"
check "so does the table" grep -q 'partial: 2 of 3 shards missing' "$work/stdout"
"$iowalk" report "$work/partial" --no-plots >/dev/null 2>&1
check "so does its report" grep -q 'Partial: .*2 of 3 shards missing' "$work/partial/report/report.md"
expect "the other shards complete it" 0 '' "$iowalk" merge "${parts[@]}" --out "$work/partial" --no-plots
check "to the same merge" diff -r "$work/before" "$work/partial"
expect "a whole merge is not replaced by a part" 2 'it is kept' \
	"$iowalk" merge "$work/part1" --partial --out "$work/partial" --no-plots
cp -r "$work/part2" "$work/cut2"
sed -i 's/"complete": true/"complete": false/' "$work/cut2/run.json"
expect "an interrupted shard" 2 'interrupted: 2' merge "$work/part1" "$work/cut2" "$work/part3"

# ---- refused ----

expect "a shard twice" 2 'shard 1 is there twice' merge "$work/part1" "${parts[@]}"
expect "a run without --shard" 2 'is no shard' merge "${parts[@]}" "$work/whole"
expect "a folder that is something else" 2 'no earlier merge' "$iowalk" merge "${parts[@]}" --out "$work/whole" --no-plots
check "which is kept" test -s "$work/whole/samples.jsonl"
expect "no runs" 2 'needs the folders' "$iowalk" merge --out "$work/x"
expect "no --out" 2 'needs --out' "$iowalk" merge "${parts[@]}"
expect "no such run" 2 'No such file' merge "$work/none"
altered() { # NAME WORDS FILE EXPRESSION: the largest shard differs in this
	rm -rf "$work/altered"
	cp -r "$work/part$largest" "$work/altered"
	python3 - "$work/altered/$3" "$4" <<'END'
import json, sys
record = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(record, open(sys.argv[1], "w"), indent=1)
END
	expect "$1" 2 "$2" merge "${rest[@]}" "$work/altered"
}
altered "another suite" 'another suite' run.json 'record["suite"] = "other"'
altered "another seed" 'another seed' run.json 'record["seed"] = 7'
altered "other options" 'other selections or options' run.json 'record["selections"][0]["repetitions"] = "3"'
altered "another --filter" 'another --filter' run.json 'record["filter"] = "x"'
altered "other --counters" 'other --counters' run.json 'record["counters"] = "none"'
altered "another precision" 'another --precision' run.json 'record["precision"] = {"asked_percent": 1, "budget_s": 3}'
altered "another number of shards" 'another number of shards' run.json 'record["shard"]["count"] = 4'
altered "other cells" 'other cells' run.json 'record["shard"]["cells"].pop()'
altered "a cell twice" 'is in .*different --costs' run.json \
	"for i in 1, 2, 3: record['cells'] += json.load(open('$work/part%d/run.json' % i))['cells']"
altered "a cell in no shard" 'is in no shard' run.json 'del record["cells"][0]'
altered "another build" 'another build \(program_hash\)' environment.json 'record["build"]["program_hash"] = "0" * 16'
altered "damage" 'damaged .shard' run.json 'record["shard"]["number"] = 9'
echo '; another' >>"$work/altered/suite.ini"
cp "$work/part$largest/run.json" "$work/altered/run.json"
expect "another copy of the suite" 2 'another suite.ini' merge "${rest[@]}" "$work/altered"
check "none of these wrote anything" test ! -e "$work/refused"
check "or left anything" test ! -e "$work/.refused.merging"

# ---- several kinds of machine ----

cp -r "$work/part$largest" "$work/other"
python3 - "$work/other/environment.json" <<'END'
import json, sys
record = json.load(open(sys.argv[1]))
record["machine"].update(cpu_model="Another Processor", host_name="far")
json.dump(record, open(sys.argv[1], "w"))
END
expect "shards of two kinds of machine" 0 'machine 1: .*; machine 2: ' \
	"$iowalk" merge "${rest[@]}" "$work/other" --out "$work/mixed" --no-plots
for n in 1 2; do check "tables name machine $n" grep -qE "^bfs, .* on machine $n" "$work/stdout"; done
valid "their run.json is as documented" "$work/mixed/run.json"
expect "a report of them" 0 '' "$iowalk" report "$work/mixed" --no-plots
check "has both environments" grep -q 'Another Processor' "$work/mixed/report/report.md"
expect "a comparison with one machine does not judge times" 2 'cpu_model' "$iowalk" compare "$work/mixed" "$work/merged"
expect "but with the same machines it does" 4 '' "$iowalk" compare "$work/mixed" "$work/mixed"
cd "$work" || exit 1
"$OLDPWD/$iowalk" phase record kept --from mixed >/dev/null 2>&1
check "a phase of them does not name a host" bash -c '[ -s results/phases/kept/run.json ] && ! grep -q "\"far\"" results/phases/kept/run.json'
finish
