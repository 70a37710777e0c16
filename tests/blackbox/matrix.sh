#!/bin/bash
# All combinations of graphs, layouts, engines and workloads, on small graphs: one answer per graph;
# then the exports and plots of these runs.
. tests/blackbox/lib.sh

names() { # KIND: a comma-separated list
	"$iowalk" list "$1" | grep -v '^ ' | awk '{ print $1 }' | grep -v PATH | paste -sd ,
}
graphs=$(names graphs)
workload_graphs=${IOWALK_MATRIX_GRAPHS:-$graphs} # for the runs with all workloads
layouts=$(names layouts)
engines=$(names engines)
workloads=$(names workloads)
# These are walked through every layout and engine, null among them, which needs a chain.
walk_graphs=$workload_graphs
[[ ,$walk_graphs, == *,chain,* ]] || walk_graphs=chain,$walk_graphs
# The others through every layout, by an engine that reads and one that maps.
other_graphs=$(tr , '\n' <<<"$graphs" | grep -vxF "${walk_graphs//,/$'\n'}" | paste -sd ,)
once=(--processes 1 --repetitions 2 --iterations 1)

one_hash() { # RUN GRAPHS: all walks over a graph have the same hash of levels
	local graph hashes
	for graph in ${2//,/ }; do
		hashes=$(samples "$1" '[a-z]*' "[^\"/]*/$graph/[^\"]*" | texts levels_hash | sort -u | wc -l)
		[ "$hashes" -eq 1 ] || {
			echo "$graph: $hashes hashes"
			return 1
		}
	done
}

run "$iowalk" run --graph "$walk_graphs" --nodes 100 --layout "$layouts" --engine "$engines" "${once[@]}" --out "$work/walks"
exits "bfs: exit status" 0
check "bfs: all verified" all_verified "$work/walks"
check "bfs: one answer per graph" one_hash "$work/walks" "$walk_graphs"
for engine in ${engines//,/ }; do
	check "bfs: $engine was measured" measured "$work/walks" "[^\"]*/$engine/[^\"]*"
done
for layout in ${layouts//,/ }; do
	check "bfs: $layout was measured" measured "$work/walks" "[^\"]*/$layout/[^\"]*"
done

if [ -n "$other_graphs" ] && ! sanitized; then
	run "$iowalk" run --graph "$other_graphs" --nodes 100 --layout "$layouts" --engine pread,mmap --no-plots "${once[@]}" \
		--out "$work/graphs"
	exits "bfs, other graphs: exit status" 0
	check "bfs, other graphs: all verified" all_verified "$work/graphs"
	check "bfs, other graphs: one answer per graph" one_hash "$work/graphs" "$other_graphs"
fi

# Every workload on every layout, through an engine that reads and one that maps, and through every engine, on a layout of
# each kind. With all of both it would take twice as long, and find what the walks above find.
inserting=$("$iowalk" list workloads | sed -n 's/^ *\([^ ]*\)\.insert=.*/\1/p' | paste -sd ,) # for the others bulk is all
for insert in bulk single; do
	fewer=,read.reads=100,bare-read.reads=100,lookup.queries=100
	[ $insert = bulk ] || workloads=$inserting fewer=
	for part in "layouts $layouts pread,mmap" "engines csr,records $engines"; do
		read -r name part_layouts part_engines <<<"$part"
		out=$work/all-$insert-$name
		run "$iowalk" run --workload "$workloads" --graph "$workload_graphs" --nodes 60 --layout "$part_layouts" \
			--engine "$part_engines" --no-plots \
			--opt create.insert=$insert,create+bfs.insert=$insert$fewer "${once[@]}" --out "$out"
		exits "all workloads, all $name, $insert: exit status" 0
		check "all workloads, all $name, $insert: all verified" all_verified "$out"
		check "all workloads, all $name, $insert: one answer per graph" one_hash "$out" "$workload_graphs"
		for workload in ${workloads//,/ }; do
			check "all workloads, all $name, $insert: $workload was measured" measured "$out" "${workload/+/\\+}/[^\"]*"
		done
	done
done

# ---- options ----

run "$iowalk" run --graph chain-shuffled --nodes 300 --layout slotted --engine buffered,mmap_advised \
	--opt buffered.policy=adaptive,buffered.windows=2,mmap_advised.advice=random,mmap_advised.willneed_ahead=8,bfs.order=sorted,bfs.window=3 \
	"${once[@]}" --no-plots --out "$work/options"
exits "options: exit status" 0
check "options: verified" all_verified "$work/options"
check "options: in the cell's name" measured "$work/options" \
	'bfs/chain-shuffled/slotted/buffered/warm/nodes:300/.*buffered.policy:adaptive.*'
run "$iowalk" run --graph random --nodes 300 --degree 5 --seed 7 "${once[@]}" --no-plots --out "$work/seed7"
run "$iowalk" run --graph random --nodes 300 --degree 5 --seed 8 "${once[@]}" --no-plots --out "$work/seed8"
check "another seed, another graph" test "$(samples "$work/seed7" count | texts levels_hash | sort -u)" != \
	"$(samples "$work/seed8" count | texts levels_hash | sort -u)"
run "$iowalk" run --graph chain,star --nodes 100 --interleave "${once[@]}" --no-plots --out "$work/rounds"
exits "--interleave: exit status" 0
is "--interleave: samples" "$(wc -l <"$work/rounds/samples.jsonl")" 32

# ---- exports and plots ----

run "$iowalk" export "$work/walks" --format csv
exits "export csv: exit status" 0
is "export csv: one row per sample" "$(wc -l <"$work/stdout")" $(($(wc -l <"$work/walks/samples.jsonl") + 1))
is "export csv: all rows have the same number of columns" "$(awk -F, '{ print NF }' "$work/stdout" | sort -u | wc -l)" 1
run "$iowalk" export "$work/walks" --format gbench
exits "export gbench: exit status" 0
json_point "export gbench: JSON" "$work/stdout"
grep -o '"name": *"[^"]*"' "$work/stdout" >"$work/one"
grep -o '"name": *"[^"]*"' "$work/walks/benchmark.json" >"$work/two"
check "export gbench: the names of the run's benchmark.json" cmp "$work/one" "$work/two"
expect "export to a full disk" 1 'cannot write to standard output' \
	sh -c "'$iowalk' export '$work/walks' --format csv >/dev/full"
for file in run.json environment.json benchmark.json; do
	json_point "$file" "$work/walks/$file"
done
check "summary.md" grep -q '^|' "$work/walks/summary.md"
if command -v gnuplot >/dev/null; then
	for kind in svg png; do
		check "plots: $kind" test -n "$(find "$work/walks/plots" -name "*.$kind" -size +0)"
	done
	is "plots: none is empty" "$(find "$work/walks/plots" -type f -size 0)" ""
else
	skip "plots" "gnuplot is not installed"
fi
check "plots: none with --no-plots" test ! -e "$work/rounds/plots"

finish
