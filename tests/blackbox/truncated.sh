#!/bin/bash
# Another process truncates a graph file during a walk: the cell fails with an error that names the
# cause, even with a mapping, for which the kernel sends SIGBUS. The program does not crash, and the
# other cells are measured.
. tests/blackbox/lib.sh

# Cells on two graph files: the first walks until it fails, the second is short.
suite() { # WORKLOAD LAYOUT ENGINE OPTIONS CACHE
	local nodes=3000
	[ "$2" != slotted ] || nodes=300 # of 4 KiB each
	cat <<-END
		[suite]
		summary = a truncated file
		[cells long]
		workload = $1
		graph = chain
		nodes = $nodes
		layout = $2
		engine = $3
		processes = 1
		repetitions = 100000
		min_time = 0.001
		passes = time
		cache = $5
		${4:+opt = $4}
		[cells short]
		workload = $1
		graph = star
		nodes = 100
		layout = $2
		engine = $3
		processes = 1
		repetitions = 2
		min_time = 0.001
		passes = time
		cache = $5
		${4:+opt = $4}
	END
}

# Waits for the first sample of the long cell, and truncates its file after the header.
cut_when_walking() { # RUN CACHE SUFFIX BYTES
	local i
	for i in $(seq 600); do
		if grep -qs '/chain/.*"verified":true' "$1/samples.jsonl"; then
			truncate -s "${4:-4096}" "$2"/chain-*.graph"$3"
			return
		fi
		sleep 0.1
	done
}

cut() { # NAME WORKLOAD LAYOUT ENGINE REGEX [OPTIONS [CACHE [SUFFIX BYTES]]]
	local out=$work/run-$points cache=$work/cache-$points cutter
	suite "$2" "$3" "$4" "${6-}" "${7-warm}" >"$work/cut.ini"
	cut_when_walking "$out" "$cache" "${8-}" "${9-}" &
	cutter=$!
	run timeout 100 "$iowalk" run --suite "$work/cut.ini" --cache-dir "$cache" --no-plots --no-roofline --out "$out"
	wait $cutter
	exits "$1: exit status" 1
	check "$1: the cell's error" grep -qE "/chain/.*\"error\":\"[^\"]*$5" "$out/samples.jsonl"
	is "$1: no sample after the error" "$(samples "$out" '[a-z]*' '[^"]*/chain/[^"]*' | sed '1,/"error"/d' | wc -l)" 0
	is "$1: the other cell is measured" "$(samples "$out" time '[^"]*/star/[^"]*' | grep -c '"verified":true')" 2
	check "$1: the record is complete" whole_lines "$out"
}

short='the file was truncated by another process, from [0-9]+ to 4096 bytes'
cut "mmap" bfs slotted mmap "$short"
cut "mmap, csr" bfs csr mmap "$short"
cut "mmap, lookup" lookup csr mmap "$short"
cut "mmap, read" read csr mmap "$short"
cut "mmap_advised" bfs slotted mmap_advised "$short"
cut "mmap_advised, private" bfs csr mmap_advised "$short" mmap_advised.copy_on_write=on
cut "mmap_advised, windows" bfs csr mmap_advised "$short" mmap_advised.window_bytes=16K
cut "pread" bfs csr pread "$short"
cut "buffered" bfs slotted buffered "$short"
engines_here "$work/cache" uring,direct
for engine in ${here//,/ }; do
	option='' cache=warm
	[ $engine = direct ] && option=direct.cache_bytes=64K cache=cold # shorter than the file: never warm
	cut "$engine" bfs slotted $engine "$short" "$option" $cache
done

# The second file of layout records: the walk ends with an error, not with a signal.
cut "records, index mapped" bfs records pread '' '' warm .idx 100
cut "records, index read" bfs records pread '' records.index=read cold .idx 100

finish
