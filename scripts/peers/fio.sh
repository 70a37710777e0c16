#!/bin/bash
# Compares engines with fio: the same reads on the same file, alternately. Prints ratios and the targets,
# but does not check them.
#   scripts/peers/fio.sh [FOLDER] [ROUNDS] [NODES]
# FOLDER: the folder for the graph files, on the device to measure (default: the cache folder). ROUNDS:
# rounds whose medians are printed (default 5). IOWALK: the program (default build/iowalk). Comparisons:
#   uring direct=1, depth 64    4 KiB blocks per second of a cold slotted walk, and of fio randread
#                               with io_uring at that depth
#   mmap_advised WILLNEED ahead time of the walk, and of uring's walk
#   direct, depth 1             misses per second of cold lookups, and of fio randread psync
#   best engine, every page     time of a cold chain in order and of a random walk, and of one
#                               sequential read of the same file by fio
#   roofline                    rates of `iowalk roofline`, and of fio with the same pattern, block and
#                               depth; iowalk and fio run first alternately
# Sequential reads use buffers in huge pages (in_order.sh), in fio too; fio's default memory is a separate row.
set -u
export LC_ALL=C
. "$(dirname "$0")/in_order.sh"
iowalk=${IOWALK:-build/iowalk}
folder=${1:-${IOWALK_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/iowalk}}
rounds=${2:-5}
nodes=${3:-100000}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
command -v fio >/dev/null || { echo "$0: fio is not installed (apt-get install fio)" >&2; exit 2; }
[ -x "$iowalk" ] || { echo "$0: no $iowalk: make it, or set IOWALK" >&2; exit 2; }
mkdir -p "$folder" || exit 2

median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'; }

walk() { # NAME ARGUMENTS...: one sample of each pass; appends nanoseconds and device bytes to files
	local name=$1
	shift
	rm -rf "$work/run"
	"$iowalk" run "$@" --cache cold --nodes "$nodes" --repetitions 1 --passes time,count \
		--no-plots --no-roofline --cache-dir "$folder" --out "$work/run" >"$work/out" 2>&1 || {
		cat "$work/out" >&2
		return 1
	}
	sed -nE 's/.*"pass":"time".*"real_time_ns":([0-9.e+]+).*/\1/p' "$work/run/samples.jsonl" >"$work/ns"
	sed -nE 's/.*"pass":"count".*"device_read_bytes":([0-9.e+]+).*/\1/p' "$work/run/samples.jsonl" >"$work/bytes"
	cat "$work/ns" >>"$work/$name.ns"
	paste "$work/ns" "$work/bytes" | awk '$1 && $2 { print $2 / 4096 / $1 * 1e9 }' >>"$work/$name.rate"
}

graph_file() { # GRAPH: the file that the walks created
	find "$folder" -name "$1-n$nodes-*-slotted-*.graph" -o -name "$1-n$nodes-slotted-*.graph" | head -n 1
}

random_by_fio() { # NAME ENGINE DEPTH
	fio --name=r --filename="$(graph_file random)" --readonly --direct=1 --ioengine="$2" --iodepth="$3" \
		--rw=randread --bs=4k --norandommap --randrepeat=0 --time_based --runtime=2 --minimal 2>/dev/null |
		cut -d';' -f8 >>"$work/$1.rate"
}

sequence_by_fio() { # NAME GRAPH: nanoseconds to read the file once
	fio_in_order "$(graph_file "$2")" >>"$work/$1.ns"
}

patterns=("random 4 KiB, depth 1" "random 4 KiB, depth 8" "random 4 KiB, depth 32"
	"random 4 KiB, depth 128" "sequential 1 MiB, depth 4")
pattern_args=("1 randread 4k" "8 randread 4k" "32 randread 4k" "128 randread 4k" "4 read 1M")

roofline_by_fio() { # DEPTH PATTERN BLOCK [OPTION]: reads per second
	fio "${@:4}" --name=r --filename="$(graph_file random)" --readonly --direct=1 --ioengine=io_uring --iodepth="$1" \
		--rw="$2" --bs="$3" --norandommap --randrepeat=0 --time_based --runtime=1 --minimal 2>/dev/null |
		cut -d';' -f8
}

