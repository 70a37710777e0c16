#!/bin/bash
# tests/run.sh itself, on a tree of small tests: its counts, its reports of tests that misbehave,
# and that no process is left when it is interrupted.
. tests/blackbox/lib.sh

tree() { # sets $tree to a new tree with the runner and no tests
	tree=$(mktemp -d "$work/tree.XXXXXX")
	mkdir -p "$tree/tests/blackbox" "$tree/build/tests"
	cp tests/run.sh "$tree/tests/"
}

script() { # NAME 'COMMANDS': a black-box test
	printf '%s\n' "$2" >"$tree/tests/blackbox/$1.sh"
}

program() { # NAME 'COMMANDS': a program; '': one that is missing
	: >"$tree/tests/test_$1.c"
	[ -z "$2" ] && return
	printf '#!/bin/bash\n%s\n' "$2" >"$tree/build/tests/test_$1"
	chmod +x "$tree/build/tests/test_$1"
}

lists() { # NAME REGEX: a line of the runner's output matches
	if grep -qE -e "$2" "$work/stdout"; then ok "$1"; else not_ok "$1" "$(cat "$work/stdout")"; fi
}

leaves_nothing() { # NAME
	is "$1" "$(ls "$tree/build")" tests
}

tree
for i in 1 2 3 4 5; do
	script "good$i" 'echo 1..2; echo ok 1 - a; echo ok 2 - b "# SKIP no device"'
done
program unit 'echo 1..1; touch "$TMPDIR/x"; mkdir "$TMPDIR/r"; touch "$TMPDIR/r/f"; chmod 0 "$TMPDIR/r"; echo ok 1 - a'
for jobs in 1 2 9; do
	run env IOWALK_TEST_JOBS=$jobs bash "$tree/tests/run.sh" build
	exits "$jobs at once: all pass" 0
	is "$jobs at once: all are counted" "$(tail -n 1 "$work/stdout")" "6 passed, 0 failed, 5 skipped"
	is "$jobs at once: a line for each" "$(grep -c '^ok ' "$work/stdout")" 6
	is "$jobs at once: a reason for each skip" "$(grep -c 'blackbox/good.*: no device' "$work/stdout")" 5
	leaves_nothing "$jobs at once: nothing is left"
done

# The processor time of a file, and of a point.
tree
script idle 'echo 1..1; sleep .3; echo ok 1 - a'
script busy 'echo 1..1; for ((i = 0; i < 200000; i++)); do :; done; echo ok 1 - a'
run bash "$tree/tests/run.sh" build
cpu_ms() { sed -nE "s/^ok +blackbox\/$1\.sh .* s, CPU +([0-9]+)\.([0-9]{3}) s .*/\1\2/p" "$work/stdout"; }
check "the processor time of a file: not of one that sleeps" test "$((10#$(cpu_ms busy)))" -gt "$((10#$(cpu_ms idle)))"
run env IOWALK_TEST_CPU=1 bash -c '. tests/blackbox/lib.sh; ok a; (for ((i = 0; i < 200000; i++)); do :; done); ok b; finish'
check "the processor time of a point" awk '/^# cpu [0-9]+ ms$/ { n++; ms[n] = $3 } END { exit !(n == 2 && ms[2] > ms[1]) }' "$work/stdout"

tree
script fails 'echo 1..2; echo ok 1 - a; echo not ok 2 - b; echo "# because of c"; exit 1'
script hangs 'echo 1..1; sleep 100'
script short 'echo 1..3; echo ok 1 - a'
script status 'echo 1..1; echo ok 1 - a; exit 7'
script silent ':'
script killed 'echo 1..1; kill -SEGV $$'
script floods 'echo 1..1; echo ok 1 - a; while echo y; do :; done 2>/dev/null'
program absent ''
run env IOWALK_TEST_SECONDS=1 bash "$tree/tests/run.sh" build
exits "failures: exit status" 1
lists "a failed point, with the lines around it" '^ +# because of c'
lists "a file that hangs" '^FAILED blackbox/hangs.*timed out after 1 s'
lists "one that ends too early" '^FAILED blackbox/short.*1 tests of 3 planned'
lists "one with another status" '^FAILED blackbox/status.*exit status 7'
lists "one without output" '^FAILED blackbox/silent.*no TAP plan'
lists "one that is killed" '^FAILED blackbox/killed.*killed by signal 11'
lists "one that is missing" '^FAILED test_absent.*exit status 127'
lists "the sum" '^4 passed, 8 failed, 0 skipped$'
leaves_nothing "nothing is left of failures"

expect "an invalid number of jobs" 2 "IOWALK_TEST_JOBS 'x'" \
	env IOWALK_TEST_JOBS=x bash "$tree/tests/run.sh" build

