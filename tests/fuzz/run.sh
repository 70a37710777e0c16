#!/bin/bash
# Runs the fuzz targets of tests/fuzz/ with the committed corpus: `make fuzz`.
#   run.sh BUILD [SECONDS]     seconds of each target (default 10); two run at a time
# What a target finds goes to BUILD/fuzz-found/; new inputs to BUILD/fuzz-corpus/. The last line counts the
# targets: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
seconds=${2:-10}
passed=0 failed=0
rm -rf "$build/fuzz-found"
mkdir -p "$build/fuzz-found"
declare -A process
names=()
for program in "$build"/tests/fuzz/*; do
	[ -x "$program" ] && [ ! -d "$program" ] && names+=("$(basename "$program")")
done

start() { # NAME
	mkdir -p "$build/fuzz-corpus/$1"
	# Small quarantine and no stacks of allocations: three times as many executions.
	ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=4 "$build/tests/fuzz/$1" -max_total_time="$seconds" -timeout=10 -malloc_limit_mb=512 -rss_limit_mb=2048 \
		-max_len=4096 -print_final_stats=1 -verbosity=1 -artifact_prefix="$build/fuzz-found/$1-" \
		"$build/fuzz-corpus/$1" "tests/fuzz/corpus/$1" >"$build/fuzz-found/$1.log" 2>&1 &
	process[$1]=$!
}

finish() { # NAME
	local status=0 executions
	wait "${process[$1]}" || status=$?
	rm -rf "/dev/shm/iowalk-fuzz.${process[$1]}"
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz-found/$1.log")
	if [ "$status" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok     $1: ${executions:-0} executions"
	else
		failed=$((failed + 1))
		echo "FAILED $1: status $status"
		tail -n 40 "$build/fuzz-found/$1.log" | sed 's/^/    /'
	fi
}

jobs=$(nproc)
for ((i = 0; i < ${#names[@]} + jobs; i++)); do
	((i < jobs)) || { ((i - jobs < ${#names[@]})) && finish "${names[i - jobs]}"; }
	((i >= ${#names[@]})) || start "${names[i]}"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
