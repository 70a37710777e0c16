#!/bin/bash
# scripts/limits.sh at a small size: a graph larger than its cgroup is built, verified and walked.
. tests/blackbox/lib.sh

sanitized && skip_all "a sanitizer uses additional memory"
find_disk || {
	skip "a graph larger than memory" "no file system other than tmpfs here"
	finish
}
export IOWALK_CACHE_DIR=${disk:-$work}/limits
run scripts/limits.sh "$build" 400000 30 48M mmap,pread
if [ "$status" -eq 77 ]; then
	skip "a graph larger than memory" "$(tail -n 1 "$work/stderr")"
	finish
fi
exits "built, verified and walked within 48 MiB" 0
is "a row for each engine" "$(grep -cE '^walk by (mmap|pread) [0-9.]+ s, [0-9.]+ M edges/s, [0-9]+ % of the bandwidth' "$work/stdout")" 2
check "beside reading it once and walking it warm" grep -qE ', [0-9.]+ x \([0-9.]+ s to read it once \+ [0-9.]+ s to walk it warm\)' "$work/stdout"
check "the file is larger than the limit" grep -qE ', 0\.(0[5-9]|1[0-9]) GB$' "$work/stdout"
is "nothing is left in the cache folder" "$(ls "$IOWALK_CACHE_DIR")" ""
run scripts/limits.sh "$build" 400000 30 16M mmap
check "a limit that is too small is refused" test "$status" -eq 2
finish
