#!/bin/sh
# Checks measurements of commands on a quiet machine: exec-check.sh IOWALK [GATES [SLOWER [TURNS]]] (default: 100 40 5; an hour).
# First one command in turns by `iowalk exec` and, if it is installed, hyperfine: TURNS times twelve runs each, and the median of
# all runs. Then GATES gates of a command against itself, and SLOWER of one that takes 5 % longer, exactly. The record of the
# gates, from which `iowalk calibrate --report` prints, is results/calibration/commands; the same call continues it.
set -eu
iowalk=$(realpath "$1")
gates=${2:-100}
slower=${3:-40}
turns=${4:-5}
work=$(mktemp -d "${TMPDIR:-/tmp}/iowalk-exec.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Named from the project's folder, so that the record is that of any machine.
cd "$(dirname "$0")/.."
data=build/exec-check.data
mkdir -p build
[ -s "$data" ] || head -c 8000000 /dev/zero | tr '\0' 'x' >"$data"

median() { sort -g | awk '{ value[NR] = $1 } END { printf "%.0f\n", (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'; }
ours=$work/ours theirs=$work/theirs
exec_turn() {
	rm -rf "$work/run"
	"$iowalk" exec --no-plots --passes time --processes 1 --repetitions 6 --cache warm --files "$data" --out "$work/run" \
		-- sha256sum "$data" >/dev/null
	sed -n 's/.*"real_time_ns":\([0-9.]*\).*/\1/p' "$work/run/samples.jsonl" >>"$ours"
}
hyperfine_turn() {
	command -v hyperfine >/dev/null || return 0
	hyperfine -N -w 1 -r 6 --export-json "$work/their.json" "sha256sum $data" >/dev/null 2>&1
	tr -d ' \n' <"$work/their.json" | sed 's/.*"times":\[\([^]]*\)\].*/\1/' | tr ',' '\n' |
		awk '{ printf "%.0f\n", $1 * 1e9 }' >>"$theirs"
}
turn=0
while [ $turn -lt "$turns" ]; do
	turn=$((turn + 1))
	exec_turn && hyperfine_turn
	hyperfine_turn && exec_turn
done
echo "| median of | runs | ns |"
echo "|:--|--:|--:|"
echo "| iowalk exec | $(wc -l <"$ours") | $(median <"$ours") |"
[ ! -s "$theirs" ] || echo "| hyperfine $(hyperfine --version | tr -dc '0-9.') | $(wc -l <"$theirs") | $(median <"$theirs") |"

cat >"$work/commands.ini" <<END
[suite]
summary = a command
[command hash]
command = sha256sum $data
files = $data
cache = warm
END
exec "$iowalk" calibrate --suite "$work/commands.ini" --out results/calibration/commands --count "alike=$gates,slower-5=$slower"
