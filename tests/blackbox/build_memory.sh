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

# ---- progress ----

large=(run --workload open --graph random --degree 8 --layout csr --engine mmap --passes time --processes 1
	--repetitions 1 --no-plots --no-roofline --cache-dir "$work/progress" --build-memory 4M)
left='(reading|building|expected).*nodes:100000000.*, (pass [0-9]+ over the edges|sorted edges): [0-9]+%, [0-9]+:[0-9]+ left'
if command -v script >/dev/null; then
	# Far larger than is waited for, so that a fast machine takes its seconds too. script(1) runs it by $SHELL or sh, of
	# which dash hands no function of bash on.
	script -fqec "$(printf '%q ' "$iowalk" "${large[@]}" --nodes 100000000 --out "$work/run-progress")" /dev/null \
		>"$work/terminal" 2>&1 </dev/null &
	terminal=$!
	for ((i = 0; i < 1200; i++)); do
		grep -aqE "$left" "$work/terminal" && break
		sleep 0.1
	done
	check "a terminal sees what is done, how much of it and the time left" grep -aqE "$left" "$work/terminal"
	kill "$terminal" # the end of its terminal ends what runs in it
	wait "$terminal" 2>/dev/null
	rm -rf "$work/progress"
else
	skip "progress on a terminal" "no script(1) here"
fi
expect "elsewhere" 0 '^record: ' "$iowalk" "${large[@]}" --nodes 1000000 --out "$work/run-quiet"
is "nothing is said of a step of seconds" "$(grep -c 'over the edges\|sorted edges' "$work/stderr")" 0
finish
