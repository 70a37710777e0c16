#!/bin/bash
# ABI 1.0 is frozen: plug-ins that were written and compiled against the committed copy of its headers load and run, and the
# present headers have the same shape. A later minor version adds; what is listed here stays.
. tests/blackbox/lib.sh
unset IOWALK_PLUGINS
cc=${CC:-cc}
command -v "${cc%% *}" >/dev/null || skip_all "no C compiler"
frozen=tests/abi/1.0

# Nobody changes both copies together.
is "the frozen headers are as they were" "$(cat "$frozen"/iowalk/engine.h "$frozen"/iowalk/store.h | sha256sum | cut -c 1-16)" \
	c75c53f35b083cb8

# ---- the shape ----

shape() { # FOLDER: what the headers in it describe
	$cc -I "$1" tests/abi/shape.c -o "$work/shape" && "$work/shape"
}
shape "$frozen" >"$work/frozen.txt"
check "the frozen headers have a shape" test -s "$work/frozen.txt"
if [ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ]; then
	check "it is the committed one" diff "$frozen/shape.txt" "$work/frozen.txt"
else
	skip "the committed shape" "it is that of machines with 64 bits, not of $(uname -m)"
fi
same_shape() { # FOLDER
	shape "$1" >"$work/now.txt" 2>&1
	diff "$work/frozen.txt" "$work/now.txt"
}
check "the present headers have the same" same_shape include

# ---- the test finds a change of shape ----

finds_change() { # NAME FILE SED
	rm -rf "$work/changed"
	mkdir -p "$work/changed/iowalk"
	cp include/iowalk/*.h "$work/changed/iowalk/"
	sed -i "$3" "$work/changed/iowalk/$2"
	if cmp -s "include/iowalk/$2" "$work/changed/iowalk/$2"; then
		not_ok "$1" "the edit changed nothing"
	elif same_shape "$work/changed" >"$work/diff"; then
		not_ok "$1" "its shape is the same"
	else
		ok "$1"
	fi
}
finds_change "a hook in the middle is found" engine.h 's/^\tint (\*reap)/\tint (*fresh)(void *handle);\n&/'
finds_change "two hooks that change places are found" store.h \
	's/^\tint (\*sync)(void \*handle);/\tint (*swapped)(void *handle);/; s/^\tint (\*drop_cache)(void \*handle);/\tint (*sync)(void *handle);/; s/(\*swapped)/(*drop_cache)/'
finds_change "a member that is wider is found" engine.h 's/^\tuint32_t block_bytes;/\tuint64_t block_bytes;/'
finds_change "a struct that grows is found" store.h 's/^\tuint64_t from, to;/\tuint64_t from, to, weight;/'
finds_change "another number is found" engine.h 's/^\(#define IOWALK_ENGINE_DIRECT *\)2u/\116u/'
cp include/iowalk/*.h "$work/changed/iowalk/"
sed -i 's/^\tvoid (\*stats)(void \*handle, iowalk_count \*count, void \*context);/&\n\tint (*later)(void *handle);/' "$work/changed/iowalk/engine.h"
check "a hook at the end is no change of 1.0" same_shape "$work/changed"

# ---- the plug-ins of that time ----

check "the engine of 1.0 compiles" "$cc" -O2 -shared -fPIC -I "$frozen" "$frozen/engine.c" -o "$work/engine.so"
expect "it loads" 0 'ABI 1.0: engine my_engine' "$iowalk" list plugins --plugin "$work/engine.so"
cells=(--graph random --nodes 200 --processes 1 --repetitions 2 --iterations 2 --no-roofline --no-plots)
run "$iowalk" run --plugin "$work/engine.so" --engine my_engine --layout csr,records --workload bfs,create --cache warm,cold \
	"${cells[@]}" --out "$work/run"
exits "it runs" 0
check "its answers are verified" all_verified "$work/run"
if command -v c++ >/dev/null; then
	check "the store of 1.0 compiles" c++ -O2 -std=c++11 -shared -fPIC -I "$frozen" "$frozen/store.cc" -o "$work/store.so"
	run "$iowalk" run --plugin "$work/store.so" --layout my_store --workload bfs,create --cache warm,cold "${cells[@]}" --out "$work/store"
	exits "it runs, too" 0
	check "and its answers are verified" all_verified "$work/store"
else
	skip "the store of 1.0" "no C++ compiler"
fi

# What a later header adds at the end of a table is not read by this program, and its absence in an older one is NULL.
for name in engine:iowalk_engine:stats plugin:iowalk_plugin:stores; do
	IFS=: read -r what struct last <<<"$name"
	rm -rf "$work/later"
	mkdir -p "$work/later/iowalk"
	cp include/iowalk/*.h "$work/later/iowalk/"
	awk -v struct="struct $struct {" '$0 == struct { inside = 1 } inside && /^};/ { print "\tuint64_t later[9];"; inside = 0 } { print }' \
		"$work/later/iowalk/engine.h" >"$work/later.h"
	mv "$work/later.h" "$work/later/iowalk/engine.h"
	sed -i 's/^#define IOWALK_ABI_MINOR .*/#define IOWALK_ABI_MINOR 9/' "$work/later/iowalk/engine.h"
	check "a plug-in of a later minor version compiles: $what" "$cc" -O2 -shared -fPIC -I "$work/later" "$frozen/engine.c" -o "$work/later.so"
	expect "and loads: $what" 0 'ABI 1.9: engine my_engine' "$iowalk" list plugins --plugin "$work/later.so"
done
finish
