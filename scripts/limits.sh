#!/bin/sh
# A graph far larger than memory, whole: limits.sh [BUILD] [NODES] [DEGREE] [LIMIT] [ENGINE] [OPTIONS]
#
# In a memory cgroup of LIMIT (page cache included): builds and syncs the file of a random graph,
# checks it in a new process (`iowalk verify`), works out the expected answer and walks it cold. The
# walk is verified. Prints a row: seconds of each step, edges per second, and the share of the
# device's bandwidth that the walk has, counting each byte of the file once.
# The defaults are 1.0 x 10^9 edges in 1 GiB: 9 GB for the file, 7 GB for sorting, a quarter of an hour.
# The files are in a folder of their own in iowalk's cache folder, and removed. To make a cgroup takes root.
set -eu
build=${1:-build} nodes=${2:-67000000} degree=${3:-15} limit=${4:-1G} engine=${5:-uring}
options=${6:-bfs.order=sorted,bfs.window=1024}
iowalk=$build/iowalk
cache=${IOWALK_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/iowalk}
mkdir -p "$cache"
work=$(mktemp -d "$cache/limits.XXXXXX")
group=

clean_up() {
	rm -rf "$work"
	[ -z "$group" ] || rmdir "$group" 2>/dev/null || :
}
trap clean_up EXIT
trap 'exit 1' INT TERM

make_group() { # the hierarchy that has the memory controller: version 2, else 1
	if grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
		group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/limits.$$ file=memory.max
	else
		group=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:[^:]*memory[^:]*://p' /proc/self/cgroup)/limits.$$
		file=memory.limit_in_bytes
	fi
	if ! mkdir "$group" 2>/dev/null; then
		group=
		echo "limits: no cgroup can be made here: run as root" >&2
		exit 77
	fi
	if ! echo "$limit" >"$group/$file"; then
		echo "limits: cannot set $file of '$group' to $limit" >&2
		exit 77
	fi
}

inside() { # COMMAND...: in the group
	sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" "$@"
}

now_ms() {
	date +%s%3N
}

step() { # NAME COMMAND...: sets ms to the time that it took
	name=$1
	shift
	echo "== $name" >&2
	began=$(now_ms)
	"$@" >"$work/log" || {
		status=$?
		cat "$work/log" >&2
		exit $status
	}
	ms=$(($(now_ms) - began))
}

run() { # WORKLOAD OPTION...
	workload=$1
	shift
	inside "$iowalk" run --workload "$workload" --graph random --nodes "$nodes" --degree "$degree" --layout csr \
		--engine "$engine" --cache cold --passes time --processes 1 --repetitions 1 --iterations 1 --no-plots \
		--no-roofline --timeout 7200 --cache-limit 1000G --cache-dir "$work" --out "$work/$workload" "$@"
}

read_device() { # the file past the page cache, up to 2 GiB of it
	dd if="$file" of=/dev/null bs=4M count=512 iflag=direct 2>/dev/null
}

write_bytes() {
	inside dd if=/dev/zero of="$work/zeros" bs=1M count=$((bytes / 1048576)) conv=fsync 2>/dev/null
	rm "$work/zeros"
}

make_group
step "build: $nodes nodes x $degree, synced, within $limit" run open
build_ms=$ms
file=$(ls "$work"/*.graph)
bytes=$(stat -c %s "$file")
step "write $bytes bytes, for comparison" write_bytes
write_ms=$ms
step "verify in a new process" inside "$iowalk" verify "$file"
verify_ms=$ms
step "expected answer and cold walk" run bfs --opt "$options"
walk_ms=$ms
step "read the device, for comparison" read_device
read_bytes=$((bytes < 2147483648 ? bytes : 2147483648))
grep -q '"verified":true' "$work/bfs/samples.jsonl" || {
	echo "limits: the walk was not verified" >&2
	exit 1
}
sed -n 's/.*"real_time_ns":\([0-9]*\).*"edges_count":\([0-9]*\).*/\1 \2/p' "$work/bfs/samples.jsonl" |
	awk -v nodes="$nodes" -v degree="$degree" -v limit="$limit" -v engine="$engine" -v bytes="$bytes" -v build="$build_ms" \
		-v written="$write_ms" -v verify="$verify_ms" -v all="$walk_ms" -v device="$ms" -v read="$read_bytes" '
	{
		walk = $1 / 1e9
		printf "random %d x %d in %s, csr on %s, %.2f GB\n", nodes, degree, limit, engine, bytes / 1e9
		printf "build %.1f s (%.2f x writing it twice), verify %.1f s, expect and count pages %.1f s\n", build / 1e3,
			build / (2 * (written > 0 ? written : 1)), verify / 1e3, all / 1e3 - walk
		printf "walk %.2f s, %.2f M edges/s, %.0f %% of the bandwidth of the device\n", walk, $2 / walk / 1e6,
			100 * (bytes / walk) / (read / ((device > 0 ? device : 1) / 1e3))
	}'
