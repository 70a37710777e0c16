#!/bin/sh
# A graph far larger than memory, whole: limits.sh [BUILD] [NODES] [DEGREE] [LIMIT] [ENGINE,..] [OPTIONS]
#
# In a memory cgroup of LIMIT (page cache included): builds and syncs the file of a random graph,
# checks it in a new process (`iowalk verify`), works out the expected answer and walks it cold by each
# engine. Walks are verified. Prints the seconds of each step, and for each walk edges per second, the
# share of the device's bandwidth that it has, counting each byte of the file once, and how many times
# it takes what reading the file once and walking it without the limit, warm, take together (where
# memory holds the file twice).
# The defaults are 1.0 x 10^9 edges in 1 GiB: 9 GB for the file, 7 GB for sorting, a quarter of an hour.
# The files are in a folder of their own in iowalk's cache folder, and removed. To make a cgroup takes root.
set -eu
build=${1:-build} nodes=${2:-67000000} degree=${3:-15} limit=${4:-1G} engines=${5:-uring}
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

run() { # WORKLOAD ENGINE,.. OPTION...
	workload=$1 engine=$2
	shift 2
	"$iowalk" run --workload "$workload" --graph random --nodes "$nodes" --degree "$degree" --layout csr \
		--engine "$engine" --passes time --processes 1 --repetitions 1 --iterations 1 --no-plots \
		--no-roofline --timeout 7200 --cache-limit 1000G --cache-dir "$work" --out "$work/$workload-$engine" "$@"
}

cold() { # WORKLOAD ENGINE,.. OPTION...: in the group, whose processes inherit it
	(
		sh -c 'echo "$PPID" >"$1/cgroup.procs"' sh "$group"
		run "$@" --cache cold
	)
}

walk_of() { # RUN ENGINE: seconds and edges of its walk, which was verified
	grep "/$2/" "$work/$1/samples.jsonl" | grep '"verified":true' |
		sed -n 's/.*"real_time_ns":\([0-9]*\).*"edges_count":\([0-9]*\).*/\1 \2/p' | awk '{ print $1 / 1e9, $2 }' >"$work/walk"
	[ -s "$work/walk" ] || {
		echo "limits: the walk by $2 was not verified" >&2
		exit 1
	}
	cat "$work/walk"
}

read_device() { # the file past the page cache, up to 2 GiB of it
	dd if="$file" of=/dev/null bs=4M count=512 iflag=direct 2>/dev/null
}

write_bytes() {
	inside dd if=/dev/zero of="$work/zeros" bs=1M count=$((bytes / 1048576)) conv=fsync 2>/dev/null
	rm "$work/zeros"
}

make_group
step "build: $nodes nodes x $degree, synced, within $limit" cold open "${engines%%,*}"
build_ms=$ms
file=$(ls "$work"/*.graph)
bytes=$(stat -c %s "$file")
step "write $bytes bytes, for comparison" write_bytes
write_ms=$ms
step "verify in a new process" inside "$iowalk" verify "$file"
awk -v nodes="$nodes" -v degree="$degree" -v limit="$limit" -v bytes="$bytes" -v build="$build_ms" -v written="$write_ms" \
	-v verify="$ms" 'BEGIN {
		printf "random %d x %d in %s, csr, %.2f GB\n", nodes, degree, limit, bytes / 1e9
		printf "build %.1f s (%.2f x writing it twice), verify %.1f s\n", build / 1e3,
			build / (2 * (written > 0 ? written : 1)), verify / 1e3
	}'
step "read the device, for comparison" read_device
device_ms=$ms
read_bytes=$((bytes < 2147483648 ? bytes : 2147483648))
free_kb=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)
warm=0
if [ "$free_kb" -gt $((bytes / 512)) ]; then
	step "warm walk without the limit, for comparison" run bfs mmap --cache warm
	warm=$(walk_of bfs-mmap mmap)
	warm=${warm% *}
	rm -rf "$work/bfs-mmap"
fi
step "expected answer and cold walks" cold bfs "$engines" --opt "$options"
for engine in $(echo "$engines" | tr , ' '); do
	walk_of "bfs-$engines" "$engine" >"$work/row"
	awk -v engine="$engine" -v bytes="$bytes" -v device="$device_ms" -v read="$read_bytes" \
		-v warm="$warm" '{
			once = bytes / (read / ((device > 0 ? device : 1) / 1e3))
			printf "walk by %s %.2f s, %.2f M edges/s, %.0f %% of the bandwidth of the device", engine, $1, $2 / $1 / 1e6,
				100 * once / $1
			if (warm > 0)
				printf ", %.2f x (%.2f s to read it once + %.2f s to walk it warm)", $1 / (once + warm), once, warm
			printf "\n"
		}' "$work/row"
done
awk -v all="$ms" 'BEGIN { printf "expected answer and cold walks %.1f s\n", all / 1e3 }'
