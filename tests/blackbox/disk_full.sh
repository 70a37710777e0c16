#!/bin/bash
# A full disk and a limit on file sizes: the cell fails with the reason. The other cells are
# measured, no half-built file remains, the record is complete, and no process dies by a signal.
. tests/blackbox/lib.sh

engines=buffered,pread,mmap,mmap_advised,memory,uring,direct
once=(--processes 1 --repetitions 1 --iterations 1 --passes time --no-plots)

half_built() { # FOLDER: lists files that should have been removed
	find "$1" -name 'building.*' -o -name '*.tmp'
}

errors() { # RUN CELL: how many cells of that name failed
	grep -cE "^\{\"cell\":\"$2\",.*\"error\":" "$1/samples.jsonl"
}

limited() { # KIB COMMAND...
	local kib=$1
	shift
	(ulimit -f "$kib" && exec "$@")
}

# Empties the full disk and waits until its space is free: the kernel closes the files of an
# io_uring ring only after the process has ended.
empty_disk() {
	local used
	rm -f "$full"/*
	for _ in $(seq 100); do
		used=$(df --output=used "$full" | tail -n 1)
		[ "$used" -eq 0 ] && return
		sleep 0.1
	done
}

# ---- a limit ----

engines_here "$IOWALK_CACHE_DIR" $engines
rm -f "$IOWALK_CACHE_DIR"/*
run limited 4096 "$iowalk" run --graph chain --nodes 100,1000 --engine $here "${once[@]}" --out "$work/limit"
exits "file size limit: exit status" 1
check "file size limit: message" grep -q "nodes:1000: cannot build '.*: File too large" "$work/stderr"
is "file size limit: cells that failed" "$(errors "$work/limit" '.*/nodes:1000')" $here_count
is "file size limit: cells that were measured" "$(samples "$work/limit" time '.*/nodes:100' | grep -c '"verified":true')" $here_count
check "file size limit: whole record" whole_lines "$work/limit"
is "file size limit: nothing half-built" "$(half_built "$IOWALK_CACHE_DIR")" ""
is "file size limit: one graph file" "$(ls "$IOWALK_CACHE_DIR" | grep -c 'graph$')" 1
for insert in bulk single; do
	out=$work/limit-$insert
	run limited 4096 "$iowalk" run --workload create,create+bfs --graph chain --nodes 100,1000 \
		--engine $here --opt create.insert=$insert,create+bfs.insert=$insert "${once[@]}" --out "$out"
	exits "file size limit, create, $insert: exit status" 1
	is "file size limit, create, $insert: cells that failed" "$(errors "$out" '.*/nodes:1000.*')" $((2 * here_count))
	is "file size limit, create, $insert: cells that were measured" \
		"$(samples "$out" time '.*/nodes:100(/[^"]*)?' | grep -c '"verified":true')" $((2 * here_count))
	check "file size limit, create, $insert: whole record" whole_lines "$out"
	is "file size limit, create, $insert: nothing half-built" "$(half_built "$IOWALK_CACHE_DIR")" ""
done

# ---- a full disk ----

if [ "$(id -u)" -ne 0 ]; then
	skip "full disk" "only root can mount a small disk"
	finish
elif ! small_disk full 2m; then
	skip "full disk" "cannot mount a small disk here"
	finish
fi
full=$work/full
engines_here "$full" $engines
empty_disk

# What a plan writes is summed up before anything is written. Each of these files would fit alone.
refused() { # NAME PATTERN FOLDER RUN-OPTIONS...
	local name=$1 pattern=$2 folder=$3
	shift 3
	run "$iowalk" run --engine $here "${once[@]}" --no-roofline --cache-dir "$full" --out "$folder" "$@"
	exits "$name: exit status" 2
	check "$name: message" grep -qE "$pattern" "$work/stderr"
	is "$name: nothing written" "$(find "$full" "$folder" -type f ! -name fill 2>/dev/null)" ""
}
room='would take [0-9]+ bytes; [0-9]+ are free'
refused "two files together" "the 2 new graph files .*$room" "$work/two" --graph chain --nodes 200,300
refused "a file and what is built" "the 1 new graph files .*$room" "$work/built" --workload bfs,create --graph chain --nodes 270
refused "one file" "nodes:600: its file $room" "$work/one" --graph chain --nodes 600
refused "a record" "the record and the graph files may take [0-9]+ bytes; [0-9]+ are free in '$full'" \
	"$full/run" --graph chain --nodes 350 --processes 1 --repetitions 300
for n in 200 300; do seq 1 $((n - 1)) | awk '{ print $1 - 1, $1 }' >"$work/$n.edges"; done
refused "two edge lists together" "the 2 new graph files .*$room" "$work/lists" --graph "file:$work/200.edges,file:$work/300.edges"

