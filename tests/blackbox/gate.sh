#!/bin/bash
# The gate: verdicts from counts, workers that misbehave, bad input, resuming. No verdicts from
# times, because a machine that runs tests is not quiet.
. tests/blackbox/lib.sh
fast=(--suite "$work/small.ini" --timeout 30)
program=$(cd "$(dirname "$iowalk")" && pwd)/iowalk
number=0

cat >"$work/small.ini" <<'END'
[suite]
summary = two cells
[cells a]
workload = bfs
graph = chain
engine = pread,mmap
nodes = 64
repetitions = 2
iterations = 2
END

gate() { # ARGUMENT...: runs a gate with a new folder, $out
	number=$((number + 1))
	out=$work/gate$number
	run "$iowalk" gate "${fast[@]}" --out "$out" "$@"
}

# A fake worker: fake NAME 'SHELL COMMANDS'; $request is its request.
fake() {
	printf '#!/bin/sh\nrequest=$(cat)\n%s\n' "$2" >"$work/$1"
	chmod +x "$work/$1"
}
hello='{"protocol":2,"program":"iowalk","version":"0.1.0","build":"x"}'

# ---- counts ----

gate --against "$program" --counts-only
exits "the same build twice passes" 0
check "its record" test -s "$out/gate.json" -a -s "$out/blocks.jsonl"
json_point "gate.json" "$out/gate.json"
gate --against "$program" --inject-syscall 'pread/warm' --junit "$work/j.xml" \
	--markdown "$work/m.md" --annotations
exits "one more system call per walk is a regression" 3
check "the table begins with it" grep -qE '^1 regression .*pread.*\(\+1\)' "$work/stdout"
check "an annotation" grep -q '^::error ' "$work/stdout"
check "JUnit" grep -q PerformanceRegression "$work/j.xml"
check "Markdown" grep -q 'regression' "$work/m.md"

# ---- a command before each process ----

gate --against "$program" --counts-only --prepare "echo \"cell=\$IOWALK_CELL\" >>'$work/prepared.txt'; echo output"
exits "a command before each process" 0
is "it ran once for each of two processes a side" "$(wc -l <"$work/prepared.txt")" 4
is "no cell is named where a process measures several" "$(sort -u "$work/prepared.txt")" "cell="
is "its output is not in the table" "$(grep -c '^output' "$work/stdout")" 0
check "it is in the record" grep -q '"prepare": "echo ' "$out/gate.json"
gate --against "$program" --counts-only --filter '/pread/' --prepare "echo \"\$IOWALK_CELL\" >'$work/prepared.txt'"
is "the cell of a process that measures one" "$(cat "$work/prepared.txt")" 'bfs/chain/slotted/pread/warm/nodes:64'
gate --against "$program" --counts-only --prepare 'exit 7'
exits "a command that fails ends the gate" 1
check "it is named" grep -q "'exit 7' ended with exit status 7" "$work/stderr"
: >"$work/prepared.txt"
gate --against "$program" --prepare "echo >>'$work/prepared.txt'; test \$(wc -l <'$work/prepared.txt') -lt 9"
exits "a command that fails before a block of times" 1
expect "not against a stored run" 2 'prepare needs two' "$iowalk" gate --baseline "$out" --prepare true

# ---- files of others are not lost ----

printf 'a job summary\n' >"$work/summary.md"
ln -s summary.md "$work/link.md"
ln -s real.xml "$work/link.xml"
printf 'old\n' >"$work/real.xml"
gate --against "$program" --counts-only --markdown "$work/link.md" --junit "$work/link.xml"
exits "files through symbolic links" 0
is "Markdown is appended" "$(head -n 1 "$work/summary.md")" 'a job summary'
check "Markdown: the result follows" grep -q 'no change' "$work/summary.md"
check "a symbolic link stays, for Markdown" test -L "$work/link.md"
check "a symbolic link stays, for JUnit" test -L "$work/link.xml"
check "JUnit: the file that the link names is replaced" grep -q '<testsuite' "$work/real.xml"
for target in /dev/stdout /proc/self/fd/1; do
	gate --against "$program" --counts-only --junit "$target"
	exits "JUnit to $target" 0
	check "JUnit to $target: after the table" sh -c \
		"grep -q '^2 no change' '$work/stdout' && grep -q '<testsuite' '$work/stdout'"
	check "$target is not replaced" test -L "$target"
