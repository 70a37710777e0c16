#!/bin/bash
# The state of the page cache is what the record says it is, or there is no sample.
. tests/blackbox/lib.sh

engines=buffered,pread,mmap,mmap_advised

within() { # LOW HIGH: each number of stdin, and there is one
	awk -v low="$1" -v high="$2" '
		$1 < low || $1 > high { print $1; bad = 1 }
		END { exit bad || !NR }'
}

find_disk || disk=
if [ -n "$disk" ]; then
	export IOWALK_CACHE_DIR=$disk/cache
	run "$iowalk" run --workload bfs,lookup,read --graph random --nodes 2000 --layout slotted,csr \
		--engine $engines,memory --cache cold,warm --repetitions 2 --iterations 2 --no-plots --no-roofline \
		--out "$work/run"
	exits "cold and warm cells" 0
	for pass in time latency count; do
		samples "$work/run" $pass '[^"]*/cold/[^"]*' >"$work/cold"
		samples "$work/run" $pass '[^"]*/warm/[^"]*' >"$work/warm"
		check "$pass: cold samples are cold" within 0 1 < <(numbers residency_percent <"$work/cold")
		check "$pass: warm samples are warm" within 99 100 < <(numbers residency_percent <"$work/warm")
		is "$pass: every cold sample says so" "$(grep -c residency_percent "$work/cold")" "$(wc -l <"$work/cold")"
	done
	is "cold samples: each engine, layout and workload, twice" "$(samples "$work/run" time '[^"]*/cold/[^"]*' | wc -l)" 48
	check "cold cells read from the device" within 1 1e18 < \
		<(samples "$work/run" count '[^"]*/slotted/[^"]*/cold/[^"]*' | numbers device_read_bytes)
	check "warm cells do not" within 0 0 < \
		<(samples "$work/run" count '[^"]*/warm/[^"]*' | numbers device_read_bytes)
	is "memory has no cold cells" "$(samples "$work/run" '[a-z]*' '[^"]*/memory/cold/[^"]*' | wc -l)" 0
	check "and they are shown as skipped" sh -c \
		"sed -n '/^skipped/,/^\$/p' '$work/stdout' | grep -q 'memory/cold/.*cold means nothing'"
	check "and recorded as such" grep -qE '"skipped": ?".*cold means nothing' "$work/run/run.json"
else
	skip "cold and warm cells" "no file system here but tmpfs"
fi

if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" != tmpfs ] || [ ! -w /dev/shm ]; then
	skip "a file that cannot be cold" "no tmpfs at /dev/shm to write to"
	finish
fi
shm=$(mktemp -d /dev/shm/iowalk.XXXXXX)
trap 'rm -rf "$shm"; clean_up' EXIT
run "$iowalk" run --graph chain --nodes 500 --engine $engines --cache cold,warm --repetitions 1 \
	--iterations 1 --no-plots --no-roofline --cache-dir "$shm" --out "$work/shm"
exits "a file that cannot be cold: exit status" 1
is "a file that cannot be cold: no sample says it was" \
	"$(samples "$work/shm" '[a-z]*' '[^"]*/cold/[^"]*' | grep -c '"metrics"')" 0
is "a file that cannot be cold: an error for each cell" \
	"$(samples "$work/shm" '[a-z]*' '[^"]*/cold/[^"]*' | grep -c '"error":"not cold: ')" 4
is "a file that cannot be cold: warm cells are measured" \
	"$(samples "$work/shm" time '[^"]*/warm/[^"]*' | grep -c '"verified":true')" 4

finish
