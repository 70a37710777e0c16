#!/bin/bash
# The default suite of the gate finds slowdowns outside walks of chains: copies of the sources are made
# slower in one function, and compared with this build.
. tests/blackbox/lib.sh
copy_sources
program=$(realpath "$iowalk")

slower() { # NAME FILE SED GATE-ARGUMENT...
	local name=$1 file=$2 edit=$3
	shift 3
	sed -i "$edit" "$tree/$file"
	check "$name: the file is changed" test "$(cmp "$file" "$tree/$file" >/dev/null 2>&1; echo $?)" -eq 1
	check "$name: builds" make_tree "$build/iowalk"
	run "$tree/$build/iowalk" gate --against "$program" --out "$work/gate-$RANDOM$RANDOM" "$@"
	exits "$name: the default suite finds it" 3
	cp -p "$file" "$tree/$file"
	touch "$tree/$file"
}

check "the copy builds" make_tree "$build/iowalk"
slower "pread reads each extent of a batch twice" engines/pread.c \
	's/^\treturn extents_read(&self->file, extents, count, self->joined);/\textents_read(\&self->file, extents, count, self->joined);\n&/' \
	--counts-only
slower "a sleep in each window of slotted" layouts/support/slotted_read.c \
	'/^ssize_t slotted_neighbors_batch/,/^}/s/^\tint err = 0;/&\n\tif (count > 1)\n\t\tusleep(1000);/; s/#include <stdlib.h>/&\n#include <unistd.h>/' \
	--counts-only
slower "a loop in each window of slotted" layouts/support/slotted_read.c \
	'/^ssize_t slotted_neighbors_batch/,/^}/s/^\tint err = 0;/&\n\tfor (volatile int i = 0; count > 1 \&\& i < 3000; i++)\n\t\t;/' \
	--filter 'random/slotted/mmap' --budget 30

finish
