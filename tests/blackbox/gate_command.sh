#!/bin/bash
# The gate compares two programs of the user, named on the command line or in a suite, by the same rules as two builds.
. tests/blackbox/lib.sh

data=$work/data.bin
head -c 100000 /dev/zero >"$data"
printf '#!/bin/sh\ncat "%s" >/dev/null\nexec cat "%s"\n' "$data" "$data" >"$work/twice"
chmod +x "$work/twice"
number=0
gate() { # COMMAND OTHER OPTION...: into $out
	number=$((number + 1))
	out=$work/gate-$number
	run "$iowalk" gate --command "$1" --against-command "$2" --out "$out" "${@:3}"
}

# ---- counts ----

gate "cat '$data'" "cat '$data'" --counts-only --files "$data" --stdout-hash
exits "a program against itself" 0
check "a program against itself: no change" grep -q 'no change' "$work/stdout"
check "the two programs are named" grep -qF "baseline cat '$data', candidate cat '$data'" "$work/stdout"
gate "$work/twice" "cat '$data'" --counts-only --files "$data" --stdout-hash --name reads
exits "a program that reads twice is a regression" 3
check "its calls are told" grep -qE 'command/reads/warm.*' "$work/stdout"
check "its reads are told" grep -qE 'syscalls_read [0-9]+ (→|->) [0-9]+ \(\+[0-9]+\)' "$work/stdout"
check "both programs are in the record" grep -qF "\"candidate\": \"$work/twice\"" "$out/gate.json"
expect "the gate again, from its record" 3 'command/reads/warm' "$iowalk" gate --resume "$out"
expect "report" 0 '' "$iowalk" report --gate "$out" --out "$work/report"
check "report: both programs" grep -qF "candidate $work/twice" "$work/report/report.html"
check "report: they are two" sh -c "! grep -q 'Both sides are one program' '$work/report/report.html'"
gate "cat '$work/twice'" "cat '$data'" --counts-only --stdout-hash
exits "another output is a failure" 1
check "another output: said" grep -q 'baseline: wrong output' "$work/stdout"
gate "cat" "$work/none" --counts-only
exits "a program that is not there" 1
check "a program that is not there: which" grep -q "baseline: .*cannot start '$work/none'" "$work/stdout"

# ---- times ----

gate 'sleep 0.03' 'sleep 0.01' --budget 90 --threshold 50 --name sleeps
exits "three times as long is a regression" 3
check "it is by its time" grep -qE '^regression .* [0-9.]+ ms .*command/sleeps/any' "$work/stdout"

if "$iowalk" exec --no-plots --passes profile --processes 1 --out "$work/rights" -- true >/dev/null 2>&1; then
	check "a profile says what takes longer" grep -qE 'profile: .* in sleep, .*\(iowalk exec --passes profile -- sleep 0.03\)' "$work/stdout"
else
	skip "a profile says what takes longer" "perf events are not allowed here"
fi

# ---- suites ----

cat >"$work/two.ini" <<END
[command reads]
command = $work/twice
against = cat $data
files = $data
[command same]
command = cat $data
against = cat $data
END
run "$iowalk" gate --suite "$work/two.ini" --counts-only --out "$work/two"
exits "a suite that names both programs" 3
check "one of its commands has changed" grep -q '1 regression (command/reads/warm' "$work/stdout"
check "the other has not" grep -qE '"name": *"command/same/any"' "$work/two/gate.json"
expect "run measures the first program" 0 '^record: ' "$iowalk" run --suite "$work/two.ini" --processes 1 --no-plots --out "$work/run"
cat >"$work/one.ini" <<END
[command same]
command = cat $data
END
expect "a suite without the other program" 2 'each with `against`' "$iowalk" gate --suite "$work/one.ini" --counts-only
printf '[cells x]\nagainst = cat\n' >"$work/cells.ini"
expect "against is for commands" 2 "'against'" "$iowalk" gate --suite "$work/cells.ini" --counts-only

# ---- wrong usage ----

expect "no other program" 2 '--command needs --against-command' "$iowalk" gate --command cat
expect "only the other program" 2 '--against-command needs --command' "$iowalk" gate --against-command cat
expect "options of a command without one" 2 '--files is of --command' "$iowalk" gate --files "$data"
expect "a command and a suite" 2 '--suite cannot be given' "$iowalk" gate --command a --against-command b --suite quick
expect "a filter that no command matches" 2 'no cell' "$iowalk" gate --command cat --against-command cat --filter nonesuch
expect "a command and --resume" 2 '--resume continues the gate as it was started; --files cannot' \
	"$iowalk" gate --resume "$work/two" --files "$data"
expect "a command and a build" 2 '--against cannot be given' "$iowalk" gate --command a --against-command b --against "$iowalk"
expect "a quote that does not end" 2 "quote" "$iowalk" gate --command "cat 'x" --against-command cat
finish
