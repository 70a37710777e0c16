#!/bin/bash
# Runs every test: run.sh BUILD. Called by `make test`.
#
# Tests are the programs BUILD/tests/test_* (cmocka) and the scripts tests/blackbox/*.sh (but lib.sh,
# which they share), which get BUILD as their argument. Both print TAP: a plan `1..N`, then
# `ok N - text` or `not ok N - text`; `# SKIP` behind either is a skip (cmocka before 1.1.6 says
# `not ok` there, too). Its reason is what stands behind it, else the lines `skipped: reason` before
# it. A file fails as well where it ends with another status than 0, runs out of time, or does not
# do as many tests as it planned.
#
# Files of the tests go to a folder of their own under BUILD, removed at the end.
# IOWALK_TEST_SECONDS: how long one file may take.
set -u
export LC_ALL=C

[ $# -eq 1 ] || { echo "usage: tests/run.sh BUILD" >&2; exit 2; }
cd "$(dirname "$0")/.." || exit 1
build=$1
limit_s=${IOWALK_TEST_SECONDS:-300}
work=$(mkdir -p "$build" && cd "$build" && mktemp -d "$PWD/tests.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/tmp" "$work/out"
export TMPDIR=$work/tmp IOWALK_CACHE_DIR=$work/tmp/cache CMOCKA_MESSAGE_OUTPUT=TAP

# Reads TAP; prints "passed failed skipped", then why the file is wrong as a whole, if it is.
# Lines of failures and their surroundings go to the file `details`, reasons of skips to `reasons`.
# The output is kept in memory: a test that floods it is cut by `head` before.
count_tap='
{ line[++n] = $0 }
/^1\.\.[0-9]+/ {
	split($0, part, /\.\./); planned += part[2] + 0; plans++
	if (part[2] + 0 == 0 && /# *SKIP/) { whole_skipped++; reason_of($0, "all of it") }
}
/^skipped: / { said = said (said ? "; " : "") substr($0, 10); next }
/^(not )?ok( |$)/ {
	ran++
	if (/# *SKIP/) { skipped++; reason_of($0, said) }
	else {
		if (said) reasons = reasons "partly: " said "\n"
		if (/^ok/) passed++; else { failed++; bad[n] = 1 }
	}
	said = ""
}
function reason_of(text, fallback, reason) {
	sub(/^.*# *SKIP */, "", text)
	# cmocka puts the name of the test there.
	reason = text ~ /^[A-Za-z0-9_]*$/ ? (fallback ? fallback " (" text ")" : text) : text
	reasons = reasons reason "\n"
}
END {
	whole = ""
	if (status == 124 || status == 137) whole = "no end after " limit_s " s"
	else if (status > 128) whole = "killed by signal " status - 128
	else if (status && !failed) whole = "exit status " status
	else if (!plans) whole = "no TAP plan"
	else if (planned != ran) whole = ran + 0 " tests of " planned " planned"
	else if (!planned && !whole_skipped) whole = "no tests"
	for (i = 1; i <= n; i++) {
		if (!bad[i]) continue
		for (k = i > 12 ? i - 12 : 1; k <= i + 8 && k <= n; k++) show[k] = 1
	}
	if (whole) for (k = n > 30 ? n - 30 : 1; k <= n; k++) show[k] = 1
	for (i = 1; i <= n; i++) {
		if (show[i]) print "    " line[i] > details
		else if (show[i - 1]) print "    ..." > details
	}
	printf "%s", reasons > reasons_file
	print passed + 0, failed + (whole != ""), skipped + whole_skipped, whole
}'

passed=0 failed=0 skipped=0
run_file() { # run_file NAME COMMAND...
	local name=$1 out=$work/out/output began=$EPOCHREALTIME status took mark p f s whole
	shift
	: >"$work/out/details" >"$work/out/reasons"
	timeout -k 10 "$limit_s" "$@" </dev/null 2>&1 | head -c 8000000 >"$out"
	status=${PIPESTATUS[0]}
	took=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
	read -r p f s whole < <(awk -v status="$status" -v limit_s="$limit_s" \
		-v details="$work/out/details" -v reasons_file="$work/out/reasons" "$count_tap" "$out")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	mark=ok
	[ "$f" -eq 0 ] || mark=FAILED
	printf '%-6s %-28s %4d passed %3d failed %3d skipped %6d.%03d s  %s\n' "$mark" "$name" \
		"$p" "$f" "$s" $((took / 1000)) $((took % 1000)) "$whole"
	[ "$f" -eq 0 ] || cat "$work/out/details"
	[ ! -s "$work/out/reasons" ] || sed "s|^|  $name: |" "$work/out/reasons" >>"$work/skips"
	# What a test leaves behind is not there for the next one; what is read-only was made so by it.
	chmod -R u+rwX "$TMPDIR" 2>/dev/null
	rm -rf "$TMPDIR" && mkdir "$TMPDIR"
}

for program in tests/test_*.c; do
	program=$build/tests/$(basename "$program" .c)
	run_file "$(basename "$program")" "$program"
done
for script in tests/blackbox/*.sh; do
	[ -e "$script" ] && [ "$script" != tests/blackbox/lib.sh ] || continue
	run_file "blackbox/$(basename "$script")" bash "$script" "$build"
done

if [ -s "$work/skips" ]; then
	echo "Skipped, and why:"
	cat "$work/skips"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
