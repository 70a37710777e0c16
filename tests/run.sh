#!/bin/bash
# Runs every test: run.sh BUILD. Called by `make test`.
#
# Tests are the programs BUILD/tests/test_* (cmocka) and the scripts tests/blackbox/*.sh (except
# lib.sh, which they share). The scripts get BUILD as their argument. Both print TAP: a plan `1..N`,
# then one line `ok N - text` or `not ok N - text` per test. `# SKIP` after either marks a skip
# (cmocka before 1.1.6 prints `not ok` for a skip, too). The reason of a skip is the text after
# `# SKIP`, or else the lines `skipped: reason` before it. A file also fails if its exit status is
# not 0, if it exceeds the time limit, or if it does not run the planned number of tests.
#
# Each file gets a separate temporary folder under BUILD, which is removed when the file ends.
# IOWALK_TEST_SECONDS: the time limit of one file. IOWALK_TEST_JOBS: how many files run at once; no
# test depends on time, and most of the time is spent waiting for a device. IOWALK_TESTS: an extended
# regular expression; a file whose name (test_walk, blackbox/cli.sh) it does not match counts as skipped.
# IOWALK_TEST_CPU=1: black-box tests print after each point which processor time it took, as `# cpu MS`.
set -u
export LC_ALL=C

[ $# -eq 1 ] || { echo "usage: tests/run.sh BUILD" >&2; exit 2; }
cd "$(dirname "$0")/.." || exit 1
build=$1
limit_s=${IOWALK_TEST_SECONDS:-300}
jobs=${IOWALK_TEST_JOBS:-2}
[[ $jobs =~ ^[1-9][0-9]*$ ]] || { echo "tests/run.sh: IOWALK_TEST_JOBS '$jobs': not a count" >&2; exit 2; }
work=$(mkdir -p "$build" && cd "$build" && mktemp -d "$PWD/tests.XXXXXX") || exit 1
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM
mkdir "$work/out"
export CMOCKA_MESSAGE_OUTPUT=TAP
# AddressSanitizer keeps the last 16 MB that were freed, not 256: memory comes back while it is in the cache, and tests
# of engines take two thirds of the time.
export ASAN_OPTIONS="${ASAN_OPTIONS:-quarantine_size_mb=16}"
# The interpreter itself, before a wrapper that chooses between versions: that takes .3 s a call.
if python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null); then
	PATH=$(dirname "$python"):$PATH
fi