done
gate --against "$program" --counts-only --junit /dev/full
exits "JUnit to a full device" 1
for option in --junit --markdown; do
	gate --against "$program" $option "$work/no/such/folder/x"
	exits "$option into a missing folder" 2
	check "$option into a missing folder: nothing was measured" test ! -e "$out"
	check "$option into a missing folder: the message" grep -q "cannot write '.*/x': No such file" "$work/stderr"
done
gate --against "$program" --counts-only --json
json_point "--json" "$work/stdout"
sed -i 's/^engine = .*/engine = buffered/' "$work/small.ini"
gate --against "$program" --inject 'buffered/warm=60/50'
exits "60 % more time in half of the processes is a regression" 3
check "the note says what was injected" grep -q 'injected: 60 % of its time, in 50 % of its processes' "$work/stdout"
check "and the record" grep -q '"inject_share_percent": 50' "$out/gate.json"
sed 's/^iterations = 2/passes = count/' "$work/small.ini" >"$work/counted.ini"
run "$iowalk" gate --suite "$work/counted.ini" --out "$work/counted" --against "$program"
exits "cells of counts only pass" 0
check "and are not timed" sh -c "! grep -q '\"stage\":\"screen\"' '$work/counted/blocks.jsonl'"
sed -i 's/^engine = .*/engine = pread,mmap/' "$work/small.ini"

# ---- nothing was compared, or not everything that was asked for ----

gate --against "$program" --inject-syscall 'pread/warm' --junit "$work/j.xml"
check "after the counts decided, other cells are not timed" grep -qE '^not timed .*mmap/warm' "$work/stdout"
check "and skipped in JUnit" grep -qE 'skipped message="not timed' "$work/j.xml"
sed 's/^engine = .*/engine = memory\ncache = cold/' "$work/small.ini" >"$work/skipped.ini"
run "$iowalk" gate --suite "$work/skipped.ini" --out "$work/skipped" --against "$program" --junit "$work/s.xml"
exits "a suite whose only cell is skipped is not a pass" 4
check "nothing was compared" grep -qE '^1 skipped in 1 cell: nothing was compared' "$work/stdout"
check "JUnit: the cell is skipped" grep -q 'skipped="1"' "$work/s.xml"

gate --against "$program" --inject-syscall frob
exits "no cell to inject into" 2
cat "$work/small.ini" - >"$work/budget.ini" <<'END'
[budget syscalls*]
absolute = 2
END
run "$iowalk" gate --suite "$work/budget.ini" --out "$work/budget" --against "$program" \
	--inject-syscall 'pread/warm' --counts-only
exits "a budget allows one more system call" 0

# ---- workers that misbehave ----

named() { # NAME REGEX: the last gate failed with a matching message
	if [ "$status" -ne 1 ] || ! grep -qE "$2" "$work/stderr" "$work/stdout"; then
		not_ok "$1" "$(said)"
	else
		ok "$1"
	fi
}
fake rubbish 'echo frob'
gate --against "$work/rubbish" --counts-only
named "output that is not JSON" "baseline '.*rubbish': .*not JSON: 'frob'"
fake old 'echo "iowalk: unknown command '"'worker'"'" >&2; exit 2'
gate --against "$work/old" --counts-only
named "a baseline without a worker" "baseline '.*old' has no worker.*unknown command"
fake other 'echo '"'{\"protocol\":99}'"
gate --against "$work/other" --counts-only
named "another protocol" "baseline '.*other' has worker protocol 99"
fake crash 'kill -SEGV $$'
gate --against "$program" --candidate "$work/crash" --counts-only
named "a crash" "candidate '.*crash': its worker crashed"
fake hang 'exec sleep 100'
gate --against "$program" --candidate "$work/hang" --counts-only --timeout 1
named "a hang" "candidate '.*hang': its worker did not end within 1 s"
fake midway "echo '$hello'; kill -SEGV \$\$"
gate --against "$program" --candidate "$work/midway" --counts-only
named "a crash at a cell" "candidate.*crashed"
check "and the record is kept" grep -q '"stage":"error"' "$out/blocks.jsonl"
fake wrong "echo '$hello'
for cell in 0 1; do
	echo '{\"cell\":'\$cell',\"iterations\":1,\"metrics\":{\"syscalls\":1},\"levels_hash\":\"0\"}'
