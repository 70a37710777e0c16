#!/bin/bash
# Graphs from edge lists: a known graph walked by every engine, compared with a search written in
# awk; and errors in a file, reported with their line.
. tests/blackbox/lib.sh

walk() { # OUT GRAPH OPTION...
	local out=$1 graph=$2
	shift 2
	run "$iowalk" run --graph "file:$graph" --processes 1 --repetitions 1 --iterations 1 --no-plots --out "$out" "$@"
}

reached() { # RUN: the different values of reached_count in its samples
	samples "$1" '[a-z]*' | numbers reached_count | sort -u
}

# ---- small graphs ----

# A path over sparse ids: node 0 is the smallest, and the root.
printf '# from to\n5 1000000000000\r\n1000000000000\t18446744073709551615\n\n%% end\n18446744073709551615 7' \
	>"$work/sparse.txt"
walk "$work/sparse" "$work/sparse.txt" --layout slotted,csr
exits "sparse ids" 0
is "sparse ids: reached" "$(reached "$work/sparse")" 4
is "sparse ids: one node per level" "$(samples "$work/sparse" count | texts level_counts | sort -u)" '[1,1,1,1]'
walk "$work/root" "$work/sparse.txt" --root 1000000000000
exits "a root, in the file's ids" 0
is "a root: reached" "$(reached "$work/root")" 3
walk "$work/end" "$work/sparse.txt" --root 7
is "a root without edges: reached" "$(reached "$work/end")" 1
walk "$work/both" "$work/sparse.txt" --root 7 --undirected
exits "undirected" 0
is "undirected: reached" "$(reached "$work/both")" 4
walk "$work/none" "$work/sparse.txt" --root 6
is "unknown root: exit status" "$status" 2
check "unknown root: message" grep -q "root 6 is not an id of '$work/sparse.txt'" "$work/stderr"

# ---- errors in a file ----

garbage() { # NAME REGEX TEXT
	printf -- "$3" >"$work/bad.txt"
	walk "$work/bad" "$work/bad.txt" --engine pread
	if [ "$status" -ne 2 ]; then
		not_ok "$1" "$(said)"
	else
		check "$1" grep -qE "'.*bad.txt'.*$2" "$work/stderr"
	fi
	rm -rf "$work/bad"
}
garbage "a word for an id" 'line 2: ' '1 2\nfrob 3\n'
garbage "one id on a line" 'line 3: ' '1 2\n2 3\n4\n'
garbage "three ids on a line" 'line 1: ' '1 2 3 frob\n'
garbage "a negative id" 'line 1: ' '-1 2\n'
garbage "an id beyond 64 bits" 'line 1: ' '1 18446744073709551616\n'
garbage "a zero byte" 'line 2: ' '1 2\n3\0004\n'
garbage "no edge at all" '' '# nothing\n'
garbage "an empty file" '' ''
walk "$work/bad" "$work/none.txt"
check "no such file" grep -q "'$work/none.txt': No such file" "$work/stderr"
rm -rf "$work/bad"
walk "$work/bad" "$work"
check "a folder" grep -q "'$work': Is a directory" "$work/stderr"
rm -rf "$work/bad"
mkdir "$work/other"
cp "$work/sparse.txt" "$work/other/sparse.txt"
walk "$work/bad" "$work/sparse.txt,file:$work/other/sparse.txt"
is "two files of one name: exit status" "$status" 2
check "two files of one name: message" grep -q 'sparse.txt' "$work/stderr"

# ---- what a file has and a graph has not is said once ----
printf '0 1 0.5\n1 2 0.25\n' >"$work/weights.txt"
walk "$work/weights" "$work/weights.txt" --engine pread,mmap --layout slotted,csr
exits "an edge list with weights" 0
is "ignored weights are mentioned once" "$(grep -c 'weights.txt: .*weights .*ignored' "$work/stderr")" 1

# ---- names of files ----
printf '0 1\n1 2\n' >"$work/"$'bad\xffname.txt'
walk "$work/latin" "$work/"$'bad\xffname.txt' --engine pread
exits "a file name that is not UTF-8" 0
check "its cells have a replacement character" grep -q $'file:bad\xef\xbf\xbdname.txt/' "$work/latin/samples.jsonl"
json_point "its run.json" "$work/latin/run.json"
long_name=$(printf '%095d' 0)ä.txt # cut within the ä
cp "$work/weights.txt" "$work/$long_name"
walk "$work/long" "$work/$long_name" --engine pread
exits "a file name that is cut within a character" 0
json_point "the run.json of the cut name" "$work/long/run.json"
folder=$work/$(printf '%0200d' 1)/$(printf '%0200d' 2)
run "$iowalk" run --graph random --nodes 50 --engine pread --cache-dir "$folder" --out "$work/deep"
exits "a cache folder whose names would be cut" 1
check "the message says so" grep -q 'the name of the cache folder has .* bytes; at most' "$work/stderr"

# ---- a real graph ----

graph=${IOWALK_SHARED_GRAPHS:-../shared/graphs}/ego-facebook.txt
if [ ! -r "$graph" ]; then
	skip "ego-facebook" "no ego-facebook.txt in the folder \$IOWALK_SHARED_GRAPHS"
	finish