# Reads TAP; prints "passed failed skipped", then the reason if the file failed as a whole.
# Failed lines and the lines around them go to the file `details`, reasons of skips to
# `reasons_file`. awk keeps the output in memory, so `head` limits its length.
count_tap='
{ line[++n] = $0 }
/^1\.\.[0-9]+/ {
	split($0, part, /\.\./); planned += part[2] + 0; plans++
	if (part[2] + 0 == 0 && /# *SKIP/) { whole_skipped++; reason_of($0, "the whole file") }
}
/^skipped: / { said = said (said ? "; " : "") substr($0, 10); next }
/^(not )?ok( |$)/ {
	ran++
	if (/# *SKIP/) { skipped++; reason_of($0, said) }
	else {
		if (said) reasons = reasons "partly: " said "\n"
		if (/^ok/) passed++; else { failed++; bad[n] = 1 }
	}
	said = ""
}
function reason_of(text, fallback, reason) {
	sub(/^.*# *SKIP */, "", text)
	# After `# SKIP`, cmocka prints the name of the test.
	reason = text ~ /^[A-Za-z0-9_]*$/ ? (fallback ? fallback " (" text ")" : text) : text
	reasons = reasons reason "\n"
}
END {
	whole = ""
	if (status == 124 || status == 137) whole = "timed out after " limit_s " s"
	else if (status > 128) whole = "killed by signal " status - 128
	else if (status && !failed) whole = "exit status " status
	else if (!plans) whole = "no TAP plan"
	else if (planned != ran) whole = ran + 0 " tests of " planned " planned"
	else if (!planned && !whole_skipped) whole = "no tests"
	for (i = 1; i <= n; i++) {
		if (!bad[i]) continue
		for (k = i > 12 ? i - 12 : 1; k <= i + 8 && k <= n; k++) show[k] = 1
	}
	if (whole) for (k = n > 30 ? n - 30 : 1; k <= n; k++) show[k] = 1
	for (i = 1; i <= n; i++) {
		if (show[i]) print "    " line[i] > details
		else if (show[i - 1]) print "    ..." > details
	}
	printf "%s", reasons > reasons_file
	print passed + 0, failed + (whole != ""), skipped + whole_skipped, whole
}'

count_cpu() { # count_cpu FILE: sets $cpu_ms, the processor time of this shell's ended children; FILE is written
	local user system
	times >"$1"
	{ read -r _ && read -r user system; } <"$1" # as 0m1.234s
	user=${user//[.s]/} system=${system//[.s]/}
	cpu_ms=$(((${user%m*} + ${system%m*}) * 60000 + 10#${user#*m} + 10#${system#*m}))
}

run_file() { # run_file NUMBER NAME COMMAND...: writes out/NUMBER.text, .skips and, last, .counts
	local own=$work/out/$1 name=$2 began=$EPOCHREALTIME child status took mark p f s whole
	shift 2
	export TMPDIR=$own.tmp IOWALK_CACHE_DIR=$own.tmp/cache
	mkdir "$TMPDIR"
	: >"$own.details" >"$own.reasons"
	mkfifo "$own.pipe"
	head -c 8000000 <"$own.pipe" >"$own.output" &
	# The shell makes background commands ignore SIGINT, which the tested program would inherit.
	env --default-signal=INT,QUIT timeout -k 10 "$limit_s" "$@" </dev/null >"$own.pipe" 2>&1 &
	child=$!
	trap 'kill "$child"; wait; exit 130' TERM
	wait "$child"
	status=$?
	wait
	took=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
	count_cpu "$own.times"
	read -r p f s whole < <(awk -v status="$status" -v limit_s="$limit_s" \
		-v details="$own.details" -v reasons_file="$own.reasons" "$count_tap" "$own.output")
	mark=ok
	[ "$f" -eq 0 ] || mark=FAILED
	{
		printf '%-6s %-28s %4d passed %3d failed %3d skipped %6d.%03d s, CPU %4d.%03d s  %s\n' "$mark" "$name" \
			"$p" "$f" "$s" $((took / 1000)) $((took % 1000)) $((cpu_ms / 1000)) $((cpu_ms % 1000)) "$whole"
		[ "$f" -eq 0 ] || cat "$own.details"
	} >"$own.text"
	sed "s|^|  $name: |" "$own.reasons" >"$own.skips"
	chmod -R u+rwX "$TMPDIR" 2>/dev/null # the test may have made files read-only
	rm -rf "$TMPDIR"
	echo "$p $f $s" >"$own.part" && mv "$own.part" "$own.counts"
}

passed=0 failed=0 skipped=0 begun=0 ended=0
report_ended() { # prints the files that ended since the last call, and adds their counts
	local counts p f s
	for counts in "$work"/out/*.counts; do
		[ -e "$counts" ] || continue
		read -r p f s <"$counts"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
		ended=$((ended + 1))
		cat "${counts%.counts}.text"
		cat "${counts%.counts}.skips" >>"$work/skips"
		rm -f "${counts%.counts}".*
	done
}

begin() { # begin NAME COMMAND...: waits for a free job slot, then starts the file
	while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
		wait -n
		report_ended
	done
	begun=$((begun + 1))
	run_file "$begun" "$@" &
}

given=
start() { # start NAME: begins the file of that name, unless it has begun
	[[ "$given " != *" $1 "* ]] || return
	given="$given $1"
	if [[ ! $1 =~ ${IOWALK_TESTS-} ]]; then
		echo "  $1: IOWALK_TESTS does not choose it" >>"$work/skips"
		skipped=$((skipped + 1))
		return
	fi
	case $1 in
	blackbox/*) begin "$1" bash "tests/$1" "$build" ;;
	*) begin "$1" "$build/tests/$1" ;;
	esac
}

# The longest files first, so that none of them runs alone at the end.
shopt -s nullglob
for file in tests/blackbox/{gate,browser,slurm,gate_finds,counts,cold}.sh tests/test_{engine_model,layouts,layout_flips}.c \
	tests/blackbox/*.sh tests/test_*.c; do
	[ -e "$file" ] && [ "$file" != tests/blackbox/lib.sh ] || continue
	file=${file#tests/}
	start "${file%.c}"
done
while [ -n "$(jobs -pr)" ]; do
	wait -n
	report_ended
done
report_ended
if [ "$ended" -ne "$begun" ]; then # for example on a full disk
	echo "FAILED $((begun - ended)) of $begun files left no result"
	failed=$((failed + begun - ended))
fi

if [ -s "$work/skips" ]; then
	echo "Skipped, and why:"
	cat "$work/skips"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