done
echo '{\"end\":true}'"
gate --against "$program" --candidate "$work/wrong" --counts-only
named "a wrong walk" "candidate: wrong walk"
fake unknown "echo '$hello'
echo '{\"cell\":0,\"error\":\"unknown engine\",\"kind\":\"unknown\"}'
$(printf '%s' "echo \"\$request\" >/dev/null")
echo '{\"cell\":1,\"error\":\"unknown engine\",\"kind\":\"unknown\"}'
echo '{\"end\":true}'"
gate --against "$work/unknown" --counts-only
check "cells of one side only are reported" grep -qE 'candidate only|only b|only in|unknown engine' "$work/stdout"
gate --against "$program" --candidate "$work/unknown" --counts-only
exits "cells that only the baseline can measure are not a pass" 4

# A worker that works until the turns begin, and runs `$2` after the first step.
turns() { # NAME 'SHELL COMMANDS'
	fake "$1" "case \$request in *'\"paced\":true'*)
	echo '$hello'; read -r _ <&3; echo '{\"step\":true}'; read -r _ <&3
	$2 ;;
esac
printf '%s' \"\$request\" >'$work/request'
exec '$program' worker <'$work/request'"
	gate --against "$program" --candidate "$work/$1" --timeout 2
}
turns dies 'kill -SEGV $$'
named "a crash between two turns" "candidate '.*dies': its worker crashed"
check "a crash between two turns fails the cells of these turns" grep -q '^2 failed' "$work/stdout"
turns sleeps 'exec sleep 100'
named "a hang in its turn" "candidate '.*sleeps': its worker did not end within 2 s"
turns leaves 'exit 0'
named "an end between two turns" "candidate '.*leaves': its worker ended early"
turns babbles 'echo frob; exit 0'
named "output that is not JSON in its turn" "candidate '.*babbles': .*not JSON: 'frob'"
turns gives_up "echo '{\"cell\":0,\"error\":\"too tired\",\"kind\":\"failed\"}'; read -r _ <&3; exit 0"
named "a cell that fails in its turn" "candidate: too tired"
cat >"$work/making.ini" <<'END'
[suite]
summary = files that are built in turns
[cells a]
workload = create
graph = chain
layout = slotted
engine = pread
nodes = 64
repetitions = 2
iterations = 2
[cells b]
workload = create
graph = chain
layout = records
engine = mmap
nodes = 64
repetitions = 2
iterations = 2
END
run "$iowalk" gate --suite "$work/making.ini" --out "$work/making" --against "$program" --threshold 1000
exits "workloads that build files take turns" 0
check "workloads that build files leave none" test -z "$(find "$IOWALK_CACHE_DIR" -name 'building.*')"

# ---- bad input ----

expect "no baseline given" 2 'needs a baseline' "$iowalk" gate
expect "a baseline that is missing" 2 "baseline: cannot execute '$work/none'.*No such file" \
	"$iowalk" gate "${fast[@]}" --against "$work/none" --out "$work/x1"
: >"$work/text"
expect "a baseline that is not a program" 1 "cannot execute '$work/text'" \
	"$iowalk" gate "${fast[@]}" --against "$work/text" --out "$work/x2"
for threshold in 0 -1 x nan ''; do
	expect "threshold '$threshold'" 2 "threshold '$threshold'" \
		"$iowalk" gate --against "$program" --threshold "$threshold"
done
expect "budget 0" 2 "budget '0'" "$iowalk" gate --against "$program" --budget 0
gate --against "$program" --budget 0.01
exits "a budget too small for a screening" 2
check "the message has the minimum" grep -qE 'too small for one screening, which needs at least [0-9]+ s' "$work/stderr"
# Where the budget suffices for some cells, these are measured, and the others are named.
sed 's/^nodes = 64/nodes = 64,65/; s/^iterations = 2/min_time = 0.05/' "$work/small.ini" >"$work/four.ini"
run "$iowalk" gate --suite "$work/four.ini" --against "$program" --budget 6 --keep-going --out "$work/four"
if grep -q 'suffices for the first [1-3] of 4 cells' "$work/stderr"; then
	exits "a budget for some of the cells" 4
	check "the cells that were left out are named" grep -q 'left out: the budget does not suffice for it' "$work/four/gate.json"
