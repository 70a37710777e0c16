#!/bin/sh
# What of engines/ and layouts/ is executed by conformance alone: conform-coverage.sh BUILD SECONDS (make conform-coverage).
# BUILD is a folder that was built with gcc's --coverage. Each group runs for a share of SECONDS on every engine and option,
# and on each layout with every option of it or of the engine. Writes docs/CONFORMANCE.md between its marks: lines and branches
# by file, and the functions that are never called; and all lines that were not executed to BUILD/conform-coverage.txt. Exit status 1 if a test fails.
set -eu
build=$1
seconds=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

find "$build" -name '*.gcda' -delete
for share in model:4 faults:2 power:4; do
	IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform all --only "${share%:*}" --budget $((seconds / ${share#*:})) || status=1
done
for layout in clustered csr fixed64 records slotted; do
	for group in model faults; do
		IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform all --layout "$layout" --only "$group" --budget $((seconds / 10)) || status=1
	done
done
# Damaged files: what is read, and what is mapped.
for layout in clustered csr fixed64 records slotted; do
	IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform pread mmap --layout "$layout" --only damage --budget $((seconds / 6)) || status=1
done
IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform all --only claims || status=1
# More faults of the engines that have most to lose.
for option in uring.depth=64 uring.direct=1 direct.cache_bytes=65536 mmap_advised.hugepages=1 mmap_advised.populate_read=1 \
	mmap_advised.window_bytes=4096 buffered.threads=4 pread.threads=4 memory.hugepages=1; do
	IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform "${option%%.*}" --only faults --opt "$option" --budget $((seconds / 12)) ||
		[ $? -eq 4 ] || status=1
done
IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform all --only faults --seed 2 --budget $((seconds / 2)) || status=1
for seed in 3 4; do
	IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform uring direct buffered mmap_advised --only faults --seed "$seed" --budget $((seconds / 6)) ||
		[ $? -eq 4 ] || status=1
done
IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform null --only model --budget 5 || status=1
IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform null --layout none --only model || status=1

# Plug-ins, and what is refused: wrong tables and options.
cc=${CC:-cc}
for source in tests/plugins/whole.c docs/plugins/engine.c tests/plugins/hostile.c; do
	$cc -shared -fPIC -I include "$source" -o "$work/$(basename "$source" .c).so"
done
IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform --plugin "$work/whole.so" whole --budget $((seconds / 8)) || status=1
IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform --plugin "$work/engine.so" my_engine --budget $((seconds / 8)) || status=1
IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform --plugin "$work/hostile.so" hostile --only claims >"$work/hostile" || true
for number in $(seq 28); do
	$cc -DWRONG="$number" -shared -fPIC -I include tests/plugins/whole.c -o "$work/wrong.so"
	IOWALK_CACHE_DIR=$work/cache "$build/iowalk" conform --plugin "$work/wrong.so" whole --history compare/1 >"$work/wrong" 2>&1 ||
		[ "$number" -ne 19 ] || status=1
done
for option in advice=frob hugepages=frob populate=maybe windows=0 willneed_ahead=-1 frob=1; do
	! "$build/iowalk" conform mmap_advised --opt mmap_advised.$option --history sync >"$work/wrong" 2>&1 || status=1
done
! "$build/iowalk" conform delay --opt delay.engine=frob --history sync >"$work/wrong" 2>&1 || status=1

find "$build/engines" "$build/layouts" -name '*.gcno' | LC_ALL=C sort >"$work/objects"
: >"$work/figures"
: >"$work/lines"
while read -r object; do
	source=${object#"$build"/}
	source=${source%.gcno}.c
	[ -e "$source" ] || continue
	gcov -b -f -n "$object" 2>/dev/null >"$work/gcov"
	awk -v source="$source" '
		/^Function / { function_name = $2; gsub("\047", "", function_name); file = "" }
		/^File / { file = $2; gsub("\047", "", file); function_name = "" }
		/^Lines executed:/ {
			split($2, part, ":")
			percent = part[2] + 0
			if (function_name != "" && percent == 0)
				never = never " " function_name
			if (file == source)
				lines = $4 " " percent
		}
		/^Taken at least once:/ && file == source { split($4, part, ":"); branches = $6 " " part[2] + 0 }
		END { print source, lines, (branches == "" ? "0 100" : branches), never }' "$work/gcov" |
		while read -r name lines executed branches taken never; do
			here='' # without what headers define
			for function in $never; do
				! grep -qE "^[a-z].*[ *]$function\(.*[^;]\$" "$source" || here="$here $function"
			done
			echo "$name $lines $executed $branches $taken$here"
		done >>"$work/figures"
	gcov -t "$object" 2>/dev/null | awk -F: -v source="$source" '
		$3 == "Source" { file = $4 }
		file == source && $1 ~ /#####/ { line = $0; sub(/^ *#####: */, "", line); print source ":" line }' >>"$work/lines"
done <"$work/objects"
cp "$work/lines" "$build/conform-coverage.txt"

awk '
function row(name, lines, hit, branches, taken) {
	printf "| %s | %d | %.1f %% | %d | %s |\n", name, lines, 100 * hit / lines, branches,
		branches ? sprintf("%.1f %%", 100 * taken / branches) : "–"
}
BEGIN {
	print "| file | lines | executed | branches | taken |"
	print "|---|---:|---:|---:|---:|"
}
$2 > 0 {
	hit = $2 * $3 / 100
	taken = $4 * $5 / 100
	row("`" $1 "`", $2, hit, $4, taken)
	part = $1
	sub("/.*", "", part)
	lines[part] += $2; hits[part] += hit; branches[part] += $4; takens[part] += taken
	for (i = 6; i <= NF; i++)
		never[part] = never[part] (never[part] == "" ? "" : ", ") "`" $i "`"
}
END {
	row("engines/", lines["engines"], hits["engines"], branches["engines"], takens["engines"])
	row("layouts/", lines["layouts"], hits["layouts"], branches["layouts"], takens["layouts"])
	print ""
	print "Never called, of engines/: " never["engines"] "; of layouts/: " never["layouts"] "."
}' "$work/figures" >"$work/table"
cat "$work/table"
"$(dirname "$0")/put-between.sh" docs/CONFORMANCE.md coverage "$work/table"
exit "$status"
