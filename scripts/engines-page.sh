#!/bin/sh
# Rewrites the text between the markers of docs/ENGINES.md from a run of the suite `engines`:
# engines-page.sh RUN PAGE. Times are medians; a ratio is to the best engine of the same row.
set -eu

[ $# -eq 2 ] || { echo "usage: engines-page.sh RUN PAGE" >&2; exit 2; }
run=$1 page=$2
tables=$(mktemp)
trap 'rm -f "$tables"' EXIT

# Cell names come first and have no commas. The column of options is quoted and may have some.
build/iowalk export "$run" --format csv | sed -E 's/"([^"]|"")*"//' | awk -F, '
	NR == 1 {
		for (i = 1; i <= NF; i++) column[$i] = i
		next
	}
	$column["pass"] == "time" && $column["error"] == "" {
		engine = $column["engine"]
		case_name = $column["cache"] " " $column["workload"] " " $column["graph"] " " $column["layout"]
		if (!(case_name in cases)) { cases[case_name] = ++cases_count; name[cases_count] = case_name }
		if (!(engine in engines)) { engines[engine] = 1; list[++engines_count] = engine }
		key = case_name SUBSEP engine
		value[key, ++count[key]] = $column["real_time_ns"]
	}
	function median(key,   i, k, t, n) {
		n = count[key]
		for (i = 1; i <= n; i++) sorted[i] = value[key, i] + 0
		for (i = 2; i <= n; i++)
			for (k = i; k > 1 && sorted[k - 1] > sorted[k]; k--) {
				t = sorted[k]; sorted[k] = sorted[k - 1]; sorted[k - 1] = t
			}
		return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
	}
	function time_text(ns) {
		if (ns < 1e6) return sprintf("%.1f µs", ns / 1e3)
		return ns < 1e9 ? sprintf("%.2f ms", ns / 1e6) : sprintf("%.2f s", ns / 1e9)
	}
	END {
		for (i = 2; i <= engines_count; i++)
			for (k = i; k > 1 && list[k - 1] > list[k]; k--) { t = list[k]; list[k] = list[k - 1]; list[k - 1] = t }
		printf "| case |"
		for (e = 1; e <= engines_count; e++) printf " %s |", list[e]
		printf "\n|---|"
		for (e = 1; e <= engines_count; e++) printf "---:|"
		print ""
		for (c = 1; c <= cases_count; c++) {
			best = 0
			for (e = 1; e <= engines_count; e++) {
				key = name[c] SUBSEP list[e]
				if (!(key in count)) continue
				of[key] = median(key)
				if (list[e] != "memory" && (!best || of[key] < best)) best = of[key]
			}
			printf "| %s |", name[c]
			for (e = 1; e <= engines_count; e++) {
				key = name[c] SUBSEP list[e]
				if (!(key in count)) { printf " – |"; continue }
				ratio[key] = of[key] / best
				printf " %s (%.2f×) |", time_text(of[key]), ratio[key]
				if (list[e] == "memory") continue
				if (ratio[key] <= 1.1) good[list[e]] = good[list[e]] (good[list[e]] ? "; " : "") name[c]
				if (ratio[key] >= 2) bad[list[e]] = bad[list[e]] (bad[list[e]] ? "; " : "") sprintf("%s (%.1f×)", name[c], ratio[key])
			}
			print ""
		}
		for (e = 1; e <= engines_count; e++) {
			if (list[e] == "memory") continue
			printf "\n**%s**\n", list[e]
			printf "- within 1.1 of the best: %s\n", good[list[e]] ? good[list[e]] : "nowhere"
			printf "- at least twice the best: %s\n", bad[list[e]] ? bad[list[e]] : "nowhere"
		}
	}' >"$tables"
grep -q 's (' "$tables" || { echo "engines-page: no times in '$run'" >&2; exit 1; }

awk -v tables="$tables" -v run="$(basename "$run")" -v machine="$(sed -n 2p "$run/table.txt" 2>/dev/null)" '
	/^<!-- engines -->$/ {
		print; print ""
		if (machine) print machine "\n"
		while ((getline line < tables) > 0) print line
		print ""; inside = 1
	}
	/^<!-- \/engines -->$/ { inside = 0 }
	!inside' "$page" >"$page.tmp"
mv "$page.tmp" "$page"
