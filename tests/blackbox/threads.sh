#!/bin/bash
# Cells with several threads: the answers of one thread, counts of all threads, refused options.
. tests/blackbox/lib.sh

shared() { # OUT THREADS OPTION...
	local out=$1 threads=$2
	shift 2
	"$iowalk" run --no-plots --no-roofline --processes 1 --repetitions 2 --min-time 0.001 --out "$work/$out" \
		--threads "$threads" "$@"
}

for wrong in 0 1025 -1 two; do
	expect "--threads $wrong is refused" 2 "threads '$wrong': not a whole number from 1 to 1024" \
		shared wrong "$wrong" --nodes 100
done

find_disk && IOWALK_CACHE_DIR=$disk/cache states=cold || states=warm
for threads in 1 2 5; do
	expect "$threads threads" 0 '^record: ' shared "all$threads" $threads --workload bfs,lookup \
		--opt lookup.queries=300 --graph chain,star,random --nodes 700 --layout slotted,csr \
		--engine buffered,pread,mmap,memory
	# What a thread reads first, and how it is emptied, is a matter of the engine.
	expect "$threads threads, $states" 0 '^record: ' shared "cold$threads" $threads --workload bfs,lookup \
		--opt lookup.queries=300 --graph random --nodes 700 --layout slotted --engine buffered,pread,mmap --cache $states
	check "$threads threads: all verified" all_verified "$work/all$threads"
	check "$threads threads, $states: all verified" all_verified "$work/cold$threads"
	for out in all cold; do
		samples "$work/$out$threads" time 'bfs[^"]*'
	done | sed -E 's/.*"cell":"([^"]*).*("levels_hash":"[^"]*").*/\1 \2/
		s,/threads:[0-9]+,,' | sort -u >"$work/levels$threads"
done
check "there are levels" test -s "$work/levels1"
for threads in 2 5; do
	check "$threads threads find the levels that one thread finds" diff "$work/levels1" "$work/levels$threads"
done
check "the number of threads is in the cell's name" grep -q '/threads:5"' "$work/all5/run.json"
run shared create 2 --workload create --graph chain --nodes 100 --engine mmap
check "a workload with one thread only is skipped with its reason" grep -q "one thread's" "$work/create/run.json"
expect "sorted levels, latencies of all threads" 0 '' shared sorted 3 --graph random --degree 4 \
	--nodes 3000 --layout csr --engine mmap --opt bfs.order=sorted
reached=$(samples "$work/sorted" time | numbers reached_count | head -n 1)
check "each node has its latency" awk -v n="$reached" '{ exit !(n > 0 && $1 > 0 && $1 % 1 == 0) }' \
	<(samples "$work/sorted" latency | numbers lat_count)
if grep -q '^ *TLB:' /proc/interrupts; then
	check "TLB shootdowns are recorded" grep -q '"tlb_shootdowns":' "$work/sorted/samples.jsonl"
else
	check "no TLB shootdowns if the kernel does not count them" \
		grep -vq '"tlb_shootdowns":' "$work/sorted/samples.jsonl"
fi

# ---- counts of all threads ----

run shared counted 3 --workload lookup --opt lookup.queries=300 --graph random --nodes 1000 \
	--layout csr --engine pread --passes count
source=$(samples "$work/counted" count | texts syscalls)
if [ "$source" = '"engine"' ] || [ -z "$source" ]; then
	skip "perf counts all threads" "no system calls are counted here (iowalk doctor says why)"
	finish
elif sanitized; then
	skip "perf counts all threads" "a sanitizer makes system calls, too"
	finish
fi
is "perf and the engines count the same reads" \
	"$(samples "$work/counted" count | numbers syscalls_pread64)" \
	"$(samples "$work/counted" count | numbers syscalls_self)"
# Threads of the engine's own, and the kernel's that takes reads from a ring: all that is seen of them beside waiting, the
# engine has counted.
run shared own 1 --workload bfs --passes count --graph random --nodes 3000 --layout csr --engine pread,buffered,direct,uring \
	--opt pread.threads=3,buffered.threads=2,direct.threads=4,direct.cache_bytes=65536,uring.poll=1,bfs.advise=random \
	--cache "warm,$states"
samples "$work/own" count | sed '/"syscalls_futex":/!s/^/"syscalls_futex":0,/' >"$work/own.jsonl"
is "perf and an engine count the same calls of the engine's threads" \
	"$(paste -d ' ' <(numbers syscalls <"$work/own.jsonl") <(numbers syscalls_futex <"$work/own.jsonl") | awk '{ print $1 - $2 }')" \
	"$(numbers syscalls_self <"$work/own.jsonl")"
if ! strace -o "$work/trace" true 2>"$work/stderr"; then
	skip "against strace -f" "strace cannot trace here"
	finish
fi
traced() { # ITERATIONS
	rm -rf "$work/traced"
	run strace -f -c -U calls,name --seccomp-bpf -e trace=pread64 -o "$work/calls" "$iowalk" run --passes count --no-plots \
		--iterations "$1" --min-time 3600 --out "$work/traced" --threads 3 --workload lookup \
		--opt lookup.queries=300 --graph random --nodes 1000 --layout csr --engine pread
	awk '$2 == "pread64" { n = $1 } END { print n + 0 }' "$work/calls"
}
few=$(traced 2)
many=$(traced 4)
is "pread64 of all threads, perf and strace -f" $((many - few)) \
	$((2 * ($(samples "$work/counted" count | numbers syscalls_pread64 | paste -sd +))))

# ---- Google Benchmark's format ----
run "$iowalk" run --workload lookup --threads 3 --graph chain --nodes 100 --engine mmap --processes 1 --repetitions 2 \
	--iterations 1 --no-plots --no-roofline --out "$work/gbench"
exits "a run of 3 threads" 0
is "benchmark.json: the number of threads" "$(grep -o '"threads": [0-9]*' "$work/gbench/benchmark.json" | sort -u)" \
	'"threads": 3'

finish
