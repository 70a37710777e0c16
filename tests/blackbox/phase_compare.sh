#!/bin/bash
# iowalk phase compare: builds the commits of two phases, measures them in turns, keeps the record; the report
# takes its verdicts from there. In a small repository, whose builds call the program under test.
. tests/blackbox/lib.sh
command -v git >/dev/null || skip_all "no git"
iowalk=$(realpath "$iowalk")
script=$(realpath scripts/build-revision.sh)
formats=$(realpath tests/formats.py)
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
unset GIT_DIR GIT_WORK_TREE
mkdir -p "$work/clone/scripts"
cd "$work/clone" || exit 1
git init -q .
cp "$script" scripts/
printf 'results/\nbuild/\n' >.gitignore

# A commit whose build is the shell script on stdin; its name goes to $commit.
commit() { # MAKE RECIPE
	{ printf '#!/bin/sh\n'; cat; } >program
	printf 'all:\n\t%s\n' "$1" >Makefile
	git add . && git commit -q -m x
	commit=$(git rev-parse --short=12 HEAD)
}
built='mkdir -p build && cp program build/iowalk && chmod +x build/iowalk'
commit "$built" <<<"exec '$iowalk' \"\$@\""
first=$commit
commit "$built" <<<"# another build
exec '$iowalk' \"\$@\""
second=$commit
commit "$built" <<<"echo '{\"protocol\":1,\"program\":\"iowalk\"}'"
older=$commit
commit "$built" <<<'echo "unknown command" >&2; exit 2'
oldest=$commit
commit "exit 1" <<<'true'
broken=$commit

cat >two.ini <<'END'
[suite]
summary = two cells
[cells a]
workload = bfs
graph = chain
engine = pread,mmap
nodes = 64
repetitions = 3
iterations = 20
END
run "$iowalk" run --suite two.ini --no-plots --no-roofline --out run
exits "a run" 0
phase() { # NAME COMMIT
	"$iowalk" phase record "$1" --from run >/dev/null
	sed -i "s/\"commit\": \"[^\"]*\"/\"commit\": \"$2\"/; s/\"dirty\": true/\"dirty\": false/" "results/phases/$1/phase.json"
	grep -q '"commit"' "results/phases/$1/phase.json" ||
		sed -i "s/\"format\": 1,/\"format\": 1, \"commit\": \"$2\",/" "results/phases/$1/phase.json"
}
phase first "$first"
phase second "$second"
phase older "$older"
phase oldest "$oldest"
phase broken "$broken"
phase lost 0123456789ab
phase dirty "$first"
sed -i 's/"format": 1,/"format": 1, "dirty": true,/; /"dirty": false/d' results/phases/dirty/phase.json
phase unknown "$first"
sed -i '/"commit":/d' results/phases/unknown/phase.json

# ---- what cannot be compared ----

compare() { "$iowalk" phase compare "$@"; }
expect "one phase" 2 'two names' compare first
expect "no phase" 2 "'nothing' is no phase" compare first nothing
expect "a run is no phase" 2 "'run' is no phase" compare first run
expect "a phase with uncommitted changes" 2 "'dirty' was built with uncommitted changes" compare dirty second
expect "a phase without a commit" 2 "'unknown' does not name the commit" compare first unknown
expect "a commit that is not here" 2 "0123456789ab of phase 'lost' is not in this repository" compare first lost --suite two.ini
expect "another version of the protocol" 2 "'older' .*cannot be measured in turns: .*version 1" compare older second --suite two.ini
expect "a build without workers" 2 "'oldest' .*cannot be measured in turns: it is older" compare oldest second --suite two.ini
check "the output of a build is in a file" test -s "build/revisions/$older.log"
expect "a build that fails" 1 "cannot build commit $broken" compare broken second --suite two.ini
sed -i 's/"suite": "[a-z]*"/"suite": "other"/' results/phases/older/phase.json
expect "other suites" 2 "no suite in common .'two' and 'other'" compare first older
expect "a gate's option for another action" 2 'takes no option of a gate' "$iowalk" phase list --budget 5
check "nothing was kept" sh -c '! ls -d results/phases/compare-* results/phases/.*tmp'
mkdir "$work/elsewhere"
cp -r results "$work/elsewhere"
expect "outside of a work tree" 2 'only in a git work tree' env -C "$work/elsewhere" GIT_CEILING_DIRECTORIES="$work" \
	"$iowalk" phase compare first second --suite "$work/clone/two.ini"