# A disk that fills up during the run: it is small from when the first graph file is there. With this seed the first
# cells are those of bfs on the smaller graph.
run_filling() { # RUN-OPTIONS...
	mount -o remount,size=16m "$full"
	(until ls "$full"/*.graph && mount -o remount,size=2m "$full"; do sleep 0.01; done) >/dev/null 2>&1 &
	local watcher=$!
	run "$iowalk" run "$@" --seed 1 --processes 1 --repetitions 10 --min-time 0.01 --no-roofline --no-plots --passes time --cache-dir "$full"
	kill $watcher 2>/dev/null
	wait $watcher
	mount -o remount,size=2m "$full"
}
run_filling --graph chain --nodes 200,300 --engine $here --out "$work/walks"
exits "full disk: exit status" 1
check "full disk: message" grep -q "nodes:300: cannot build '.*: No space left on device" "$work/stderr"
is "full disk: cells that failed" "$(errors "$work/walks" '.*/nodes:300')" $here_count
is "full disk: cells that were measured" "$(samples "$work/walks" time '.*/nodes:200' | grep -c '"verified":true')" $((10 * here_count))
is "full disk: nothing half-built" "$(half_built "$full")" ""
is "full disk: one graph file" "$(ls "$full" | grep -c 'graph$')" 1
empty_disk

for insert in bulk single; do
	for layout in slotted csr; do
		out=$work/create-$insert-$layout
		# The file of bfs takes the space that building a second file needs.
		graph=chain
		small=200
		large=300
		# As many nodes in a chain would be as many levels to walk.
		[ $layout = slotted ] || { graph=star; small=80000; large=120000; }
		[ $insert = bulk ] || [ $layout = slotted ] || { skip "full disk, create, $insert, $layout" "a rebuild for each insert"; continue; }
		run_filling --workload bfs,create,create+bfs --graph $graph --nodes $small,$large \
			--layout $layout --engine $here --opt create.insert=$insert,create+bfs.insert=$insert --out "$out"
		exits "full disk, create, $insert, $layout: exit status" 1
		is "full disk, create, $insert, $layout: cells that failed" \
			"$(errors "$out" ".*/nodes:$large.*")" $((3 * here_count))
		check "full disk, create, $insert, $layout: reason" grep -q "create/.*nodes:$large.*No space left" "$work/stderr"
		check "full disk, create, $insert, $layout: whole record" whole_lines "$out"
		is "full disk, create, $insert, $layout: nothing half-built" "$(half_built "$full")" ""
		empty_disk
	done
done

# ---- no room for the record ----

head -c 3000000 /dev/zero >"$full/fill" 2>/dev/null
expect "no room for a run folder" 2 'the record may take [0-9]+ bytes; 0 are free' \
	"$iowalk" run --graph chain --nodes 10 "${once[@]}" --out "$full/second"
check "no room for a run folder: none is left" test ! -e "$full/second"
empty_disk
(until [ -s "$full/run/samples.jsonl" ]; do sleep 0.01; done; head -c 3000000 /dev/zero >"$full/fill") 2>/dev/null &
run "$iowalk" run --graph chain --nodes 1000 --engine $here --processes 1 --repetitions 60 --min-time 0.001 \
	--no-plots --no-roofline --out "$full/run"
wait
exits "no room for the record: exit status" 1
check "no room for the record: message" grep -q "'$full/run.*': No space left on device" "$work/stderr"
if [ -e "$full/run/samples.jsonl" ]; then
	check "no room for the record: whole lines" whole_lines "$full/run"
	rm "$full/fill"
	expect "no room for the record: resumed when there is room" 0 '^record: ' "$iowalk" run --resume "$full/run" --no-plots
else
	not_ok "no room for the record: whole lines" "no samples.jsonl"
fi
# ---- the disk fills up while a store writes through its map ----

# On a file system of its own; the map has no page for what is written, which is a SIGBUS.
filling() {
	unshare -m sh -c 'mount -t tmpfs -o size=128M tmpfs "$1" || exit 99
		(while kill -0 $$; do
			[ "$(du -s "$1" | cut -f 1)" -le 5000 ] || head -c 126M /dev/zero >>"$1/fill"
			sleep 0.01
		done) 2>/dev/null &
		exec "$2" run --workload create --graph random --nodes 200000 --profile lmdb-tuned --cache-dir "$1" --processes 1 --repetitions 50 \
			--no-plots --no-roofline --passes time --out "$3"' sh "$work/filling" "$iowalk" "$work/filled"
}
if ! unshare -m true 2>/dev/null; then
	skip "a full disk under a map" "needs root and mount namespaces"
else
	mkdir "$work/filling"
	run filling
	if [ "$status" -eq 99 ]; then
		skip "a full disk under a map" "no tmpfs here"
	else
		exits "lmdb-tuned, a full disk under its map: exit status" 1
		check "lmdb-tuned, a full disk under its map: reason" grep -qE 'No space left on device' "$work/stderr"
		check "lmdb-tuned, a full disk under its map: whole record" whole_lines "$work/filled"
	fi
fi

finish
