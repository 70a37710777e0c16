#!/bin/bash
# Memory limits of cells: limits that are refused before the run, recorded values, and removal of
# the cgroup however the run ends.
. tests/blackbox/lib.sh

limited() { # OUT LIMIT OPTION...
	local out=$1 limit=$2
	shift 2
	"$iowalk" run --graph random --degree 8 --layout csr --no-plots --no-roofline --out "$work/$out" \
		--memory-limit "$limit" "$@"
}

groups() { # lists the cgroups that runs have left: their process, which gave the name, has ended
	local group
	find /sys/fs/cgroup -maxdepth 8 -type d -name 'iowalk.*' 2>/dev/null | while read -r group; do
		[ -d "/proc/${group##*.}" ] || printf '%s\n' "$group"
	done | sort
}

new_groups() { # those that were not there before
	comm -13 <(printf '%s\n' "$before") <(groups)
}

# ---- refused ----

for wrong in 0 4x -1 ''; do
	expect "--memory-limit '$wrong' is refused" 2 'memory_limit' limited wrong "$wrong" --nodes 100
done
expect "a limit below what the walk needs is refused before the run" 2 \
	'needs [0-9.]+ MiB of memory; the limit is 25' limited less 25M --nodes 1000000 --engine pread
check "a refused limit makes no run folder" test ! -e "$work/less"
expect "a limit below the memory of an engine is refused" 2 'needs .* of memory' \
	limited holds 40M --nodes 400000 --engine memory --cache warm
expect "a limit below the cache of an engine is refused" 2 'needs .* of memory' \
	limited cache 64M --nodes 1000 --engine direct --opt direct.cache_bytes=64M

# ---- the limit that this program was started under ----

memory_point=$(awk '$9 == "cgroup2" { print "2", $5 } / - cgroup .*memory/ { print "1", $5 }' /proc/self/mountinfo |
	sort | head -n 1)
read -r version point <<<"$memory_point"
case ${version-} in
1) own=$point$(sed -n 's/^[0-9]*:[^:]*memory[^:]*://p' /proc/self/cgroup) limit_file=memory.limit_in_bytes ;;
2) own=$point$(sed -n 's/^0:://p' /proc/self/cgroup) limit_file=memory.max ;;
esac
outer=${own-}/iowalk-test-$$
if [ -n "${own-}" ] && mkdir "$outer" 2>/dev/null && echo 64M >"$outer/$limit_file" 2>/dev/null; then
	inside() { # COMMAND...: in a cgroup of 64 MiB
		sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$outer" "$@"
	}
	expect "doctor sees the limit of its cgroup" 0 'limit of the cgroup is 64 MiB' \
		inside "$iowalk" doctor --cache-dir "$work/cache"
	expect "more memory than the cgroup allows is refused with its limit" 2 \
		'nodes:40000000: it would take up to [0-9]+ bytes of memory; the limit of its cgroup is 67108864' \
		inside "$iowalk" run --graph chain --nodes 40000000 --layout csr --no-plots --no-roofline --out "$work/outer"
	check "nothing was measured" test ! -e "$work/outer"
	rmdir "$outer"
else
	[ ! -d "$outer" ] || rmdir "$outer"
	skip "the limit of an outer cgroup" "no cgroup can be made here"
fi
expect "doctor counts the processors that it may use" 0 'CPUs +1 (usable of|online)' taskset -c 0 "$iowalk" doctor \
	--cache-dir "$work/cache"

# ---- measured within the limit ----

find_disk || skip_rest="no file system other than tmpfs here"
IOWALK_CACHE_DIR=${disk:-$work}/cache
before=$(groups)
run limited small 64M --nodes 200000 --engine pread,mmap --cache cold --processes 1 --repetitions 2
if [ "$status" -ne 0 ] && grep -q 'no cgroup can be made here' "$work/stderr"; then
	check "the message names a remedy" grep -q 'run as root, or .*systemd-run' "$work/stderr"
	skip "the rest" "$(tail -n 1 "$work/stderr" | cut -c 1-160)"
	finish
fi
if [ -n "${skip_rest-}" ]; then
	skip "the rest" "$skip_rest"
	finish
fi
exits "cold cells within 64 MiB" 0
check "all verified" all_verified "$work/small"
is "the limit is in each sample" "$(numbers memory_limit_bytes <"$work/small/samples.jsonl" | sort -u)" 67108864
check "the peak is in each sample, within the limit and at least 1 MB" awk -v limit=67108864 '
	{ if ($1 > limit || $1 < 1000000) bad = 1; lines++ } END { exit bad || !lines }' \
	<(numbers memory_peak_bytes <"$work/small/samples.jsonl")
check "the limit is in the cell's name" grep -q '/memory_limit:64M"' "$work/small/run.json"
# The file (16 MB) and the other memory (24 MB) exceed the limit.
run limited warm 36M --nodes 400000 --engine pread --cache warm --processes 1 --repetitions 1
check "a warm cell above the limit is skipped with its reason" \
	grep -q '"skipped":.*cannot be warm' "$work/warm/run.json"
run limited fits 64M --nodes 100000 --engine pread --cache warm --processes 1 --repetitions 1
exits "a warm cell below the limit is measured" 0
check "its pages are charged to the group" awk '{ exit !($1 > 7000000) }' \
	<(numbers memory_peak_bytes <"$work/fits/samples.jsonl")
is "no group is left" "$(new_groups)" ""

# ---- killed ----

left() {
	rm -rf "$work/killed"
	limited killed 64M --nodes 200000 --engine mmap --cache cold --processes 1 --repetitions 100000 >"$work/log" 2>&1 &
	local pid=$!
	for _ in $(seq 100); do
		[ -s "$work/killed/samples.jsonl" ] && break
		sleep 0.1
	done
	# The function runs in a subshell, and the program may be a child of it.
	local child
	child=$(cat /proc/[0-9]*/stat 2>/dev/null | sed -n "s/^\([0-9]*\) (iowalk) [A-Z] $pid .*/\1/p" | head -n 1)
	kill "-$1" "${child:-$pid}"
	wait "$pid" 2>/dev/null
}
left INT
is "no group is left after SIGINT" "$(new_groups)" ""
left KILL
if [ -z "$(new_groups)" ]; then
	not_ok "kill -9 leaves the group behind" "no group was left, so the next point shows nothing"
else
	ok "kill -9 leaves the group behind"
fi
run limited after 64M --nodes 1000 --engine mmap --processes 1 --repetitions 1
is "the next run removes the group of a killed one" "$(new_groups)" ""

finish
