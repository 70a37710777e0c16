#!/bin/bash
# The counts of a record: held against strace, against a second source, and against a second run.
. tests/blackbox/lib.sh

files=buffered,pread,mmap,mmap_advised

count() { # OUT OPTION...
	local out=$1
	shift
	run "$iowalk" run --passes count --no-plots --out "$out" "$@"
}

of_cells() { # RUN CELL METRIC
	samples "$1" count "$2" | numbers "$3"
}

pairs_equal() { # RUN METRIC OTHER: in each sample that has both, and one has
	samples "$1" count | awk -v a="$2" -v b="$3" '
		function value(key) {
			if (!match($0, "\"" key "\":[0-9.e+-]+[,}]")) return "absent"
			return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4)
		}
		value(a) == "absent" || value(b) == "absent" { print "absent: " substr($0, 1, 100); bad = 1 }
		value(a) != value(b) { print value(a) " and " value(b) ": " substr($0, 1, 100); bad = 1 }
		{ lines++ }
		END { exit bad || !lines }'
}

expect "graph files" 0 '^record: ' "$iowalk" run --graph chain,random --nodes 2000 \
	--layout slotted,csr --engine pread --passes time --repetitions 1 --iterations 1 --no-plots \
	--out "$work/build"

# ---- two sources ----

find_disk || disk=
if [ -n "$disk" ]; then
	IOWALK_CACHE_DIR=$disk/cache count "$work/both" --graph chain,random --nodes 2000 \
		--layout slotted,csr --engine $files --cache warm,cold --no-roofline
	states="warm and cold"
else
	count "$work/both" --graph chain,random --nodes 2000 --layout slotted,csr --engine $files
	states=warm
fi
exits "$states cells of the file engines" 0
perf=$(samples "$work/both" count | texts syscalls | sort -u)
if sanitized; then
	skip "minor faults, perf and getrusage" "a sanitizer's memory faults as well"
	skip "major faults, perf and getrusage" "a sanitizer's memory faults as well"
else
	check "minor faults, perf and getrusage" pairs_equal "$work/both" faults_minor faults_minor_rusage
	check "major faults, perf and getrusage" pairs_equal "$work/both" faults_major faults_major_rusage
fi
check "system calls, all and the engine's own count" pairs_equal "$work/both" syscalls syscalls_self
is "a warm mmap walk makes no system call" \
	"$(of_cells "$work/both" 'bfs/[a-z]*/[a-z]*/mmap/warm/.*' syscalls | sort -u)" 0
check "a warm pread walk makes some" test \
	"$(of_cells "$work/both" 'bfs/chain/slotted/pread/warm/.*' syscalls_pread64)" -gt 1999
[ -z "$disk" ] || check "a cold walk reads from the device" test \
	"$(of_cells "$work/both" 'bfs/random/slotted/mmap/cold/.*' device_read_bytes)" -gt 0
all="create,create+bfs,lookup,read,bfs"
count "$work/all" --workload $all --graph random --nodes 500 --layout slotted,csr --engine $files,memory
exits "all workloads" 0
if sanitized; then
	skip "system calls of all workloads, all and the engine's own" "a sanitizer calls the kernel as well"
else
	check "system calls of all workloads, all and the engine's own" pairs_equal "$work/all" syscalls syscalls_self
fi

# ---- two runs ----

comparable() { # RUN: what must not differ, a line a cell
	samples "$1" count "${2-[^\"]*}" |
		sed -E 's/"(context_switches|faults_minor_rusage|device_[a-z]*_bytes|read_amplification)":[^,}]*,?//g; s/"time":.*//' |
		sed -E "${3-}" | sort
}
count "$work/again" --workload $all --graph random --nodes 500 --layout slotted,csr --engine $files,memory
# What a walk that builds a file faults on depends on what malloc had left over.
no_faults='s/"faults_(minor|major)[a-z_]*":[^,}]*,?//g'
comparable "$work/all" '[^"]*' "$no_faults" >"$work/one"
comparable "$work/again" '[^"]*' "$no_faults" >"$work/two"
check "two runs: system calls by name, bytes, answers" cmp "$work/one" "$work/two"
check "and these are there" grep -q '"syscalls_pread64":.*"logical_read_bytes":' "$work/one"
comparable "$work/all" '(bfs|lookup|read)/[^"]*/warm/[^"]*' >"$work/one"
comparable "$work/again" '(bfs|lookup|read)/[^"]*/warm/[^"]*' >"$work/two"
check "two runs: faults of warm cells" cmp "$work/one" "$work/two"

# ---- strace ----

reason=
if [ -z "$perf" ] || [ "$perf" = '"engine"' ]; then
	reason="no system calls are counted here (iowalk doctor says why)"
elif ! command -v strace >/dev/null; then
	reason="no strace here"
elif sanitized; then
	reason="a sanitizer calls the kernel as well"
elif ! strace -o "$work/trace" true 2>"$work/stderr"; then
	reason="strace cannot trace here: $(tail -n 1 "$work/stderr")"
fi
if [ -n "$reason" ]; then
	skip "against strace" "$reason"
	finish
fi

traced() { # ITERATIONS OPTION...: calls by name in $work/calls.ITERATIONS
	local walks=$1
	shift
	rm -rf "$work/traced"
	run strace -f -c -U calls,name -o "$work/calls.$walks" "$iowalk" run --passes count --no-plots \
		--iterations "$walks" --out "$work/traced" "$@"
}

calls() { # ITERATIONS NAME
	awk -v name="$2" '$2 == name { print $1 }' "$work/calls.$1"
}

walks=10
for engine in pread buffered; do
	for layout in slotted csr; do
		for nodes in 100 500 2000; do
			cell=(--graph random --nodes $nodes --layout $layout --engine $engine)
			name="strace: $engine, $layout, $nodes nodes"
			count "$work/plain" "${cell[@]}" # the graph file is there from here on
			rm -rf "$work/plain"
			traced $walks "${cell[@]}"
			traced $((2 * walks)) "${cell[@]}"
			pread=$(samples "$work/traced" count | numbers syscalls_pread64)
			total=$(samples "$work/traced" count | numbers syscalls)
			is "$name: pread64" "$(($(calls 20 pread64) - $(calls 10 pread64)))" $((walks * ${pread:-0}))
			is "$name: all calls" "$(($(calls 20 total) - $(calls 10 total)))" $((walks * total))
		done
	done
	check "strace: $engine: there was something to count" test "$total" -gt 0
done

finish
