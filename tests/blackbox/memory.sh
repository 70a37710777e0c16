#!/bin/bash
# The memory of the harness itself: at most 3 bytes per node plus 64 MiB, and 4 more where levels do
# not fit into a byte.
. tests/blackbox/lib.sh

sanitized && skip_all "a sanitizer uses additional memory"
available_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
[ "${available_kib:-0}" -gt 1000000 ] || skip_all "less than 1 GB of memory is available"

bounded() { # GRAPH NODES BYTES-A-NODE LEAST
	run "$iowalk" run --graph "$1" --nodes "$2" --layout csr --engine mmap --passes time,count \
		--processes 1 --repetitions 2 --iterations 1 --no-plots --out "$work/$1"
	exits "$1 of $2: exit status" 0
	check "$1 of $2: verified" all_verified "$work/$1"
	largest=$(samples "$work/$1" time | numbers memory_anonymous_bytes | sort -n | tail -n 1)
	echo "# $1 of $2 nodes: $largest bytes"
	check "$1 of $2: memory" test "${largest:-999999999999}" -le $(($3 * $2 + 64 * 1024 * 1024))
	check "$1 of $2: the figure includes the memory that a walk needs" test "${largest:-0}" -ge $(($4 * $2))
}

bounded chain 4000000 7 4
bounded star 1000000 3 1

finish
