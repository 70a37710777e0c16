#!/bin/bash
# Stores as plug-ins: the skeleton of docs/plugins is listed and measured like any layout, also by several threads on one
# store; what a store leaves out is skipped; a fault is an error of its cell with the name of the plug-in.
. tests/blackbox/lib.sh
unset IOWALK_PLUGINS
cxx=${CXX:-c++}
command -v "${cxx%% *}" >/dev/null || skip_all "no C++ compiler"

build_store() { # NAME: $work/NAME.so of $work/NAME.cc
	$cxx -std=c++11 -shared -fPIC -I include "${@:2}" "$work/$1.cc" -o "$work/$1.so"
}
cp docs/plugins/store.cc "$work/my_store.cc"
check "the skeleton compiles without a warning" build_store my_store -O1 -Wall -Wextra -Werror
plugin=$work/my_store.so
expect "list shows its store" 0 '^my_store +a mapped file' "$iowalk" list layouts --plugin "$plugin"
expect "and the plug-in" 0 '^my_stores +version 1.0, ABI 1.0: store my_store' "$iowalk" list plugins --plugin "$plugin"

cells=(--graph random --nodes 200 --processes 1 --repetitions 2 --iterations 2 --no-roofline --no-plots)
run "$iowalk" run --plugin "$plugin" --layout my_store --workload bfs,lookup,create,create+bfs --cache warm,cold \
	--opt create.insert=bulk,single --opt create.sync=none,end,each "${cells[@]}" --out "$work/run"
exits "it is measured" 0
check "its answers are verified" all_verified "$work/run"
for name in bfs/random/my_store/own/warm bfs/random/my_store/own/cold lookup/random/my_store/own/warm; do
	check "$name" measured "$work/run" "$name/[^\"]*"
done
is "create: bulk and single, three durabilities" "$(samples "$work/run" time 'create/[^"]*' | grep -o '"cell":"[^"]*"' | sort -u | grep -c .)" 6
run "$iowalk" run --plugin "$plugin" --layout my_store --workload bfs --threads 3 "${cells[@]}" --out "$work/threads"
exits "three threads on one store" 0
check "their answer is verified" measured "$work/threads" 'bfs/[^"]*threads:3[^"]*'

# ---- what a store leaves out ----

variant() { # NAME SED...
	local name=$1
	shift
	sed "$@" docs/plugins/store.cc >"$work/$name.cc"
	cmp -s docs/plugins/store.cc "$work/$name.cc" && echo "the edit changed nothing" && return 1
	build_store "$name" -O0 -Wno-unused-function
}
check "a store without bulk, batch, sync, check, attach and drop_cache" \
	variant less -E '/table\.(bulk|neighbors_batch|sync|check|attach|drop_cache) = /d'
run "$iowalk" run --plugin "$work/less.so" --layout my_store --workload bfs,create --cache warm,cold --opt create.sync=none,end \
	"${cells[@]}" --out "$work/less" --cache-dir "$work/less.cache"
