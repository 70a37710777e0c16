#!/bin/bash
# The comparison that a user would make: the same graph, on this machine, by iowalk and by what else there is, in turns.
#
#   scripts/peers/run.sh [--gapbs BFS] [--nodes N] [--edges M] [--rounds R] [--graph FILE] [--folder DIR] [--build DIR]
#
# Peers: a bare loop (bare_bfs.c, compiled here), GAPBS's `bfs` where its program is given, SQLite and LMDB (iowalk's
# references, tuned), and for cold walks fio, which reads the same file once in order. Fetches nothing.
# FILE: lines "from to", each edge in both directions (default: M seeded random edges among N nodes, 4 M among 1 M).
# Each round starts every peer once, in a fresh process. Prints medians and quartiles of the rounds, and ratios within
# the rounds. Every peer must reach the same number of nodes: else exit status 1. docs/PEERS.md has results.
set -u
export LC_ALL=C
. "$(dirname "$0")/in_order.sh"
gapbs='' nodes=1000000 edges=4000000 rounds=9 graph='' folder=${IOWALK_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/iowalk} build=build
usage() { echo "usage: scripts/peers/run.sh [--gapbs BFS] [--nodes N] [--edges M] [--rounds R] [--graph FILE] [--folder DIR] [--build DIR]" >&2; exit 2; }
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $1 in
	--gapbs) gapbs=$2 ;;
	--nodes) nodes=$2 ;;
	--edges) edges=$2 ;;
	--rounds) rounds=$2 ;;
	--graph) graph=$2 ;;
	--folder) folder=$2 ;;
	--build) build=$2 ;;
	*) usage ;;
	esac
	shift 2
