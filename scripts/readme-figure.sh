#!/bin/sh
# Measures once, and writes from that run both the text between the marks <!-- bench --> of README.md and the figure
# below it: readme-figure.sh IOWALK [README [OPTION OF run...]]. The figure is ranking.svg in docs/ beside README. The
# table keeps the rows of the largest size only, and not what was skipped. Measure on a quiet machine: `iowalk doctor` says what is not.
set -eu
[ $# -ge 1 ] || { echo "usage: readme-figure.sh IOWALK [README [OPTION OF run...]]" >&2; exit 2; }
iowalk=$1 readme=${2:-$(dirname "$0")/../README.md}
shift $(($# > 1 ? 2 : 1))
[ $# -gt 0 ] || set -- --graph random --nodes 100,1000,10000,100000 --engine pread,mmap,uring,memory --cache warm,cold --no-roofline
grep -q '^<!-- bench -->' "$readme" && grep -q '^<!-- /bench -->' "$readme" ||
	{ echo "'$readme' has no marks <!-- bench --> and <!-- /bench -->" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "$iowalk run $*" >&2
LC_ALL=C.UTF-8 "$iowalk" run "$@" --out "$work/run" >"$work/out"
[ -s "$work/run/plots/ranking.svg" ] || { echo "the run has no figure" >&2; exit 1; }

# Twice over the output: the largest number of nodes, then what is kept. A row begins with that number.
awk '
	NR == FNR { if ($1 ~ /^[0-9]+$/ && $1 + 0 > largest) largest = $1 + 0; next }
	/^record: / || /^skipped$/ || /^ranking$/ { exit }
	$1 ~ /^[0-9]+$/ && $1 + 0 != largest { next }
	{ print }' "$work/out" "$work/out" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$work/table"

mkdir -p "$(dirname "$readme")/docs"
cp "$work/run/plots/ranking.svg" "$(dirname "$readme")/docs/ranking.svg"
# The figure is the first line after the block that begins with "![".
awk -v table="$work/table" -v command="build/iowalk run $*" '
	/^<!-- \/bench -->/ { inside = 0; after = 1 }
	after && /^!\[/ {
		print "![Engines sorted by their time for each cache state, with intervals, and how many times the fastest each takes; of the run above](docs/ranking.svg)"
		after = 0
		next
	}
	!inside { print }
	/^<!-- bench -->/ {
		inside = 1
		print "```\n$ " command "   # rows: the largest size"
		while ((getline line < table) > 0) print line
		print "```"
	}' "$readme" >"$work/readme"
cat "$work/readme" >"$readme"