all_by_fio() {
	local i
	for i in "${!patterns[@]}"; do
		# shellcheck disable=SC2086
		GLIBC_TUNABLES=glibc.malloc.hugetlb=1 roofline_by_fio ${pattern_args[$i]} --iomem_align=2m >>"$work/roofline.$i.fio"
	done
	roofline_by_fio 4 read 1M >>"$work/roofline.small.fio"
}

# Slices of one second, like fio's: on virtual disks the first tenths of a second are faster.
all_by_roofline() { # one line per pattern, in the order of `patterns`, without the burst after them
	local i
	"$iowalk" roofline --file "$(graph_file random)" --fresh --seconds 30 --json --cache-dir "$folder" 2>/dev/null |
		tr -d ' \n' | grep -o '"reads_per_second":{[^}]*}' | sed -E 's/.*"median":([0-9.e+]+).*/\1/' >"$work/rates"
	for i in "${!patterns[@]}"; do
		sed -n "$((i + 1))p" "$work/rates" >>"$work/roofline.$i.rate"
	done
}

row() { # TEXT TARGET FILE OVER: medians, and the median of the ratios of the rounds (the device drifts)
	local ours theirs ratio
	ours=$(median <"$work/$3" 2>/dev/null) theirs=$(median <"$work/$4" 2>/dev/null)
	ratio=$(paste "$work/$3" "$work/$4" 2>/dev/null | awk '$1 && $2 { print $1 / $2 }' | median)
	printf '%-52s %12.4g %12.4g %7s   %s\n' "$1" "${ours:-0}" "${theirs:-0}" \
		"$([ -n "$ratio" ] && printf '%.2f' "$ratio" || echo -)" "$2"
}

random=(--workload bfs --graph random --layout slotted --opt bfs.advise=random)
for _ in $(seq "$rounds"); do
	walk uring "${random[@]}" --engine uring --opt uring.direct=on,uring.depth=64
	random_by_fio fio64 io_uring 64
	walk advised "${random[@]}" --engine mmap_advised
	walk direct --workload lookup --graph random --layout slotted --engine direct --opt direct.cache_bytes=64K
	random_by_fio fio1 psync 1
	walk chain_mmap --workload bfs --graph chain --layout slotted --engine mmap
	walk chain_advised --workload bfs --graph chain --layout slotted --engine mmap_advised
	walk chain_buffered --workload bfs --graph chain --layout slotted --engine buffered
	walk chain_pread --workload bfs --graph chain --layout slotted --engine pread --opt bfs.advise=sequential
	sequence_by_fio sequence chain
	walk populated --workload bfs --graph random --layout slotted --engine mmap_advised --opt mmap_advised.populate_read=on
	sequence_by_fio random_sequence random
done
for round in $(seq "$rounds"); do
	[ $((round % 2)) -eq 1 ] && all_by_roofline
	all_by_fio
	[ $((round % 2)) -eq 0 ] && all_by_roofline
done
printf '%-52s %12s %12s %7s   %s\n' "what" "iowalk" "fio" "ratio" "target"
row "uring direct, depth 64: blocks/s" ">= 0.90" uring.rate fio64.rate
row "direct, depth 1: blocks/s" ">= 0.95" direct.rate fio1.rate
row "chain in order, mmap: ns" "<= 1.5 (0.7 of the bandwidth: 1.43)" chain_mmap.ns sequence.ns
row "chain in order, mmap_advised: ns" "the best engine counts" chain_advised.ns sequence.ns
row "chain in order, buffered: ns" "" chain_buffered.ns sequence.ns
row "chain in order, pread: ns" "" chain_pread.ns sequence.ns
row "random graph, every page, mmap_advised populating" "<= 1.5" populated.ns random_sequence.ns
printf '%-52s %12s %12s\n' "" "uring" "mmap_advised"
row "the walk's time, uring over mmap_advised" ">= 0.90" uring.ns advised.ns
printf '%-52s %12s %12s\n' "" "roofline" "fio"
for i in "${!patterns[@]}"; do
	row "${patterns[$i]}: reads/s" "0.90 to 1.10" "roofline.$i.rate" "roofline.$i.fio"
done
row "  the same, fio in small pages" "" roofline.4.rate roofline.small.fio
