#!/bin/bash
# The counts of a record, compared with strace, with a second source and with a second run. Each run counts in one process;
# processes.sh compares the counts of several.
. tests/blackbox/lib.sh

files=buffered,pread,mmap,mmap_advised

count() { # OUT OPTION...
	local out=$1
	shift
	run "$iowalk" run --passes count --processes 1 --no-plots --out "$out" "$@"
}

of_cells() { # RUN CELL METRIC
	samples "$1" count "$2" | numbers "$3"
}

pairs_equal() { # RUN METRIC OTHER: each count sample has both, with equal values
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
	--layout slotted,csr --engine pread --passes time --processes 1 --repetitions 1 --iterations 1 --no-plots \
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
	skip "minor faults, perf and getrusage" "a sanitizer causes page faults, too"
	skip "major faults, perf and getrusage" "a sanitizer causes page faults, too"
	skip "system calls, all and the engine's own count" "a sanitizer makes system calls, too"
else
	check "minor faults, perf and getrusage" pairs_equal "$work/both" faults_minor faults_minor_rusage
	check "major faults, perf and getrusage" pairs_equal "$work/both" faults_major faults_major_rusage
	check "system calls, all and the engine's own count" pairs_equal "$work/both" syscalls syscalls_self
fi
# The index of layout records is a second file, which is read through an engine, too.
count "$work/index" --graph random --nodes 2000 --layout records --engine pread,uring,direct --opt records.index=read
exits "records with an index that is read" 0
if sanitized || [ "$(samples "$work/index" count | texts syscalls | sort -u)" = '"engine"' ]; then
	skip "records: reads of the index are counted" "the engines are the only source here"
else
	check "records: reads of the index are counted" pairs_equal "$work/index" syscalls syscalls_self
fi
is "a warm mmap walk makes no system call" \
	"$(of_cells "$work/both" 'bfs/[a-z]*/[a-z]*/mmap/warm/.*' syscalls | sort -u)" 0
check "a warm pread walk makes system calls" test \
	"$(of_cells "$work/both" 'bfs/chain/slotted/pread/warm/.*' syscalls_pread64 | sort -n | head -n 1)" -gt 1999
[ -z "$disk" ] || check "a cold walk reads from the device" test \
	"$(of_cells "$work/both" 'bfs/random/slotted/mmap/cold/.*' device_read_bytes | sort -n | head -n 1)" -gt 0
all="create,create+bfs,lookup,read,bfs"
count "$work/all" --workload $all --graph random --nodes 500 --layout slotted,csr --engine $files,memory
exits "all workloads" 0
# While files are built malloc makes system calls, too, so only calls on files are compared.
file_calls='s/.*"cell":"([^"]*)".*"syscalls_NAME":([0-9.]*)[,}].*/\1 NAME \2/p'
by_name() { # RUN
	local call
	for call in openat close newfstatat pread64 pwrite64 preadv pwritev ftruncate fallocate \
		fadvise64 fsync fdatasync msync mincore; do
		samples "$1" count | sed -nE "${file_calls//NAME/$call}"
	done | sort
}
count "$work/self" --workload $all --graph random --nodes 500 --layout slotted,csr \
	--engine $files,memory --counters none
by_name "$work/self" >"$work/one"
if [ "$perf" = '"engine"' ]; then
	skip "system calls of all workloads, by name" "the engines are the only source here"
else
	by_name "$work/all" >"$work/two"
	check "system calls of all workloads on finished files, by name" \
		diff <(grep -v ^create "$work/one") <(grep -v ^create "$work/two")
	# An engine need not count the calls that it makes in close().
	check "system calls of workloads that build, by name: the engine counts no more than perf" \
		awk 'NR == FNR { seen[$1, $2] = $3; next }
			$3 > seen[$1, $2] { print; bad = 1 }
			END { exit bad || !FNR }' "$work/two" "$work/one"
fi
check "writes of workloads that build are counted" grep -q '^create/.* pwrite' "$work/one"

# ---- two runs ----

count "$work/again" --workload $all --graph random --nodes 500 --layout slotted,csr --engine $files,memory
by_name "$work/all" >"$work/one"
by_name "$work/again" >"$work/two"
check "two runs: system calls on files, by name" diff "$work/one" "$work/two"
own='context_switches|tlb_shootdowns|faults_minor_rusage|device_[a-z]*_bytes|read_amplification|residency_percent'
if sanitized; then
	own="$own|faults_[a-z]*" # it causes page faults, too
fi
comparable() { # RUN: samples of finished files, without metrics that not only the walk changes
	samples "$1" count '(bfs|lookup|read)/[^"]*' | sed -E 's/"time":.*//
		s/"('"$own"')":[^,}]*,?//g' | sort
}
comparable "$work/all" >"$work/one"
comparable "$work/again" >"$work/two"
check "two runs: counts, faults, bytes and answers of finished files" diff "$work/one" "$work/two"
check "bytes and answers are in the samples" grep -q '"logical_read_bytes":.*levels_hash' "$work/one"

