#!/bin/sh
# Walks a file larger than memory: larger-than-memory.sh [BUILD] [NODES] [LIMIT] [LAYOUTS] [ENGINES] [GRAPH]
#
# For each layout, one process builds the file, syncs and closes it. A second one checks it (`iowalk
# verify`). A third one, in a memory cgroup of LIMIT (page cache included), opens it and walks it cold;
# the result of the walk is verified. A walk takes 12 B per node, so LIMIT must be larger than that.
# The script fails if the file is not larger than LIMIT, or if it has no permission to create a cgroup.
# A random graph is walked at the device's speed at depth 1: half an hour and more for 10 M nodes.
# Graph files are in iowalk's cache folder ($IOWALK_CACHE_DIR): 2.6 GB for fixed64.
set -eu
build=${1:-build} nodes=${2:-10000000} limit=${3:-192M} layouts=${4:-records,fixed64} engines=${5:-mmap,pread} graph=${6:-chain}
iowalk=$build/iowalk
case $limit in
*M) limit_bytes=$((${limit%M} * 1048576)) ;;
*G) limit_bytes=$((${limit%G} * 1073741824)) ;;
*) limit_bytes=$limit ;;
esac
cache=${IOWALK_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/iowalk}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for layout in $(echo "$layouts" | tr , ' '); do
	echo "== $layout, $nodes nodes: built, synced, closed"
	"$iowalk" run --graph "$graph" --nodes "$nodes" --layout "$layout" --engine mmap --repetitions 1 \
		--iterations 1 --passes time --no-plots --out "$work/build-$layout" >/dev/null
	file=$(ls -t "$cache/$graph"-n"$nodes"-*-"$layout"-*.graph | head -n 1)
	bytes=$(stat -c %s "$file")
	if [ "$bytes" -le "$limit_bytes" ]; then
		echo "larger-than-memory: '$file' has $bytes bytes and is not larger than $limit" >&2
		exit 2
	fi
	echo "== $layout: $bytes bytes, opened by another process and checked"
	"$iowalk" verify "$file"
	echo "== $layout: walked cold with $limit of memory"
	"$iowalk" run --graph "$graph" --nodes "$nodes" --layout "$layout" --engine "$engines" --cache cold \
		--memory-limit "$limit" --repetitions 1 --passes time,count --no-plots --no-roofline \
		--out "$work/walk-$layout"
	if grep -q '"skipped"' "$work/walk-$layout/run.json"; then
		echo "larger-than-memory: a cell was skipped: see above" >&2
		exit 1
	fi
	grep -c '"verified":true' "$work/walk-$layout/samples.jsonl" | sed 's/$/ samples, all verified/'
done