expect "a note" 2 'note is for phase record' compare first second --note x
expect "options for a gate that was measured" 2 'takes no option of a gate' compare first second --from x --budget 5

# ---- two that can ----

expect "counts of two builds" 0 '2 no change in 2 cells|2 not timed in 2 cells' compare first second --suite two.ini --counts-only
pair=results/phases/compare-first,second
check "the record" test -s "$pair/gate.json" -a -s "$pair/blocks.jsonl.gz"
check "it names the phases" grep -q '"baseline": "first"' "$pair/gate.json"
is "it does not name folders" "$(zcat -f "$pair"/* | grep -cF "$work")" 0
is "it does not name the machine" "$(zcat -f "$pair"/* | grep -c -e host_name)" 0
check "both were built, in work trees of their own" test -x "build/revisions/$first/build/iowalk" -a -x "build/revisions/$second/build/iowalk"
if python3 -c 'import jsonschema' 2>/dev/null; then
	check "gate.json is valid" python3 -W ignore "$formats" gate "$pair/gate.json"
	check "blocks.jsonl.gz is valid" python3 -W ignore "$formats" block "$pair/blocks.jsonl.gz"
fi
expect "the record is no phase" 0 '' "$iowalk" phase list
check "phase list does not name it" sh -c '! grep -q compare- "$1" "$2"' sh "$work/stdout" "$work/stderr"
expect "twice" 2 'already' compare first second --suite two.ini --counts-only
expect "a gate that was measured" 0 "kept as $pair" compare first second --replace --from "$(echo results/gates/*first,second)"
expect "a gate of others" 2 "is no gate of phase 'second'" compare second first --from "$(echo results/gates/*first,second)"

# ---- the report ----

expect "report of phases without a record" 0 '' "$iowalk" report --phases first,lost --out plain --no-plots
check "no verdict is marked" sh -c '! grep -q "in turns" plain/report.md'
# A record with a verdict for one cell, and with a cell that the runs do not have.
python=$(command -v python3) || skip "verdicts of a report" "no python3"
if [ -n "$python" ]; then
	python3 - "$pair/gate.json" <<'END'
import json, sys
gate = json.load(open(sys.argv[1]))
time = {"verdict": "regression", "baseline_ns": 1000.0, "candidate_ns": 1100.0, "effect_percent": 10.0,
        "low_percent": 9.0, "high_percent": 11.0}
gate["result"]["cells"] = [
    {"cell": "bfs/chain/slotted/pread/warm/nodes:64", "verdict": "regression", "time": time,
     "counts": [{"metric": "syscalls", "baseline": 64, "candidate": 65, "regression": True}]},
    {"cell": "bfs/chain/slotted/mmap/warm/nodes:64", "verdict": "not_timed", "counts": []},
    {"cell": "bfs/star/csr/mmap/warm/nodes:9", "verdict": "improvement", "counts": [],
     "time": dict(time, verdict="improvement", effect_percent=-20.0)}]
json.dump(gate, open(sys.argv[1], "w"))
END
	expect "report of phases with a record" 0 '' "$iowalk" report --phases first,second --out marked --no-plots
	check "a verdict from the record" grep -qE 'pread.*\+10.*slower\*\*, in turns|pread.*\+10.*slower, in turns' marked/report.md
	check "its counts" grep -q 'syscalls 64 → 65' marked/report.md
	check "a cell that only the record has" grep -qE 'bfs/star/csr/mmap.*−20.*faster, in turns' marked/report.md
	check "one that it did not time is from the runs" sh -c 'grep "| mmap " marked/report.md | grep -v "in turns" | grep -q "not judged"'
	check "the columns are not what was measured in turns" grep -q 'it is not that of the two columns' marked/report.md
	check "how many are of which kind" grep -q '2 verdicts were measured in turns .*the other 1 come from the stored runs' marked/report.md
	expect "the other way round there is no record" 0 '' "$iowalk" report --phases second,first --out back --no-plots
	check "and no verdict is marked" sh -c '! grep -q "in turns" back/report.md'
fi
finish
