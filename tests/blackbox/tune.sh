#!/bin/bash
# iowalk tune: what it searches, what it writes, that `run` takes it, and what is left of it when it is killed.
. tests/blackbox/lib.sh

graph=(--graph random --nodes 3000 --layout csr)
refuses() { # NAME REGEX ARGUMENT...
	local name=$1 regex=$2
	shift 2
	expect "$name" 2 "$regex" "$iowalk" tune "$@"
}

run "$iowalk" tune "${graph[@]}" --engine pread,mmap --opt bfs.window=256 --dry-run
exits "dry run: exit status" 0
check "dry run: tunable options, the default first" grep -q '^  bfs.order=auto,found,sorted$' "$work/stdout"
is "dry run: not those that are given" "$(grep -c '  bfs.window' "$work/stdout")" 0
is "dry run: nor those that change what is measured" "$(grep -cE '  (bfs.depth|csr.)' "$work/stdout")" 0

run "$iowalk" tune "${graph[@]}" --engine pread,mmap --budget 8 --out "$work/found.ini"
exits "exit status" 0
check "the default" grep -qE '^    default  [0-9.]+ .?.s [[(]' "$work/stdout"
check "the best, or why not" grep -qE '^    (best  |the default is kept)' "$work/stdout"
check "progress on stderr" grep -qE 'tune: +[0-9]+ of 8 s: halving, [0-9]+ of [0-9]+ settings' "$work/stderr"
check "profiles" grep -qx '\[csr-pread\]' "$work/found.ini"
check "when and where, in comments" grep -q '^# release: ' "$work/found.ini"
check "the record" grep -qE '"ended": "(complete|budget)"' "$work/found.json"
check "all answers were verified" all_verified "$work/found.run"
is "its run has times only" "$(samples "$work/found.run" count | wc -l)" 0
with_python() { # NAME FILE ARGUMENT...
	local name=$1 file=$2
	shift 2
	check "$name" python3 "tests/$file" "$@"
}
with_python "the record follows its schema" formats.py tune "$work/found.json"
printf '%s\n' before '<!-- engines -->' old '<!-- /engines -->' after >"$work/page.md"
check "the page of engines is made from it" scripts/engines-page.py "$work/found.json" "$work/page.md"
check "with a field for each engine" grep -qE '^\| (warm|cold), bfs, .*nodes \| .*s.* \| .*s.* \|$' "$work/page.md"
is "what stands around it stays" "$(sed -n '1p;$p' "$work/page.md" | paste -sd ' ') $(grep -c '^old$' "$work/page.md")" "before after 0"
python3 - "$work/found.json" >"$work/slow.json" <<'EOF'
import json, sys
found = json.load(open(sys.argv[1]))
for group in found["groups"]:
    for key in "median_ns", "low_ns", "high_ns":
        group["default"].pop(key, None)
    group["default"]["limit_s"] = 2.5
json.dump(found, sys.stdout)
EOF
check "also where a default was too slow" scripts/engines-page.py "$work/slow.json" "$work/page.md"
check "whose field says more than what" grep -q '> 2.5 s' "$work/page.md"
check "of two searches the last counts" scripts/engines-page.py "$work/slow.json" "$work/found.json" "$work/page.md"
check "for its engines" sh -c "! grep -q '> 2.5 s' '$work/page.md' && grep -q 'processes a field; then .*: ' '$work/page.md'"
run "$iowalk" run --profile "$work/found.ini" "${graph[@]:0:4}" --processes 1 --repetitions 1 --iterations 1 \
	--passes time --no-plots --no-roofline --out "$work/taken"
exits "run takes the profiles" 0
check "run: both of them" sh -c "grep -q 'profile:csr-pread' '$work/taken/run.json' && grep -q 'profile:csr-mmap' '$work/taken/run.json'"
run "$iowalk" run --profile "$work/found.ini:csr-mmap,sqlite" "${graph[@]:0:4}" --dry-run
is "run: one of them, beside a known system" "$(wc -l <"$work/stdout")" 2
expect "run: a profile that is not in it" 2 "has no profile 'frob'" "$iowalk" run --profile "$work/found.ini:frob" --dry-run
expect "run: a file that is not there" 2 'none.ini' "$iowalk" run --profile "$work/none.ini" --dry-run
expect "run: one name in two files" 2 'profile csr-pread is in' sh -c \
	"cp '$work/found.ini' '$work/again.ini'; '$iowalk' run --profile '$work/found.ini,$work/again.ini' --dry-run"

# The same seed tries the same settings first.
for i in 1 2; do
	run "$iowalk" tune "${graph[@]}" --engine mmap --seed 9 --budget 1 --out "$work/seed$i.ini"
done
is "a seed: the same settings in the first round" \
	"$(grep -m 3 '"name"' "$work/seed1.run/run.json")" "$(grep -m 3 '"name"' "$work/seed2.run/run.json")"

# ---- the budget, and the end before the end ----

run "$iowalk" tune "${graph[@]}" --engine pread --cache cold --budget 0.2 --out "$work/short.ini"
exits "out of budget: exit status" 0
check "out of budget: said" grep -q 'ran out of its budget' "$work/stderr"
check "out of budget: in the profiles" grep -q 'ran out of its budget' "$work/short.ini"
check "out of budget: in the record" grep -q '"ended": "budget"' "$work/short.json"
# Forty groups, two of each name: names were once compared in a time that doubled with each of them.
run timeout 60 "$iowalk" tune --graph chain --nodes 10,11,12,13,14,15,16,17,18,19 --degree 2 --opt bfs.depth=2,3 --engine memory,mmap \
	--budget 1 --out "$work/many.ini"
exits "forty groups: exit status" 0
is "forty groups: profiles" "$(grep -c '^\[' "$work/many.ini")" 40
is "forty groups: no name twice" "$(grep '^\[' "$work/many.ini" | sort | uniq -d)" ""
for signal in INT KILL; do
	# Each has a file of its own: what the one before said must not be taken for its progress.
	"$iowalk" tune "${graph[@]}" --engine pread --budget 60 --out "$work/$signal.ini" >/dev/null 2>"$work/$signal.said" &
	tune=$!
	for _ in $(seq 200); do
		grep -qs halving "$work/$signal.said" && break
		sleep 0.1
	done
	kill -$signal $tune
	wait $tune
	is "$signal: exit status" $? $((128 + $(kill -l $signal)))
	check "$signal: what is known is written" grep -qx '\[csr-pread\]' "$work/$signal.ini"
	check "$signal: the record is whole" python3 -m json.tool "$work/$signal.json" /dev/null
done
check "INT: said" grep -q '"ended": "interrupted"' "$work/INT.json"

# ---- bad arguments ----

refuses "a budget that is none" "budget 'x': not seconds above 0" "${graph[@]}" --budget x
refuses "an output of another kind" 'ends in .ini' "${graph[@]}" --engine pread --out "$work/x.txt"
refuses "passes" 'passes cannot be given' "${graph[@]}" --passes count
refuses "an unknown engine" "unknown engine 'frob'; valid:" --engine frob
refuses "a record that is there" 'exists' "${graph[@]}" --engine pread --out "$work/found.ini"
refuses "a word" "takes no argument 'frob'" frob
run "$iowalk" tune --graph chain --nodes 100 --engine memory --cache cold --budget 1 --out "$work/skipped.ini"
exits "nothing to measure: exit status" 0
check "nothing to measure: why" grep -q 'skipped: ' "$work/stdout"
finish
