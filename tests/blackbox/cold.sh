#!/bin/bash
# Every sample is in the recorded cache state; a cell that cannot reach it has no samples.
. tests/blackbox/lib.sh

engines=buffered,pread,mmap,mmap_advised # work on every machine and file system

within() { # LOW HIGH: stdin has numbers, and each is in this range
	awk -v low="$1" -v high="$2" '
		$1 < low || $1 > high { print $1; bad = 1 }
		END { if (!NR) print "no number at all"; exit bad || !NR }'
}

warm_reads() { # RUN: names of the warm cells that read from the device
	samples "$1" count '[^"]*/warm/[^"]*' | grep -v '"device_read_bytes":0[,}]' |
		sed 's/^{"cell":"\([^"]*\)".*/\1/'
}

find_disk || disk=
if [ -n "$disk" ]; then
	export IOWALK_CACHE_DIR=$disk/cache
	engines_here "$disk/cache" $engines,uring,direct
	cells=(--workload bfs,lookup,read --graph random --nodes 2000 --layout slotted,csr
		--engine "$here,memory" --cache cold,warm --opt read.reads=500,lookup.queries=500 --processes 1 --repetitions 2
		--iterations 2 --no-plots --no-roofline)
	run "$iowalk" run "${cells[@]}" --out "$work/run"
	exits "cold and warm cells" 0
	for pass in time latency count; do
		samples "$work/run" $pass '[^"]*/cold/[^"]*' >"$work/cold"
		samples "$work/run" $pass '[^"]*/warm/[^"]*' >"$work/warm"
		check "$pass: cold samples are cold" within 0 1 < <(numbers residency_percent <"$work/cold")
		check "$pass: warm samples are warm" within 99 100 < <(numbers residency_percent <"$work/warm")
		is "$pass: every cold sample has its residency" "$(grep -c residency_percent "$work/cold")" "$(wc -l <"$work/cold")"
	done
	is "cold samples: each engine, layout and workload, twice" "$(samples "$work/run" time '[^"]*/cold/[^"]*' | wc -l)" $((12 * here_count))
	check "cold cells read from the device" within 1 1e18 < \
		<(samples "$work/run" count '[^"]*/slotted/[^"]*/cold/[^"]*' | numbers device_read_bytes)
	# The count covers the whole process and may include a block of file system metadata. Reads
	# by the walk itself repeat in a second run.
	warm_reads "$work/run" >"$work/reads"
	if [ -s "$work/reads" ]; then
		"$iowalk" run "${cells[@]}" --out "$work/again" >/dev/null 2>&1
		check "warm cells with device reads are measured again" [ -s "$work/again/samples.jsonl" ]
		warm_reads "$work/again" | grep -Fxf "$work/reads" >"$work/both"
		mv "$work/both" "$work/reads"
	else
		check "warm cells are counted" [ -n "$(samples "$work/run" count '[^"]*/warm/[^"]*' | numbers device_read_bytes)" ]
	fi
	is "warm cells do not read from the device" "$(cat "$work/reads")" ""
	is "memory has no cold cells" "$(samples "$work/run" '[a-z]*' '[^"]*/memory/cold/[^"]*' | wc -l)" 0
	check "memory's cold cells are shown as skipped" sh -c \
		"sed -n '/^skipped/,/^\$/p' '$work/stdout' | grep -A 1 'cold means nothing' | grep -q 'memory/cold/'"
	check "memory's cold cells are recorded as skipped" grep -qE '"skipped": ?".*cold means nothing' "$work/run/run.json"
	run "$iowalk" run --workload bfs --graph random --nodes 2000 --layout slotted,csr --engine pread \
		--cache cold,warm --processes 1 --repetitions 2 --iterations 2 --no-plots --no-roofline --out "$work/announced"
	exits "pread, cold and warm" 0
	check "pread announces its batches while the file is cold" within 1 1e18 < \
		<(samples "$work/announced" count '[^"]*/cold/[^"]*' | numbers prefetch_extents)
	run "$iowalk" run --graph chain --nodes 500 --layout slotted --engine pread --cache cold --passes count --processes 1 \
		--no-plots --no-roofline --out "$work/alone"
	is "a node that is read alone is not announced: the kernel reads ahead" \
		"$(samples "$work/alone" count | grep -c prefetch_extents)" 0
	is "pread announces nothing while it is warm" \
		"$(samples "$work/announced" count '[^"]*/warm/[^"]*' | grep -c prefetch_extents)" 0
	run "$iowalk" run --workload bfs --graph random --nodes 2000 --layout slotted,csr --engine uring \
		--opt uring.direct=on --cache cold,warm --processes 1 --repetitions 2 --iterations 2 --no-plots --no-roofline \
		--out "$work/direct"
	if grep -q '"skipped": *"no ' "$work/direct/run.json"; then
		skip "uring direct=on, cold" "$(grep -o -m 1 '"skipped": *"[^"]*"' "$work/direct/run.json")"
	else
		exits "uring direct=on, cold and warm" 0
		check "uring direct=on: verified" all_verified "$work/direct"
		check "uring direct=on: cold cells read from the device" within 1 1e18 < \
			<(samples "$work/direct" count '[^"]*/cold/[^"]*' | numbers device_read_bytes)
	fi
else
	skip "cold and warm cells" "no file system other than tmpfs here"
fi

# ---- engines that bypass the page cache ----

# Their warm cells are skipped where the file is larger than what they keep.
if [ -n "$disk" ] && [[ ,$here, == *,direct,* ]]; then
	past=(--graph random --nodes 2000 --engine direct --cache warm --processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline)
	run "$iowalk" run "${past[@]}" --opt direct.cache_bytes=1M --out "$work/past"
	check "direct, with less cache than file: not warm" grep -q '"skipped": *"not warm: engine direct reads .* direct.cache_bytes' "$work/past/run.json"
	check "and no sample" sh -c "! grep -q verified '$work/past/samples.jsonl'"
	run "$iowalk" run "${past[@]}" --workload bfs,open --out "$work/kept"
	check "direct, with more cache than file: warm" within 0 0 < <(samples "$work/kept" time 'bfs/[^"]*' | numbers residency_device_bytes)
	check "open begins with an empty cache: not warm" grep -q '"skipped": *"not warm' "$work/kept/run.json"
	# Its walk goes up and reads in-edges; the pass of latencies, which goes down, does not.
	run "$iowalk" run --graph random --nodes 20000 --degree 8 --layout csr --opt csr.in_edges=on --opt bfs.direction=up,auto,down \
		--engine direct --cache cold --processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline --out "$work/up"
	exits "direct, cold: a walk over in-edges" 0
	check "direct, cold: all answers are verified" all_verified "$work/up"
	check "direct, cold: up, other parts of the file are read" test \
		"$(samples "$work/up" count '[^"]*direction:up[^"]*' | numbers device_read_bytes | head -n 1)" -ne \
		"$(samples "$work/up" count '[^"]*direction:down[^"]*' | numbers device_read_bytes | head -n 1)"
else
	skip "direct, warm" "no direct I/O here"
fi

# The file system that cachestat(2) is blind on.
overlay() { # FOLDER OUT: measures on an overlay whose layers are in FOLDER
	mkdir -p "$1/lower" "$1/upper" "$1/work" "$1/merged" &&
		unshare -m sh -c 'mount -t overlay overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/merged" || exit 99
			exec "$3" run --graph random --nodes 2000 --engine pread,mmap --cache warm,cold --processes 1 --repetitions 2 \
				--iterations 1 --no-plots --no-roofline --cache-dir "$1/merged" --out "$2"' sh "$1" "$2" "$iowalk"
}
if [ -z "$disk" ] || ! unshare -m true 2>/dev/null; then
	skip "overlay" "needs root, mount namespaces and a disk"
else
	run overlay "$disk/layers" "$work/overlay"
	if [ "$status" -eq 99 ]; then
		skip "overlay" "no overlay file system here"
	else
		exits "overlay: warm and cold cells" 0
		is "overlay: four cells" "$(samples "$work/overlay" time | grep -c '"verified":true')" 8
		check "overlay: warm is warm" within 99 100 < <(samples "$work/overlay" time '[^"]*/warm/[^"]*' | numbers residency_percent)
		# A block of attributes of the layers' files may have left memory: it is no part of the 1 MB walked.
		check "overlay: warm reads nothing of the file" within 0 16384 < <(samples "$work/overlay" time '[^"]*/warm/[^"]*' | numbers residency_device_bytes)
		check "overlay: cold is cold" within 0 1 < <(samples "$work/overlay" time '[^"]*/cold/[^"]*' | numbers residency_percent)
		check "overlay: cold reads the file" within 1e6 1e9 < <(samples "$work/overlay" time '[^"]*/cold/[^"]*' | numbers residency_device_bytes)
	fi
	rm -rf "$disk/layers"
fi

# ---- another process changes the page cache meanwhile ----

if [ -n "$disk" ]; then
	one=(--graph chain --nodes 20000 --engine pread --no-plots --no-roofline)
	run "$iowalk" run "${one[@]}" --processes 1 --repetitions 1 --iterations 1 --out "$work/made"
	exits "a file for the next tests" 0
	file=$(ls "$disk"/cache/chain-n20000-*-slotted-*.graph)
	# dd's nocache drops the whole file from the page cache. https://www.gnu.org/software/coreutils/dd
	(while :; do dd if="$file" iflag=nocache count=0 status=none; done) &
	dropper=$!
	run "$iowalk" run "${one[@]}" --processes 1 --repetitions 2 --min-time 0.3 --passes time --out "$work/evicted"
	kill "$dropper"
	wait "$dropper" 2>/dev/null
	exits "a file that is dropped all the time is not measured as warm" 1
	check "each sample is an error: not warm" sh -c \
		"grep -q '\"error\":\"not warm: ' '$work/evicted/samples.jsonl' && ! grep -q verified '$work/evicted/samples.jsonl'"
	(while sleep 2; do dd if="$file" iflag=nocache count=0 status=none; done) &
	dropper=$!
	run "$iowalk" run "${one[@]}" --processes 1 --repetitions 30 --min-time 0.1 --passes time --out "$work/refilled"
	kill "$dropper"
	wait "$dropper" 2>/dev/null
	exits "a file that is dropped now and then is filled again" 0
	samples "$work/refilled" time | numbers residency_percent >"$work/residency"
	check "all of its samples are warm" within 99 100 <"$work/residency"
	[ -s "$work/residency" ] || head -n 2 "$work/refilled/samples.jsonl"
	if command -v python3 >/dev/null; then
		# 100 pages are less than 1 % of the file, but all that a walk from near its end reads.
		python3 -c "import mmap, sys, time
file = open(sys.argv[1], 'rb')
pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
sum(pages[at] for at in range(4096 * 19900, 4096 * 20001, 4096))
print('ready', flush=True)
time.sleep(60)" "$file" >"$work/ready" &
		holder=$!
		for _ in $(seq 50); do grep -q ready "$work/ready" && break || sleep 0.1; done
		run "$iowalk" run "${one[@]}" --root 19990 --cache cold --processes 1 --repetitions 1 --passes time --out "$work/held"
		kill "$holder"
		wait "$holder" 2>/dev/null
		exits "what the walk reads is cached, but less than 1 % of the file: not cold" 1
		check "the message counts the pages" grep -qE 'not cold: [0-9]+ pages ' "$work/held/samples.jsonl"
	else
		skip "cold by the pages that are read" "no python3"
	fi
fi

if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" != tmpfs ] || [ ! -w /dev/shm ]; then
	skip "a file that cannot be cold" "no tmpfs at /dev/shm to write to"
	finish
fi
shm=$(mktemp -d /dev/shm/iowalk.XXXXXX)
trap 'rm -rf "$shm"; clean_up' EXIT
run "$iowalk" run --graph chain --nodes 500 --engine $engines --cache cold,warm --processes 1 --repetitions 1 \
	--iterations 1 --no-plots --no-roofline --cache-dir "$shm" --out "$work/shm"
exits "a file that cannot be cold: exit status" 1
is "a file that cannot be cold: no cold sample" \
	"$(samples "$work/shm" '[a-z]*' '[^"]*/cold/[^"]*' | grep -c '"metrics"')" 0
is "a file that cannot be cold: an error for each cell" \
	"$(samples "$work/shm" '[a-z]*' '[^"]*/cold/[^"]*' | grep -c '"error":"not cold: ')" 4
is "a file that cannot be cold: warm cells are measured" \
	"$(samples "$work/shm" time '[^"]*/warm/[^"]*' | grep -c '"verified":true')" 4

# Engines that bypass the page cache cannot work on tmpfs, and report it.
for opt in direct.page_bytes=4096 uring.direct=on; do
	engine=${opt%%.*}
	run "$iowalk" run --graph chain --nodes 50 --engine "$engine" --opt $opt --cache-dir "$shm" \
		--processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline --out "$work/tmpfs-$engine"
	check "$opt on tmpfs: not measured" sh -c "! grep -q verified '$work/tmpfs-$engine/samples.jsonl'"
	check "$opt on tmpfs: skipped, with the reason" grep -q '"skipped": *"no direct I/O: its file system (tmpfs)\|"skipped": *"no io_uring' \
		"$work/tmpfs-$engine/run.json"
done

finish