# An interrupt reaches the running tests, which end with all processes that they started.
tree
script first 'trap "echo \$\$ >>told; exit 1" TERM; echo $$ >>pids; sleep 100 & echo $! >>pids; wait'
cp "$tree/tests/blackbox/first.sh" "$tree/tests/blackbox/second.sh"
env --default-signal=INT bash "$tree/tests/run.sh" build >"$work/stdout" 2>&1 &
runner=$!
for _ in $(seq 100); do
	[ "$(wc -l 2>/dev/null <"$tree/pids")" = 4 ] && break
	sleep .1
done
kill -INT $runner
wait $runner
status=$?
is "interrupted: exit status" "$status" 130
is "interrupted: both tests are signalled" "$(sort -u "$tree/told" | wc -l)" 2
check "interrupted: their programs end" sh -c '! kill -0 $(cat "$1") 2>/dev/null' sh "$tree/pids"
leaves_nothing "nothing is left of an interrupt"

# A test can interrupt its programs as a terminal would.
tree
script interrupt 'echo 1..1; bash -c "trap \"echo ok 1 - a\" INT; kill -INT \$\$"'
program unit 'echo 1..1; echo ok 1 - a'
run bash "$tree/tests/run.sh" build
exits "an interrupt reaches a program under test" 0
# ---- names of runs ----

# Runs that begin in the same second, without --out, have folders of their own.
mkdir "$work/second"
program=$(realpath "$iowalk")
for _ in 1 2 3 4; do
	(cd "$work/second" && "$program" run --graph chain --nodes 10 --engine pread --processes 1 --repetitions 1 --iterations 1 --no-plots \
		--no-roofline >/dev/null 2>&1) &
done
wait
is "four runs at once: four folders" "$(ls "$work/second/results/runs" | wc -l)" 4

# ---- what a table says of its cells ----

run "$iowalk" run --graph chain --nodes 100 --engine pread --threads 2 --processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline \
	--out "$work/threads"
check "threads are in the heading of the table" grep -q '^bfs threads:2, chain, slotted, warm' "$work/stdout"

# ---- a busy machine ----
# A session of less than 1 s is not judged (harness/machine/noise.c): 90 samples take about 4 s.

busy=()
for _ in $(seq "$(nproc)"); do
	(while :; do :; done) &
	busy+=($!)
done
run "$iowalk" run --graph chain --nodes 1000 --engine pread --processes 1 --repetitions 90 --min-time 0.05 --passes time --no-plots \
	--no-roofline --out "$work/busy"
kill "${busy[@]}"
wait "${busy[@]}" 2>/dev/null
exits "a busy machine" 0
check "a busy machine: said below the table" \
	grep -qE "^while it was measured, .*other processes used [0-9]+ % of the processors' time" "$work/stdout"
check "a busy machine: in the record" grep -qE '"others_percent": ([2-9][0-9]|[1-9][0-9]{2})' "$work/busy/run.json"

# ---- a command before each sample ----

prepared=(run --graph chain --nodes 100 --engine pread,mmap --processes 1 --repetitions 2 --iterations 1 --no-plots --no-roofline)
run "$iowalk" "${prepared[@]}" --cache cold,warm --prepare "echo \"\$IOWALK_CELL\" >>'$work/prepared.txt'; echo noise" --out "$work/prepared"
exits "a command before each sample" 0
is "it ran once for each sample" "$(sort "$work/prepared.txt")" "$(samples "$work/prepared" "[a-z]*" | grep -o '"cell":"[^"]*"' | cut -d'"' -f4 | sort)"
is "its output is not in the table" "$(grep -c noise "$work/stdout")" 0
check "it is in the record" grep -q '"prepare": "echo ' "$work/prepared/run.json"
run "$iowalk" "${prepared[@]}" --prepare 'case $IOWALK_CELL in *mmap*) exit 7 ;; esac' --out "$work/unprepared"
exits "a command that fails: exit status" 1
check "a command that fails: said" grep -q "mmap.*' ended with exit status 7" "$work/stderr"
is "a command that fails: no sample" "$(samples "$work/unprepared" "[a-z]*" | grep -c '/mmap/.*verified')" 0
check "a command that fails: other cells are measured" grep -q '/pread/.*"verified":true' "$work/unprepared/samples.jsonl"
expect "another command for a resumed run" 2 '--prepare' "$iowalk" run --resume "$work/unprepared" --prepare true
began=$SECONDS
run timeout --foreground -s INT 2 "$iowalk" "${prepared[@]}" --prepare 'sleep 60' --out "$work/interrupted"
check "interrupted in the command: it ends, too" test $((SECONDS - began)) -lt 30

finish