fi
files=buffered,pread,mmap,mmap_advised
walk "$work/facebook" "$graph" --undirected --layout slotted,csr --engine $files,memory
exits "ego-facebook" 0
is "ego-facebook: samples" "$(wc -l <"$work/facebook/samples.jsonl")" 30
check "ego-facebook: all verified" all_verified "$work/facebook"
is "ego-facebook: reached" "$(reached "$work/facebook")" 4039
is "ego-facebook: edges" "$(samples "$work/facebook" '[a-z]*' | numbers edges_count | sort -u)" \
	$((2 * $(grep -c '^[0-9]' "$graph")))
is "ego-facebook: one hash of the levels" \
	"$(samples "$work/facebook" '[a-z]*' | texts levels_hash | sort -u | wc -l)" 1
wanted=$(awk '
	/^[0-9]/ { edges[$1] = edges[$1] " " $2; edges[$2] = edges[$2] " " $1 }
	END {
		front = "0"; seen[0] = 1; counts = "1"
		for (;;) {
			next_front = ""; found = 0
			n = split(front, nodes, " ")
			for (i = 1; i <= n; i++) {
				m = split(edges[nodes[i]], ids, " ")
				for (k = 1; k <= m; k++)
					if (!(ids[k] in seen)) {
						seen[ids[k]] = 1; found++
						next_front = next_front " " ids[k]
					}
			}
			if (!found) break
			counts = counts "," found
			front = next_front
		}
		print "[" counts "]"
	}' "$graph")
is "ego-facebook: nodes per level, as found by awk" \
	"$(samples "$work/facebook" '[a-z]*' | texts level_counts | sort -u)" "$wanted"
walk "$work/oneway" "$graph" --engine pread
exits "ego-facebook, directed" 0
check "ego-facebook, directed: a different answer" test "$(samples "$work/oneway" count | texts levels_hash)" != \
	"$(samples "$work/facebook" count | texts levels_hash | sort -u)"
expect "undirected is in the cell's name" 0 '/undirected:1$' "$iowalk" run --graph "file:$graph" \
	--undirected --dry-run

# ---- roots ----

printf '0 1\n2 3\n3 4\n4 5\n5 6\n' >"$work/two.txt"
run "$iowalk" run --graph "file:$work/two.txt" --root 0,2 --engine pread --processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline \
	--out "$work/roots"
exits "two roots" 0
is "two roots: a cell for each" "$(samples "$work/roots" time | numbers reached_count | sort -n | tr '\n' ' ')" "2 5 "
check "a walk that reaches less than half of its graph: a note below the row" grep -q 'a walk of file:two.txt reaches 2 of 7 nodes' "$work/stdout"
is "said once, and not of the other" "$(grep -c 'reaches' "$work/stdout")" 1

# ---- roots that are drawn ----

run "$iowalk" run --graph "file:$work/two.txt" --roots 3 --engine pread,mmap --processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline \
	--passes time --out "$work/drawn"
exits "three roots that are drawn" 0
is "they are nodes of the larger component, each once, for both engines" \
	"$(samples "$work/drawn" time | numbers root | sort | uniq -c | awk '$2 >= 2 && $2 <= 5 { print $1 }' | tr '\n' ' ')" "2 2 2 "
expect "resumed: the same cells" 0 '^record' "$iowalk" run --resume "$work/drawn" --no-plots
printf '[cells a]\ngraph = random\nnodes = 200\nengine = pread\nroots = 2\n' >"$work/drawn.ini"
run "$iowalk" gate --suite "$work/drawn.ini" --against "$iowalk" --counts-only --out "$work/drawn-gate"
exits "a gate over drawn roots" 0
is "a gate over drawn roots: its cells" "$(grep -c 'root:drawn[12]' "$work/stdout")" 2
expect "roots: not a number" 2 "roots 'x': not a whole number from 1 to 64" "$iowalk" run --roots x --dry-run
expect "root and roots" 2 "exclude each other" "$iowalk" run --root 1 --roots 2 --dry-run

# ---- messages have the ids of the file ----

# Ids in one range, far apart, and declared by the file (from 1).
seq 1 70 | awk '{ print 1007, 2000 + $1; print 1000 + $1 % 5, 1001 }' >"$work/range.txt"
seq 1 70 | sed 's/.*/8000000000000000007 &00000000000000/' >"$work/apart.txt"
(printf '%%%%MatrixMarket matrix coordinate pattern general\n100 100 70\n' && seq 1 70 | awk '{ print 7, $1 + 20 }') >"$work/declared.mtx"
for case in range.txt=1007 apart.txt=8000000000000000007 declared.mtx=7; do
	run "$iowalk" run --graph "file:$work/${case%=*}" --layout fixed64 --workload bfs,create --engine pread,memory,buffered \
		--processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline --out "$work/large-${case%=*}"
	exits "a node with too many neighbours, ${case%=*}: exit status" 0
	is "a node with too many neighbours, ${case%=*}: its id, once" "$(grep -h 'neighbours' "$work/stdout" "$work/stderr")" \
		"  fixed64: node ${case#*=} has 70 neighbours; there is room for 64"
	is "a node with too many neighbours, ${case%=*}: cells skipped" \
		"$(grep -o '"skipped"' "$work/large-${case%=*}/run.json" | wc -l)" 6
done

finish
