# The pages of reports in headless Chromium: layout at several widths, contrast, print, without scripts,
# accessibility (axe-core), what the controls do, and the size of the report of a large run.
#
# Without Chromium and chromedriver only the size is tested; without axe-core its points are skipped
# (scripts/install-deps.sh --tests installs all three). IOWALK_SCREENSHOTS=DIR keeps pictures of the pages.
# IOWALK_STRICT=1 checks the targets of the times, which a busy machine misses.
. tests/blackbox/lib.sh

case $build in */asan) skip_all "the pages are the same without sanitizers" ;; esac
sanitized && skip_all "the pages are the same without sanitizers"
command -v python3 >/dev/null || skip_all "python3 is not installed"
export PYTHONDONTWRITEBYTECODE=1
html_most_bytes=$((5 * 1024 * 1024))
make_run() { python3 tests/browser/make_run.py "$@"; }

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
driver=$(command -v chromedriver)
axe=none
for folder in "$build" build; do
	[ ! -e "$folder/axe-core/axe.min.js" ] || axe=$folder/axe-core/axe.min.js
done

# ---- the reports ----

# 1 000 cells of 10 processes with 5 samples each; it is made while the other pages are tested.
make_big() {
	local status=0 TIMEFORMAT='%U %S'
	make_run made "$work/big.run" >"$work/big.said" 2>&1
	{ time "$iowalk" report "$work/big.run" --out "$work/big" >>"$work/big.said" 2>&1; } 2>"$work/big.times" || status=$?
	awk -v status=$status '{ print status, int(1000 * ($1 + $2)) }' "$work/big.times" >"$work/big.end.part"
	mv "$work/big.end.part" "$work/big.end"
}
make_big &
big_job=$!
trap 'wait; clean_up' EXIT

big_points() {
	local status took most=30000
	wait "$big_job"
	read -r status took <"$work/big.end"
	[ "${IOWALK_STRICT-}" != 1 ] || most=5000
	is "big: the report is written" "$status" 0
	[ "$status" -eq 0 ] || sed 's/^/# /' "$work/big.said"
	[ -e "$work/big/report.html" ] || return
	echo "# the report of the big run takes $took ms of processor time and has $(stat -c %s "$work/big/report.html") bytes"
	check "big: written within $most ms of processor time" test "$took" -le "$most"
	check "big: report.html has at most $html_most_bytes bytes" \
		test "$(stat -c %s "$work/big/report.html")" -le "$html_most_bytes"
}

if [ -z "$chromium" ] || [ -z "$driver" ]; then
	skip "the pages in a browser" "chromium and chromium-driver are not installed (scripts/install-deps.sh --tests)"
	big_points
	finish
fi

phases=results/phases
check "a run of 4 cells" make_run part "$work/few.run" tests/data/small 4
check "a later phase" make_run scaled "$work/later" $phases/now 0.8 7
check "a last phase" make_run scaled "$work/last" $phases/now 1.15 14
expect "few: report" 0 '' "$iowalk" report "$work/few.run" --out "$work/few"
expect "run: report" 0 '' "$iowalk" report $phases/now --out "$work/run"
expect "two: report" 0 '' "$iowalk" report --phases $phases/start,$phases/now --out "$work/two"
expect "five: report" 0 '' "$iowalk" report --phases "$phases/start,$phases/windows,$phases/now,$work/later,$work/last" --out "$work/five"
expect "gate: report" 0 '' "$iowalk" report --gate tests/data/gate --out "$work/gate"

# ---- the pages ----

python3 tests/browser/main.py "$work" "$chromium" "$driver" "$axe" >"$work/points" 2>"$work/errors"
status=$?
while IFS=$'\t' read -r kind name details; do
	case $kind in
	ok) ok "$name" ;;
	not_ok) not_ok "$name" "${details//\\n/$'\n'}" ;;
	skip) skip "$name" "$details" ;;
	*) echo "$kind $name" ;;
	esac
done <"$work/points"
if [ "$status" -ne 0 ]; then not_ok "main.py ends" "exit status $status: $(tail -n 3 "$work/errors")"; fi
big_points
finish