done
fail() { echo "peers: $*" >&2; exit 2; }
for number in "$nodes" "$edges" "$rounds"; do [[ $number =~ ^[1-9][0-9]{0,9}$ ]] || fail "'$number': not a count"; done
iowalk=$build/iowalk
[ -x "$iowalk" ] || fail "no $iowalk: make it, or give --build"
[ -z "$gapbs" ] || [ -x "$gapbs" ] || fail "'$gapbs': no program"
[ -z "$graph" ] || [ -r "$graph" ] || fail "'$graph': cannot be read"
mkdir -p "$folder" && work=$(mktemp -d "$folder/peers.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export IOWALK_CACHE_DIR=$work/cache
${CC:-cc} -O2 -o "$work/bare_bfs" "$(dirname "$0")/bare_bfs.c" || fail "no C compiler"

if [ -z "$graph" ]; then
	graph=$work/random.el
	# Park and Miller's generator (CACM 31, 1988): a draw for each end.
	awk -v nodes="$nodes" -v edges="$edges" 'function draw() { return x = x * 16807 % 2147483647 }
		BEGIN {
			for (x = 1; done < edges; ) {
				from = int(draw() * nodes / 2147483647); to = int(draw() * nodes / 2147483647)
				if (from != to) { print from, to; done++ }
			}
		}' >"$graph"
fi
read -r root _ <"$graph"
[[ $root =~ ^[0-9]+$ ]] || fail "'$graph': its first line is no edge"

# ---- one turn of a peer: appends nanoseconds (the median of its trials) and what it reached ----

took() { # NAME < lines "nanoseconds reached"
	sort -n >"$work/trials"
	[ -s "$work/trials" ] || fail "$1 printed no time: see $work/out, $(tail -n 2 "$work/out" 2>/dev/null)"
	awk -v file="$work/$1.ns" '{ ns[NR] = $1 } END { print ns[int((NR + 1) / 2)] >> file }' "$work/trials"
	awk '{ print $2 }' "$work/trials" | sort -u >>"$work/$1.reached"
}

bare() {
	"$work/bare_bfs" "$graph" "$root" 5 >"$work/out" || exit 1
	awk '{ print $1, $2 }' "$work/out" | took bare || exit
}

# Its analysis of the last trial says how many nodes the tree has.
gapbs_turn() { # THREADS
	OMP_NUM_THREADS=$1 "$gapbs" -s -f "$graph" -r "$root" -n 5 -a >"$work/out" 2>&1 || fail "$gapbs failed: $(tail -n 1 "$work/out")"
	awk '/^BFS Tree has/ { reached = $4 } /^Trial Time:/ { ns[++n] = $3 * 1e9 }
		END { for (i = 1; i <= n; i++) printf "%.0f %s\n", ns[i], reached }' "$work/out" | took "gapbs$1" || exit
}

walk() { # NAME OPTION...
	local name=$1
	shift
	rm -rf "$work/run"
	"$iowalk" run --graph "file:$graph" --undirected --root "$root" --processes 1 --passes time --no-plots --no-roofline \
		--timeout 3600 --out "$work/run" "$@" >"$work/out" 2>&1 || fail "iowalk failed: $(tail -n 1 "$work/out")"
	! grep -v '"verified":true' "$work/run/samples.jsonl" || fail "$name: a walk is not verified"
	sed -nE 's/.*"real_time_ns":([0-9]+).*"reached_count":([0-9]+).*/\1 \2/p' "$work/run/samples.jsonl" | took "$name" || exit
	cp "$work/run/environment.json" "$work"
}

in_order() { # fio reads the file of csr once
	local file
	file=$(ls "$IOWALK_CACHE_DIR"/*-csr-*.graph) || fail "no file of csr"
	[ "$(stat -c %s "$file")" -ge 16777216 ] || return 0 # a handful of reads is no bandwidth
	fio_in_order "$file" >"$work/out" || fail "fio failed: $(tail -n 1 "$work/out")"
	sed 's/$/ -/' "$work/out" | took fio || exit
}

csr=(--layout csr --repetitions 3)
warm_round() {
	bare
	for threads in 1 2; do
		[ -z "$gapbs" ] || gapbs_turn "$threads"
		walk "mmap$threads" "${csr[@]}" --engine mmap --cache warm --threads "$threads"
	done
	walk memory "${csr[@]}" --engine memory --cache warm
	walk down "${csr[@]}" --engine mmap --cache warm --opt bfs.direction=down
	walk sqlite --profile sqlite-tuned --cache warm --repetitions 1
	walk lmdb --profile lmdb-tuned --cache warm --repetitions 1
}
cold=(--layout csr --repetitions 1 --cache cold)
cold_round() {
	! command -v fio >/dev/null || in_order
	walk populated "${cold[@]}" --engine mmap_advised --opt mmap_advised.populate_read=on
	for engine in mmap mmap_advised uring pread buffered direct; do walk "cold_$engine" "${cold[@]}" --engine "$engine"; done
}
for _ in $(seq "$rounds"); do warm_round; done
for _ in $(seq "$rounds"); do cold_round; done

# ---- the answer ----

reached=$(cat "$work"/*.reached | grep -v '^-$' | sort -u)
version() { sed -nE "s/.*\"$1\": \"([^\"]*)\".*/\1/p" "$work/environment.json" | head -n 1; }
echo "$("$iowalk" --version); SQLite $(version sqlite); $(version lmdb); $(fio --version 2>/dev/null || echo "no fio"); $(${CC:-cc} --version | head -n 1)"
[ -n "$gapbs" ] && echo "GAPBS: bfs, sha256 $(sha256sum "$gapbs" | cut -c 1-12)" || echo "GAPBS: not given (--gapbs BFS)"
echo "$(version cpu_model), $(nproc) CPUs, Linux $(uname -r | cut -d - -f 1), $(version file_system)"
echo "$(basename "$graph"): $(wc -l <"$graph") edges, each in both directions; from node $root; $(echo $reached) nodes reached; $rounds rounds"

quartile() { sort -g "$1" | awk -v q="$2" '{ v[NR] = $1 } END { at = 1 + q * (NR - 1); low = int(at); print v[low] + (at - low) * (v[low < NR ? low + 1 : low] - v[low]) }'; }
row() { # NAME OVER TEXT
	[ -s "$work/$1.ns" ] || return 0
	local ratio
	paste "$work/$1.ns" "$work/$2.ns" | awk '$1 && $2 { print $1 / $2 }' >"$work/ratios"
	ratio=$(quartile "$work/ratios" .5)
	printf '%-58s %10.1f %9.1f–%-9.1f %7.2f\n' "$3" "$(quartile "$work/$1.ns" .5 | awk '{ print $1 / 1e6 }')" \
		"$(quartile "$work/$1.ns" .25 | awk '{ print $1 / 1e6 }')" "$(quartile "$work/$1.ns" .75 | awk '{ print $1 / 1e6 }')" "$ratio"
}
printf '\n%-58s %10s %19s %9s\n' "warm" "ms" "quartiles" "ratio"
row bare mmap1 "bare loop, one queue, 1 thread"
row gapbs1 mmap1 "GAPBS bfs, 1 thread"
row gapbs2 mmap1 "GAPBS bfs, 2 threads"
row mmap1 mmap1 "iowalk, csr on mmap, 1 thread"
row mmap2 mmap1 "iowalk, csr on mmap, 2 threads"
row memory mmap1 "iowalk, csr on memory, 1 thread"
row down mmap1 "iowalk, csr on mmap, 1 thread, bfs.direction=down"
row sqlite mmap1 "iowalk, SQLite tuned (profile sqlite-tuned)"
row lmdb mmap1 "iowalk, LMDB tuned (profile lmdb-tuned)"
printf '\n%-58s %10s %19s %9s\n' "cold" "ms" "quartiles" "ratio"
row fio populated "fio: the file once in order, 1 MiB, depth 4, direct"
row populated populated "iowalk, csr on mmap_advised, mmap_advised.populate_read=on"
for engine in mmap mmap_advised uring pread buffered direct; do row "cold_$engine" populated "iowalk, csr on $engine, defaults"; done
[ "$(wc -l <<<"$reached")" -eq 1 ] || { echo "peers: they do not agree on the nodes reached:" $reached >&2; exit 1; }
