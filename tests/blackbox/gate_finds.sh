#!/bin/bash
# The default suite of the gate finds slowdowns outside walks of chains: copies of the sources are made
# slower in one function, and compared with this build.
. tests/blackbox/lib.sh
copy_sources
program=$(realpath "$iowalk")

slower() { # NAME EXPLANATION FILE SED GATE-ARGUMENT...
	local name=$1 explanation=$2 file=$3 edit=$4
	shift 4
	sed -i "$edit" "$tree/$file"
	check "$name: the file is changed" test "$(cmp "$file" "$tree/$file" >/dev/null 2>&1; echo $?)" -eq 1
	check "$name: builds" make_tree "$build/iowalk"
	run "$tree/$build/iowalk" gate --against "$program" --out "$work/gate-$RANDOM$RANDOM" "$@"
	exits "$name: the default suite finds it" 3
	if [ "$(id -u)" -eq 0 ]; then
		check "$name: a profile explains it" grep -qE "profile: .*$explanation" "$work/stdout"
	else
		skip "$name: a profile explains it" "only root can be sure to record the kernel's stacks"
	fi
	cp -p "$file" "$tree/$file"
	touch "$tree/$file"
}

check "the copy builds" make_tree "$build/iowalk"
slower "pread reads each extent of a batch twice" "in [a-z0-9]+.neighbors_batch > pread.reap > pread.read_batch, most of it in (pread64|system calls).*\\+[0-9.]+ pread64 a node" engines/pread.c \
	's/^\treturn reads->joined && count > 1 ? joined_reads_batch(reads, extents, count)/\tif (reads->joined \&\& count > 1)\n\t\t(void)joined_reads_batch(reads, extents, count);\n&/' \
	--counts-only --filter '/pread/'
slower "a sleep in each window of slotted" "in slotted.neighbors_batch, most of it blocked in clock_nanosleep" layouts/support/slotted_read.c \
	'/^ssize_t slotted_neighbors_batch/,/^}/s/^\tint err = 0;/&\n\tif (count > 1)\n\t\tusleep(1000);/; s/#include <stdlib.h>/&\n#include <unistd.h>/' \
	--counts-only --filter '^bfs/random/slotted/(pread|mmap)/'
slower "a loop in each window of slotted" "in slotted.neighbors_batch, most of it in user code; function slotted_neighbors_batch" layouts/support/slotted_read.c \
	'/^ssize_t slotted_neighbors_batch/,/^}/s/^\tint err = 0;/&\n\tfor (volatile int i = 0; count > 1 \&\& i < 3000; i++)\n\t\t;/' \
	--filter '^bfs/random/slotted/mmap/' --budget 60

finish
