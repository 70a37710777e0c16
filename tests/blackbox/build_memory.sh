#!/bin/bash
# --build-memory: a graph that is sorted through temporary files gives the same graph file and the
# same answers, and nothing is left in the cache folder.
. tests/blackbox/lib.sh

build_with() { # FOLDER OPTION...: builds and walks in a cache folder of its own
	local folder=$1
	shift
	"$iowalk" run --graph random --nodes 20000 --degree 9 --engine mmap --passes time --processes 1 \
		--repetitions 1 --iterations 1 --no-plots --no-roofline --cache-dir "$work/$folder" --out "$work/run-$folder" "$@"
}

same_data() { # LAYOUT: both folders have the same file after the header, which has the time
	cmp -i 4096 "$work"/whole/*-"$1"-*.graph "$work"/parts/*-"$1"-*.graph
}

layouts=csr,clustered,records,fixed64
expect "in memory" 0 '^record: ' build_with whole --layout $layouts
expect "in parts" 0 '^record: ' build_with parts --layout $layouts --build-memory 500K
for layout in ${layouts//,/ }; do
	check "the file of $layout is the same" same_data "$layout"
done
check "verified" all_verified "$work/run-parts"
is "nothing is left in the cache folder" "$(find "$work/parts" ! -name '*.graph*' -type f)" ""
expect "what cannot be built in parts says how much it takes" 1 \
	'slotted: building it takes [0-9]+ bytes of memory; 512000 may be used' \
	build_with large --layout slotted --build-memory 500K
for wrong in 0 x -1; do
	expect "--build-memory $wrong is refused" 2 'build-memory' build_with wrong --layout csr --build-memory "$wrong"
done
finish
