#!/bin/sh
# Tests the whole of conformance for long: conform-long.sh IOWALK SECONDS (make conform-long).
# First the groups `model`, `faults` and `damage` of all engines with all options, for a third of the time each, and `claims`. Then, for each engine and
# each layout, the group `power`: all histories of at most 3 operations (10 to 60 s each), and more for the rest of the time.
# Writes docs/CONFORMANCE.md, between its marks: the figures of `power` by engine and layout. Exit status 1 if anything fails.
# POWER_ONLY=1: without these.
set -eu
iowalk=$1
seconds=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

names() { # KIND: of all entries
	"$iowalk" list "$1" | sed -n 's/^\([a-z][a-z0-9_]*\) .*/\1/p'
}

pairs() { # "ENGINE LAYOUT" a line
	for engine in $(names engines); do
		[ "$engine" != null ] || continue
		for layout in $(names layouts); do
			case $("$iowalk" conform "$engine" --only power --layout "$layout" --history sync 2>&1) in
			*"with its own I/O"* | *"is not used on"*) ;;
			*) echo "$engine $layout" ;;
			esac
		done
	done
}

if [ -z "${POWER_ONLY:-}" ]; then
	for group in model faults damage; do
		"$iowalk" conform all --only "$group" --budget $((seconds / 3)) || status=1
	done
	"$iowalk" conform all --only claims || status=1
fi
pairs >"$work/pairs"
each=$((seconds / 3 / $(wc -l <"$work/pairs") + 1))
while read -r engine layout; do
	"$iowalk" conform "$engine" --only power --layout "$layout" --exhaustive --budget "$each" >"$work/out" </dev/null ||
		[ $? = 4 ] || status=1
	grep -E '^(pass|FAIL|skip)|reproduce' "$work/out" | sed "s/^/$layout: /"
	sed -n "s/^\([a-zA-Z]*\) *power *[a-z_]* *\([0-9]*\) histories, \([0-9]*\) operations, \([0-9]*\) images (\([0-9]*\) different, \([0-9]*\) refused)/$engine $layout \1 \2 \3 \4 \5 \6/p
		s/^skip.*/$engine $layout skip/p" "$work/out" | head -1 >>"$work/rows"
done <"$work/pairs"

# Engines that this machine cannot run are in the table too, as skipped.
awk '
BEGIN {
	print "| engine | layout | histories | operations | images | different | found | refused | wrong |"
	print "|---|---|---:|---:|---:|---:|---:|---:|---:|"
}
$3 == "skip" { printf "| %s | %s | skipped | | | | | | |\n", $1, $2; next }
{
	wrong = $3 == "FAIL"
	printf "| %s | %s | %d | %d | %d | %d | %d | %d | %d |\n", $1, $2, $4, $5, $6, $7, $7 - $8 - wrong, $8, wrong
	for (i = 4; i <= 8; i++)
		sum[i] += $i
	wrongs += wrong
}
END {
	printf "| all | all | %d | %d | %d | %d | %d | %d | %d |\n", sum[4], sum[5], sum[6], sum[7], sum[7] - sum[8] - wrongs, sum[8], wrongs
}' "$work/rows" >"$work/table"
cat "$work/table"
"$(dirname "$0")/put-between.sh" docs/CONFORMANCE.md power "$work/table"
exit "$status"
