#!/bin/bash
# The default suite of the gate finds slowdowns outside walks of chains: copies of the sources are made
# slower in one function, and compared with this build.
. tests/blackbox/lib.sh
case $build in
/*) skip_all "needs a build folder inside the sources" ;;
*/asan) skip_all "it builds copies of the sources; once, without sanitizers, is enough" ;;
esac

tree=$work/tree
mkdir "$tree"
cp -a Makefile engines layouts references workloads harness plots scripts tests "$tree"
find "$build" \( -name "tests.*" -o -path "$build/asan" -o -path "$build/layout" -o -path "$build/tests" \) -prune -o \
	\( -name '*.o' -o -name '*.d' -o -path "$build/gen/*" \) -type f -print0 |
	xargs -0 cp -a --parents -t "$tree"
program=$(realpath "$iowalk")

slower() { # NAME FILE SED GATE-ARGUMENT...
	local name=$1 file=$2 edit=$3
	shift 3
	sed -i "$edit" "$tree/$file"
	check "$name: the file is changed" test "$(cmp "$file" "$tree/$file" >/dev/null 2>&1; echo $?)" -eq 1
	check "$name: builds" make -C "$tree" BUILD="$build" "$build/iowalk"
	run "$tree/$build/iowalk" gate --against "$program" --out "$work/gate-$RANDOM$RANDOM" "$@"
	exits "$name: the default suite finds it" 3
	cp -p "$file" "$tree/$file"
	touch "$tree/$file"
}

check "the copy builds" make -C "$tree" BUILD="$build" "$build/iowalk"
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
