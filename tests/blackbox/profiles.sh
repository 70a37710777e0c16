#!/bin/bash
# Profiles of known systems: listed, run together with one answer, refused if unknown; and
# references on damaged and locked files.
. tests/blackbox/lib.sh

once=(--processes 1 --repetitions 2 --iterations 1 --no-plots)
names=$("$iowalk" list profiles | awk '!/unavailable/ { print $1 }' | paste -sd ,)

for name in sqlitegraph-v1 sqlitegraph-v2 motedb shardex omendb-mmap sqlite sqlite-tuned lmdb lmdb-tuned; do
	check "listed: $name" sh -c "'$iowalk' list profiles | grep -q '^$name '"
done
run "$iowalk" run --profile "$names" --graph chain,star,random --nodes 300 "${once[@]}" --out "$work/walks"
exits "bfs: exit status" 0
check "bfs: all verified" all_verified "$work/walks"
is "bfs: one answer per graph" "$(samples "$work/walks" count | texts levels_hash | sort -u | wc -l)" 3
for name in ${names//,/ }; do
	check "bfs: $name was measured" measured "$work/walks" "bfs/chain/[^\"]*/profile:$name"
done
for sync in none end each; do
	run "$iowalk" run --profile sqlitegraph-v1,sqlite,sqlite-tuned,lmdb,lmdb-tuned --workload create,create+bfs \
		--graph random --nodes 20 --opt create.sync=$sync,create+bfs.sync=$sync,create.insert=single,create+bfs.insert=single \
		"${once[@]}" --out "$work/$sync"
	exits "create, sync:$sync: exit status" 0
	check "create, sync:$sync: verified" all_verified "$work/$sync"
	check "create, sync:$sync: in the name" measured "$work/$sync" \
		"create/random/lmdb/own/warm/nodes:20/create.insert:single/create.sync:$sync/profile:lmdb-tuned"
done
run "$iowalk" run --profile sqlite --graph chain --nodes 50 --opt sqlite.cache_kib=64 "${once[@]}" --out "$work/opt"
check "an option beside a profile is in the name" measured "$work/opt" \
	'bfs/chain/sqlite/own/warm/nodes:50/sqlite.cache_kib:64/profile:sqlite'
run "$iowalk" run --graph random --nodes 100 --workload bfs,create+bfs --opt bfs.depth=2,create+bfs.depth=2 \
	--layout slotted,csr,sqlite,lmdb --engine pread,mmap "${once[@]}" --out "$work/depth"
exits "depth: exit status" 0
is "depth: three levels" "$(samples "$work/depth" count | numbers levels_count | sort -u)" 3
run "$iowalk" run --layout sqlite,lmdb --graph random --nodes 3000 --cache cold "${once[@]}" --no-roofline --out "$work/cold"
exits "cold: exit status" 0
check "cold: verified" all_verified "$work/cold"
expect "an unknown profile" 2 "unknown profile 'frob'; valid: sqlitegraph-v1, .*lmdb-tuned" \
	"$iowalk" run --profile frob
expect "a profile and a layout" 2 'a profile says layout and engine itself' \
	"$iowalk" run --profile sqlite --layout csr

# ---- damaged and locked ----

damaged() { # LAYOUT: overwrites blocks of its file after the header with random bytes
	local file
	file=$(echo "$IOWALK_CACHE_DIR"/chain-n2000-*-"$1"-*.graph)
	for at in $(seq 8 2 60); do
		head -c 4096 /dev/urandom | dd of="$file" bs=4096 seek=$at conv=notrunc 2>/dev/null
	done
}
for layout in sqlite lmdb; do
	run "$iowalk" run --graph chain --nodes 2000 --layout $layout "${once[@]}" --out "$work/whole-$layout"
	exits "$layout: before" 0
	damaged $layout
	run "$iowalk" run --graph chain --nodes 2000 --layout $layout,csr --engine pread "${once[@]}" --out "$work/damaged-$layout"
	exits "$layout, damaged: exit status" 1
	check "$layout, damaged: reason" grep -q "bfs/chain/$layout/own/warm/nodes:2000: .*$layout: " "$work/stderr"
	check "$layout, damaged: the run continues" measured "$work/damaged-$layout" 'bfs/chain/csr/pread/warm/nodes:2000'
done
if command -v sqlite3 >/dev/null; then
	run "$iowalk" run --graph star --nodes 200 --layout sqlite "${once[@]}" --out "$work/unlocked"
	file=$(echo "$IOWALK_CACHE_DIR"/star-n200-*-sqlite-*.graph)
	mkfifo "$work/hold"
	sqlite3 "$file" <"$work/hold" >"$work/held" 2>&1 &
	exec 9>"$work/hold"
	echo 'BEGIN EXCLUSIVE; SELECT 7;' >&9
	for _ in $(seq 100); do grep -q 7 "$work/held" && break; sleep 0.1; done
	run "$iowalk" run --graph star --nodes 200 --layout sqlite,csr --engine pread "${once[@]}" --out "$work/locked"
	exec 9>&-
	wait
	exits "sqlite, locked: exit status" 1
	check "sqlite, locked: reason" grep -q "bfs/star/sqlite/own/warm/nodes:200: .*database is locked" "$work/stderr"
	check "sqlite, locked: the run continues" measured "$work/locked" 'bfs/star/csr/pread/warm/nodes:200'
else
	skip "sqlite, locked" "sqlite3 is not installed"
fi
finish
