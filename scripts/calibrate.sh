#!/bin/sh
# Calibrates the gate: calibrate.sh [OPTION OF iowalk calibrate]... (an hour, on a quiet machine).
# Builds the same source a second time with its functions aligned to 64 bytes and its objects linked
# in the reverse order, runs the gates (going on where an earlier call ended), and puts the summary
# between the marks in docs/METHOD.md where the record is the one that is committed.
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
