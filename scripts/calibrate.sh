#!/bin/sh
# Calibrates the gate: calibrate.sh [OPTION OF iowalk calibrate]... (an hour, on a quiet machine).
# Builds the same source a second time, with functions aligned to 64 bytes and objects linked in reverse
# order. Then runs the gates; an interrupted calibration is continued. Unless --out is given, the record
# is the committed one, and its summary is written between the marks in docs/METHOD.md.
set -eu
cd "$(dirname "$0")/.."
${MAKE:-make} --no-print-directory
${MAKE:-make} --no-print-directory BUILD=build/layout REVERSE_OBJECTS=1 \
	OPTIMIZE='-O2 -DNDEBUG -falign-functions=64' build/layout/iowalk
status=0
build/iowalk calibrate --layout build/layout/iowalk "$@" || status=$?
summary=results/calibration/gate/summary.md
case " $* " in *" --out"*) exit "$status" ;; esac
[ -s "$summary" ] && awk -v summary="$summary" '
/<!-- calibration: end -->/ { inside = 0 }
!inside { print }
/<!-- calibration: begin -->/ {
	inside = 1
	print ""
	while ((getline line < summary) > 0) print line
	print ""
}' docs/METHOD.md >docs/METHOD.md.tmp && mv docs/METHOD.md.tmp docs/METHOD.md
exit "$status"
