#!/bin/bash
# How often the intervals of `iowalk run --precision` contain what they should: repeats a run, and counts for each cell
# how many of its intervals contain the median of the figures of all runs. Prints one line a cell and a summary.
#
#   scripts/precision-check.sh [-n RUNS] [-i IOWALK] [-k FOLDER] OPTION...
#   scripts/precision-check.sh -n 40 --suite quick --cache warm --passes time --precision 2% --budget 300
#
# Of intervals of 95 % about 5 in 100 miss. More of them miss if the machine changes from run to run (frequency,
# neighbours of a virtual machine): then that is the finding. RUNS defaults to 40; -k keeps the runs in FOLDER, and
# continues with the runs that are there already.
set -eu
runs=40
iowalk=build/iowalk
folder=
while [ $# -gt 1 ]; do
	case $1 in
	-n) runs=$2 ;;
	-i) iowalk=$2 ;;
	-k) folder=$2 ;;
	*) break ;;
	esac
	shift 2
done
case "$runs" in '' | *[!0-9]* | 0) echo "precision-check: -n '$runs': not a number above 0" >&2 && exit 2 ;; esac
case " $* " in *" --precision"*) ;; *) echo "precision-check: the options of the run need --precision" >&2 && exit 2 ;; esac
if [ -z "$folder" ]; then
	folder=$(mktemp -d "${TMPDIR:-/tmp}/precision.XXXXXX")
	trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"

for i in $(seq "$runs"); do
	[ ! -e "$folder/$i/summary.md" ] || continue
	rm -rf "${folder:?}/$i"
	"$iowalk" run "$@" --no-plots --no-roofline --out "$folder/$i" >"$folder/$i.txt" 2>&1 ||
		{ tail -n 3 "$folder/$i.txt" >&2 && exit 1; }
	echo "run $i of $runs: $(sed -n 's/.*"reached_count": \([0-9]*\).*/\1/p' "$folder/$i/run.json") of $(sed -n \
		's/^  "cells_count": \([0-9]*\).*/\1/p' "$folder/$i/run.json") cells reached the precision" >&2
done

# Cell, figure, low, high, half width, reached: a line for each cell of each run.
for i in $(seq "$runs"); do
	awk -v run="$i" '
		/^   "name": / { gsub(/^[^:]*: "|",?$/, ""); name = $0 }
		/"(figure_ns|low_ns|high_ns|half_width_percent|reached)": / {
			key = $1; gsub(/[":]/, "", key); value = $2; sub(/,$/, "", value); found[key] = value
		}
		/^   }/ && "low_ns" in found {
			print name, found["figure_ns"], found["low_ns"], found["high_ns"], found["half_width_percent"], found["reached"]
			delete found
		}' "$folder/$i/run.json"
done | sort -k 1,1 -k 2,2g | awk '
	function show(    i, truth, covered, reached, width) {
		if (!n) return
		truth = n % 2 ? figure[(n + 1) / 2] : (figure[n / 2] + figure[n / 2 + 1]) / 2
		for (i = 1; i <= n; i++) {
			covered += low[i] <= truth && truth <= high[i]
			reached += is_reached[i] == "true"
			width += half[i] / n
		}
		printf "%5.1f %% covered, %5.1f %% reached, mean +-%.1f %%, figures from %+.1f to %+.1f %%  %s\n", 100 * covered / n,
			100 * reached / n, width, 100 * (figure[1] / truth - 1), 100 * (figure[n] / truth - 1), last
		all += n; all_covered += covered; all_reached += reached; n = 0
	}
	$1 != last { show(); last = $1 }
	{ n++; figure[n] = $2; low[n] = $3; high[n] = $4; half[n] = $5; is_reached[n] = $6 }
	END {
		show()
		if (!all) { print "precision-check: no interval" > "/dev/stderr"; exit 1 }
		printf "all: %d intervals, %.1f %% covered, %.1f %% reached the precision\n", all, 100 * all_covered / all,
			100 * all_reached / all
	}'
