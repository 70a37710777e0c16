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
[ ! -s "$summary" ] || scripts/put-between.sh docs/METHOD.md calibration "$summary"
exit "$status"