else
	check "a budget that suffices for none, or for all" grep -qE 'too small for one screening|in 4 cells' "$work/stderr" "$work/stdout"
	check "no cell is left out without a word" sh -c "! grep -q 'left out' '$work/four/gate.json'"
fi
expect "no such suite" 2 "frob" "$iowalk" gate --against "$program" --suite frob
expect "a filter that matches nothing" 2 "no cell matches" \
	"$iowalk" gate "${fast[@]}" --against "$program" --filter frob
expect "inject without a percentage" 2 'CELL=PERCENT' "$iowalk" gate --against "$program" --inject x
expect "inject into a share that is none" 2 "inject 'x'" "$iowalk" gate --against "$program" --inject y=5/x
expect "two injections and then an invalid threshold" 2 "threshold 'x'" "$iowalk" gate --against "$program" \
	--inject a=5 --inject b=5 --threshold x
expect "a slowdown and a system call to inject" 2 'cannot be given together' \
	"$iowalk" gate --against "$program" --inject x=5 --inject-syscall x
expect "selftest with a baseline" 2 'selftest' "$iowalk" gate --selftest --against "$program"

# ---- against a stored run ----

"$iowalk" run --suite "$work/small.ini" --no-plots --out "$work/run" >/dev/null 2>&1
expect "a stored run: the same counts pass" 0 '2 no change' \
	"$iowalk" gate --baseline "$work/run" --counts-only --out "$work/b1"
cp -r "$work/run" "$work/fewer"
sed -i 's/"syscalls":[0-9]*/"syscalls":1/; s/"syscalls_pread64":[0-9]*/"syscalls_pread64":1/' "$work/fewer/samples.jsonl"
if grep -q '"syscalls":1[,}]' "$work/fewer/samples.jsonl"; then
	expect "a stored run: more calls fail" 3 'regression' \
		"$iowalk" gate --baseline "$work/fewer" --counts-only --out "$work/b2"
fi
run "$iowalk" gate --baseline "$work/run" --out "$work/b5"
exits "a stored run: times of one run are not judged, and not a pass" 4
check "a stored run: it says what it would take" grep -q 'The baseline has 1 run, and only 3 or more' "$work/stdout"
for i in 2 3; do
	cp -r "$work/run" "$work/run$i"
	sed -i "s/\"started\": *\"[^\"]*\"/\"started\": \"2026-01-31T1$i:00:00Z\"/" "$work/run$i/run.json"
done
run "$iowalk" gate --baseline "$work/run" --baseline "$work/run2" --baseline "$work/run3" --out "$work/b6"
check "several stored runs: their times are judged" grep -qE 'run3 \(3 runs\), candidate .*b6 \(1 run\); threshold 10%' "$work/stdout"
is "several stored runs: in the record" "$(tr -d ' \n' <"$work/b6/run.json" | grep -o '"baselines":[^]]*]')" \
	"\"baselines\":[\"$work/run\",\"$work/run2\",\"$work/run3\"]"
cp -r "$work/run" "$work/moved"
sed -i 's/"cpu_model": *"[^"]*"/"cpu_model": "another"/' "$work/moved/environment.json"
expect "a stored run of another machine: counts, and the difference" 0 'cpu_model: another' \
	"$iowalk" gate --baseline "$work/moved" --out "$work/b3"
expect "a stored run that is missing" 2 "$work/none" "$iowalk" gate --baseline "$work/none"
expect "a stored run that is not a run" 2 "run.json" "$iowalk" gate --baseline "$out"
sed 's/nodes = 64/nodes = 65/' "$work/small.ini" >"$work/sized.ini"
expect "a stored run of another suite" 2 'no cell of this suite' \
	"$iowalk" gate --baseline "$work/run" --suite "$work/sized.ini" --out "$work/b4"
expect "a stored run and a build" 2 'need two' \
	"$iowalk" gate --baseline "$work/run" --against "$program"

# ---- resuming ----

gate --against "$program" --counts-only
lines=$(wc -l <"$out/blocks.jsonl")
printf '{"stage":"cou' >>"$out/blocks.jsonl"
expect "a gate is resumed" 0 'no change' "$iowalk" gate --resume "$out"
is "a resumed gate repeats no step" "$(wc -l <"$out/blocks.jsonl")" "$lines"
expect "resume with another baseline" 2 'cannot be given with it' \
	"$iowalk" gate --resume "$out" --against "$program"