# ---- strace ----

reason=
if [ -z "$perf" ] || [ "$perf" = '"engine"' ]; then
	reason="no system calls are counted here (iowalk doctor says why)"
elif ! command -v strace >/dev/null; then
	reason="strace is not installed"
elif sanitized; then
	reason="a sanitizer makes system calls, too"
elif ! strace -o "$work/trace" true 2>"$work/stderr"; then
	reason="strace cannot trace here: $(tail -n 1 "$work/stderr")"
fi
if [ -n "$reason" ]; then
	skip "against strace" "$reason"
	finish
fi

# How often the C library extends the heap depends on its address, so that is not randomised.
fixed=
if setarch "$(uname -m)" -R true 2>/dev/null; then
	fixed="setarch $(uname -m) -R"
fi

# All calls that a walk can make on its file. open, read and close are left out, because the harness reads /proc for the
# record of the environment, and how often differs between runs. If a walk made one of them, its own count would include it,
# and the two would differ.
of_files='^(p(read|write)(64|v|v2)|fadvise64|readahead|madvise|mincore|msync|mremap|f(data)?sync|ftruncate|fallocate|io_uring_enter)$'

# Writes the calls by name to $work/calls.ITERATIONS. With --iterations there are two warm-up walks; the second is
# left out if the first takes --min-time, which may happen under strace; 3600 s prevents that. With --seccomp-bpf only the
# calls that are counted stop.
traced() { # ITERATIONS OPTION...
	local walks=$1
	shift
	rm -rf "$work/traced"
	run $fixed strace -f -c -U calls,name --seccomp-bpf -e "trace=/$of_files" -o "$work/calls.$walks" "$iowalk" run \
		--passes count --processes 1 --no-plots --iterations "$walks" --min-time 3600 --out "$work/traced" "$@"
}

calls() { # ITERATIONS NAME
	awk -v name="$2" '$2 == name { n = $1 } END { print n + 0 }' "$work/calls.$1"
}

file_calls() { # ITERATIONS
	awk -v names="$of_files" '$2 ~ names { n += $1 } END { print n + 0 }' "$work/calls.$1"
}

sum() { awk '{ n += $1 } END { print n + 0 }'; }

walks=2
some=0
# uring is left out: its number of system calls depends on when completions arrive.
for engine in pread buffered; do
	for layout in slotted csr; do
		cell=(--graph random --nodes 100,300,1000 --layout $layout --engine $engine)
		name="strace: $engine, $layout"
		count "$work/plain" "${cell[@]}" # builds the graph files
		rm -rf "$work/plain"
		traced $walks "${cell[@]}"
		traced $((2 * walks)) "${cell[@]}"
		# strace sees the walks of all three graphs.
		is "$name: samples of counts" "$(samples "$work/traced" count | wc -l)" 3
		pread=$(samples "$work/traced" count | numbers syscalls_pread64 | sum)
		total=$(samples "$work/traced" count | numbers syscalls | sum)
		is "$name: pread64" "$(($(calls $((2 * walks)) pread64) - $(calls $walks pread64)))" $((walks * ${pread:-0}))
		is "$name: all calls" "$(($(file_calls $((2 * walks))) - $(file_calls $walks)))" $((walks * ${total:-0}))
		some=$((some + ${total:-0}))
	done
	check "strace: $engine: some calls were counted" test $some -gt 0
	some=0
done

finish