check "it is built by single inserts and walked" measured "$work/less" 'bfs/random/my_store/own/warm/[^"]*'
check "it is created" measured "$work/less" 'create/[^"]*sync:none[^"]*'
is "what it cannot make durable is not measured" "$(samples "$work/less" '[a-z]*' 'create/[^"]*sync:end[^"]*' | grep -c metrics)" 0
is "nor what it cannot make cold" "$(samples "$work/less" '[a-z]*' 'bfs/[^"]*cold[^"]*' | grep -c metrics)" 0
expect "threads need attach" 0 'opened once in a process' "$iowalk" run --plugin "$work/less.so" --layout my_store --threads 2 "${cells[@]}" \
	--dry-run

check "a store that only loads in bulk" variant bulk -E '/table\.insert_(node|edge) = /d'
run "$iowalk" run --plugin "$work/bulk.so" --layout my_store --workload create --opt create.insert=bulk,single "${cells[@]}" \
	--out "$work/bulk" --cache-dir "$work/bulk.cache"
check "it is loaded" measured "$work/bulk" 'create/[^"]*own/warm/nodes:200/create.sync:none'
is "single inserts are not measured" "$(samples "$work/bulk" '[a-z]*' 'create/[^"]*single[^"]*' | grep -c metrics)" 0

# ---- conform ----

for name in my_store bulk; do
	expect "conform: $name, all of its histories" 0 '^pass +model +own: my_store +[1-9]' \
		"$iowalk" conform --plugin "$work/$name.so" --layout my_store --only model --budget 1
	expect "conform: $name, damaged files" 0 '^pass +damage +own: my_store +.* damages' \
		"$iowalk" conform --plugin "$work/$name.so" --layout my_store --only damage --budget 1
done
expect "conform: neither check nor open finds an unknown node" 1 'check finds nothing, but there are unknown nodes' \
	"$iowalk" conform --plugin "$work/less.so" --layout my_store --only damage --history bulk:3+48,node,damage:348184998+253
run "$iowalk" conform --plugin "$work/my_store.so" --layout my_store --only faults --budget 2
if grep -q '^skip.*intercepted' "$work/stdout"; then
	skip "conform: calls that fail" "$(grep -m 1 -o 'the kernel does not.*' "$work/stdout")"
else
	check "conform: calls that fail" grep -qE '^pass +faults +own: my_store +.* faults' "$work/stdout"
fi
check "a store that loses its last edge" variant loses 's/begin += list.size()/begin += list.size() > 2 ? 2 : list.size()/'
expect "conform: a store that loses edges" 1 'reproduce: iowalk conform --plugin .*/loses.so --only model --layout my_store --history ' \
	"$iowalk" conform --plugin "$work/loses.so" --layout my_store --only model --budget 1

# ---- verify ----

file=$(find "$work/bulk.cache" "$work/less.cache" -name '*my_store*' -type f | head -n 1)
expect "verify: the store checks its file" 0 ': sound: layout my_store, 200 nodes' \
	"$iowalk" verify --plugin "$work/my_store.so" --layout my_store "$file"
head -c 100 "$file" >"$work/damaged"
expect "verify: what it says of a damaged one" 2 'damaged: ' "$iowalk" verify --plugin "$work/my_store.so" --layout my_store "$work/damaged"
check "verify: a store that crashes when it checks" variant unsound '/^int my_check/,/^{/ s/^{/{\n\t__builtin_trap();/'
expect "verify: it is an error" 1 'crashed: ' "$iowalk" verify --plugin "$work/unsound.so" --layout my_store "$file"
expect "verify: a store that there is not" 2 "unknown layout 'my_store'" "$iowalk" verify --layout my_store "$file"

# ---- faults ----

refused() { # NAME REGEX SED...
	local name=$1 regex=$2
	shift 2
	variant bad "$@" >"$work/cc" 2>&1 || { not_ok "$name" "$(cat "$work/cc")"; return; }
	expect "$name" 2 "plug-in '.*bad.so': $regex" "$iowalk" list plugins --plugin "$work/bad.so"
}
refused "no way to write" "store 'my_store' has neither 'bulk' nor" -E '/table\.(bulk|insert_node|insert_edge) = /d'
refused "no neighbors()" "store 'my_store' lacks the required hook 'neighbors'" '/table\.neighbors = /d'
refused "a table that is too short" 'struct iowalk_store has 5 bytes in the plug-in; wanted: at least' 's/table.struct_size = .*/table.struct_size = 5;/'
refused "the name of a built-in store" "its store 'sqlite' has a name that is taken: by a built-in store" 's/"my_store"/"sqlite"/'

# A crash while the file is built, and one in a walk; the other cells of the run are measured.
check "a store that crashes in a walk" variant crash \
	's/^int my_neighbors(.*/&/; /^int64_t my_neighbors_batch/,/^{/ s/^{/{\n\tif (!self(handle)->writing) __builtin_trap();/'
run "$iowalk" run --plugin "$work/crash.so" --layout my_store,csr --engine pread --workload bfs "${cells[@]}" --out "$work/crash" \
	--cache-dir "$work/crash.cache"
exits "a crash in a walk" 1
check "is an error with the name of the plug-in" grep -qE "\"error\":\"plug-in 'my_stores': .*crashed" "$work/crash/samples.jsonl"
check "and the other cell is measured" measured "$work/crash" 'bfs/random/csr/pread/[^"]*'
check "a store that crashes while it is built" variant crash '/^int my_bulk/,/^}/ s/^\tsize_t count;/&\n\t__builtin_trap();/'
run "$iowalk" run --plugin "$work/crash.so" --layout my_store,csr --engine pread --workload bfs "${cells[@]}" --out "$work/built" \
	--cache-dir "$work/built.cache"
exits "a crash while it is built" 1
check "is one, too" grep -qE "\"error\":\"plug-in 'my_stores': preparing .*: killed by signal" "$work/built/samples.jsonl"
check "and the other cell is measured, too" measured "$work/built" 'bfs/random/csr/pread/[^"]*'
check "a store that hangs while it is built" variant hang '/^int my_bulk/,/^}/ s/^\tsize_t count;/&\n\tfor (volatile int i = 1; i;)\n\t\t;/'
run "$iowalk" run --plugin "$work/hang.so" --layout my_store,csr --engine pread --workload bfs "${cells[@]}" --out "$work/hung" \
	--cache-dir "$work/hung.cache" --timeout 1
exits "a hang while it is built" 1
check "is one as well" grep -qE "\"error\":\"plug-in 'my_stores': preparing .*: no sign of life for 1 s" "$work/hung/samples.jsonl"
check "and the other cell is measured as well" measured "$work/hung" 'bfs/random/csr/pread/[^"]*'
check "a store that invents neighbours" variant wrong 's/\*out = {store->ids + store->begins\[node\], /*out = {store->begins + 1, /'
run "$iowalk" run --plugin "$work/wrong.so" --layout my_store --workload bfs "${cells[@]}" --out "$work/wrong" --cache-dir "$work/wrong.cache"
exits "wrong neighbours" 1
check "are never timed" test "$(grep -c '"metrics"' "$work/wrong/samples.jsonl")" -eq 0
finish