expect "resume of a missing gate" 2 "$work/none" "$iowalk" gate --resume "$work/none"
number=$((number + 1))
"$iowalk" gate --out "$work/killed" --against "$program" --suite "$work/small.ini" --threshold 0.001 --budget 6 \
	>/dev/null 2>&1 &
killed=$!
for _ in $(seq 100); do
	grep -qs '"stage":"screen","block":1' "$work/killed/blocks.jsonl" && break
	sleep .1
done
kill -9 $killed 2>/dev/null
wait $killed 2>/dev/null
before=$(grep -c '"stage":"screen"' "$work/killed/blocks.jsonl")
run "$iowalk" gate --resume "$work/killed"
check "a killed gate is resumed and decides" test "$status" -eq 0 -o "$status" -eq 3 -o "$status" -eq 4
check "a killed gate keeps its earlier blocks" test "$(grep -c '"stage":"screen","block":0,' "$work/killed/blocks.jsonl")" -eq 1 -a "$before" -ge 1

# ---- counts that vary from pass to pass ----

if sanitized; then
	skip "counts that vary" "twenty gates; once, without sanitizers, is enough"
else

# A build whose counts are those of this program, and in call number n more by the n-th number. This
# program is asked once: it takes two seconds to close its perf events. Nor is there a profile of it, for which the gate
# would wait: its worker takes turns.
noisy() { # NAME NUMBER...
	local name=$1
	shift
	fake "$name" "case \$request in *'\"paced\":true'*) exit 0 ;; esac
echo x >>'$work/$name.calls'
set -- $*
shift \$((\$(wc -l <'$work/$name.calls') - 1))
reply='$work'/reply.\$(printf '%s' \"\$request\" | cksum | tr ' ' .)
[ -e \"\$reply\" ] || printf '%s' \"\$request\" | '$program' worker >\"\$reply\"
awk -v add=\"\$1\" '{
	while (match(\$0, /\"syscalls_pread64\":[0-9]+/)) {
		n = substr(\$0, RSTART + 19, RLENGTH - 19)
		printf \"%s\\\"syscalls_pread64\\\": %d\", substr(\$0, 1, RSTART - 1), n + add
		\$0 = substr(\$0, RSTART + RLENGTH)
	}
	print
}' <\"\$reply\""
}
rounds() { grep -c '"stage":"count"' "$out/blocks.jsonl"; }
noisy steady 0 0 0 0 0 0 0 0
noisy more 5 5 5 5 5 5 5 5
gate --against "$work/steady" --candidate "$work/more" --counts-only --filter pread
exits "five calls more in every pass" 3
is "five calls more in every pass: rounds" "$(rounds)" 4
rm "$work/steady.calls"
noisy late 20 30 25 35 20 0 20 20
gate --against "$work/steady" --candidate "$work/late" --counts-only --filter pread
exits "more calls in the first passes by chance" 0
is "more calls in the first passes by chance: rounds" "$(rounds)" 8
rm "$work/steady.calls"
noisy always 20 30 25 35 20 22 20 27
gate --against "$work/steady" --candidate "$work/always" --counts-only --filter pread
exits "more calls in eight passes" 3
is "more calls in eight passes: rounds" "$(rounds)" 8
fi

# ---- accepted regressions ----

accept() { # UNTIL [PATTERN]: the small suite with an acceptance
	printf '\n[accept %s]\nreason = a checksum for each read\nuntil = %s\n' "${2-pread/warm}" "$1" |
		cat "$work/small.ini" - >"$work/accept.ini"
	run "$iowalk" gate --suite "$work/accept.ini" --out "$work/accept-$RANDOM$RANDOM" --against "$program" --inject-syscall 'pread/warm' \
		--counts-only --junit "$work/accepted.xml" --annotations
}
accept "$(date -u +%Y-%m-%d)"
exits "an accepted regression passes, on its last day" 0
check "it is shown with its reason" grep -qE '^1 accepted regression.* in 2 cells' "$work/stdout"
check "and with its day" grep -q 'accepted until 20.*: a checksum for each read' "$work/stdout"
check "an annotation" grep -q '^::warning .*accepted' "$work/stdout"
check "JUnit: skipped" grep -q 'skipped message="accepted' "$work/accepted.xml"
accept "$(date -u -d yesterday +%Y-%m-%d)"
exits "after its last day it is a regression" 3
check "which says so" grep -q 'its acceptance ended on 20.*: a checksum for each read' "$work/stdout"
accept 2999-01-01 mmap/warm
exits "another cell's regression is not accepted" 3
accept 2999-02-30
exits "no such day" 2
accept 2999-01-01 '('
exits "no regular expression" 2
accept 2999-01-01 bfs/chain/slotted/pread/warm/nodes:64aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
exits "a pattern that would be cut" 2
printf '\n[accept pread]\nuntil = 2999-01-01\n' | cat "$work/small.ini" - >"$work/accept.ini"
expect "an acceptance without a reason" 2 'needs `reason` and `until`' "$iowalk" suite check "$work/accept.ini"

# ---- libraries beside a build ----

# A program whose library is only in ../lib, relative to the program.
libraries() { # FOLDER RUNPATH: makes FOLDER/bin/build
	mkdir -p "$1/bin" "$1/lib"
	printf 'int mark(void) { return 0; }\n' | ${CC:-cc} -x c -shared -fPIC -o "$1/lib/libmark.so" - &&
		printf '#include <unistd.h>\nint mark(void);\nint main(int count, char **words) { (void)count; mark(); return execv("%s", words); }\n' \
			"$program" | ${CC:-cc} -x c -o "$1/bin/build" - -L"$1/lib" -lmark -Wl,"$2"
}
for path in 'runpath=-rpath,$ORIGIN/../lib,--enable-new-dtags' 'rpath=-rpath,${ORIGIN}/../lib,--disable-new-dtags'; do
	check "build with a private library, ${path%%=*}" libraries "$work/${path%%=*}" "${path#*=}"
	gate --against "$work/${path%%=*}/bin/build" --counts-only
	exits "gate against a build with a private library, ${path%%=*}" 0
done
(cd "$work/runpath/bin" && "$program" gate "${fast[@]}" --candidate ../../rpath/bin/build --against ./build --counts-only --out "$work/beside") \
	>"$work/stdout" 2>"$work/stderr"
is "two such builds, by relative paths" $? 0

# ---- the worker and calibrate ----

expect "worker: no request" 2 'not JSON' sh -c "echo frob | '$iowalk' worker"
expect "worker: another protocol" 1 'protocol 99' sh -c "echo '{\"protocol\":99}' | '$iowalk' worker"
case $build in
*/asan) skip "calibrate" "half a minute of gates; once, without sanitizers, is enough" ;;
*)
	run "$iowalk" calibrate --out "$work/calibration" --suite "$work/small.ini" --budget 30 \
		--count alike=1,syscall=1 --resamples 10
	exits "calibrate" 0
	check "its summary has rates" grep -q 'one more system call.* 1 of 1' "$work/calibration/summary.md"
	run "$iowalk" calibrate --out "$work/together" --suite "$work/small.ini" --budget 30 --together \
		--count slower-10=1,half-10=1 --resamples 10
	exits "calibrate: two slowdowns in one gate" 0
	is "is one gate" "$(zcat "$work/together/gates.jsonl.gz" | wc -l)" 1
	is "and a row for each" "$(grep -c '10 % slower' "$work/together/summary.md")" 2
	expect "calibrate: the report again" 0 'rank test' "$iowalk" calibrate --out "$work/calibration" --report --resamples 10
	;;
esac
# A gate that a busy minute leaves no time for is counted; three in a row are a budget that is too small.
expect "calibrate: a budget for no gate" 1 'alike +2 +exit status 2' "$iowalk" calibrate --out "$work/hasty" --suite "$work/small.ini" \
	--budget 0.001 --count alike=5 --resamples 10
is "calibrate: gates that could not begin are in the record" "$(zcat "$work/hasty/gates.jsonl.gz" | grep -c '"exit_status": *2')" 2
expect "calibrate: and in its summary" 0 'failed: 2' "$iowalk" calibrate --out "$work/hasty" --report --resamples 10
expect "calibrate: an unknown kind" 2 'valid kinds' "$iowalk" calibrate --count frob=1
finish
