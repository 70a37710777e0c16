#!/bin/bash
# iowalk exec: what it counts of a program that does known I/O, against strace, getrusage and the known bytes; the
# states of its files; what is no measurement.
. tests/blackbox/lib.sh

command -v cc >/dev/null || skip_all "needs cc for the program that does known I/O"
cc -O2 -o "$work/known_io" tests/programs/known_io.c || skip_all "cannot build the program that does known I/O"
find_disk || disk=
folder=${disk:-$work}
pages=256
head -c $((2 * pages * 4096)) /dev/urandom >"$folder/data"

exec_() { # OUT OPTION... -- CMD...
	local out=$1
	shift
	run "$iowalk" exec --no-plots --out "$out" "$@"
}

known() { # REPORT: the command
	echo "$work/known_io $folder/data $pages $work/$1"
}

calls() { # RUN: "name count" of each system call of the first count sample, sorted
	samples "$1" count | head -n 1 | sed 's/"sources".*//' | grep -oE '"syscalls_[a-z0-9_]*":[0-9]+' |
		sed -E 's/"syscalls_([a-z0-9_]*)":/\1 /' | sort
}

# ---- counts ----

# Of each file state: once untimed, once counted, and once traced.
for counters in auto ptrace; do
	rm -f "$work/report.$counters"
	# shellcheck disable=SC2046
	exec_ "$work/$counters" --counters $counters --passes count --processes 1 --cache warm --files "$folder/data" \
		-- $(known report.$counters)
	exits "--counters $counters" 0
	counted=$(sed -n 2p "$work/report.$counters")
	is "--counters $counters: minor faults are those of getrusage" \
		"$(samples "$work/$counters" count | numbers faults_minor_rusage)" "${counted%% *}"
	is "--counters $counters: major faults are those of getrusage" \
		"$(samples "$work/$counters" count | numbers faults_major_rusage)" "$(echo "$counted" | cut -d ' ' -f 2)"
	is "--counters $counters: warm, nothing is read from the device" \
		"$(samples "$work/$counters" count | numbers device_read_bytes)" 0
	calls "$work/$counters" >"$work/calls.$counters"
done
if ! grep -q . "$work/calls.ptrace"; then
	skip "system calls by name, against strace" "ptrace is not allowed here"
elif ! command -v strace >/dev/null; then
	skip "system calls by name, against strace" "strace is not installed"
else
	# shellcheck disable=SC2046
	strace -f -o "$work/strace" $(known report.strace) >/dev/null
	# The first execve starts the program.
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$work/strace" | sed '0,/^execve$/{/^execve$/d}' | sort | uniq -c |
		awk '{ print $2, $1 }' | sort >"$work/calls.strace"
	check "ptrace: system calls by name, against strace" diff "$work/calls.strace" "$work/calls.ptrace"
	if [ "$(samples "$work/auto" count | texts syscalls)" = '"ptrace"' ]; then
		skip "perf: system calls by name, against strace" "perf may not count them here"
	else
		check "perf: system calls by name, against strace" diff "$work/calls.strace" "$work/calls.auto"
	fi
fi

# ---- states of the files ----

if [ -z "$disk" ]; then
	skip "cold" "there is only tmpfs here"
else
	# shellcheck disable=SC2046
	exec_ "$work/cold" --processes 1 --repetitions 1 --cache cold,warm --files "$folder/da*" --name known \
		-- $(known report.cold)
	exits "cold and warm" 0
	bytes=$(samples "$work/cold" count command/known/cold | numbers device_read_bytes)
	wanted=$((2 * pages * 4096))
	difference=$((bytes - wanted))
	check "cold: bytes of the device within a page ($bytes, wanted $wanted)" test "${difference#-}" -le 4096
	is "cold: nothing was in the page cache" \
		"$(samples "$work/cold" '[a-z]*' command/known/cold | numbers residency_percent | sort -u)" 0.0
	is "warm: all of it was" \
		"$(samples "$work/cold" '[a-z]*' command/known/warm | numbers residency_percent | sort -u)" 100.0
	is "both have times" "$(samples "$work/cold" time | grep -c '"real_time_ns".*"cpu_user_ns"')" 2
fi
peak=$(samples "$work/auto" count | numbers memory_peak_bytes)
if [ -n "$peak" ]; then
	# 32 MiB in a child of a shell.
	exec_ "$work/memory" --passes count --processes 1 -- sh -c 'head -c 33554432 /dev/zero | tail -n 1 >/dev/null; :'
	large=$(samples "$work/memory" count | numbers memory_peak_bytes)
	check "peak memory of a small process ($peak)" test "$peak" -lt 16777216
	check "peak memory is that of the largest process ($large)" test "$large" -gt 33554432
else
	skip "peak memory" "ptrace is not allowed here"
fi
exec_ "$work/prepare" --passes time --processes 1 --repetitions 2 --cache warm --files "$work/made" \
	--prepare "echo x >>'$work/made'" --stdout-hash -- wc -c /dev/null
exits "--prepare makes the files" 0
is "--prepare runs before each run: to learn the output, untimed, twice timed" "$(wc -l <"$work/made")" 4
is "the hash of the output is recorded" "$(samples "$work/prepare" time | texts stdout_hash | sort -u | wc -l)" 1

# ---- profile ----

cc -O2 -o "$work/known_time" tests/programs/known_time.c
exec_ "$work/profile" --passes profile --processes 1 -- sh -c "'$work/known_time' 40; :"

if ! grep -q '"profile_samples_count"' "$work/profile/samples.jsonl"; then
	expect "a profile that cannot be had is an error" 1 'no profile of a command: ' \
		"$iowalk" exec --no-plots --passes profile --processes 1 --out "$work/profile2" -- true
	skip "profiles of commands" "$(grep -o 'no profile of a command.*' "$work/stdout")"
else
	profile_of() { samples "$work/profile" profile | numbers "$1" | cut -d . -f 1; }
	slept=$(profile_of blocked_clock_nanosleep_ns)
	check "it sleeps for 40 ms: $slept ns" test "$slept" -ge 40000000
	check "nothing is lost" test "$(profile_of profile_lost_count)" = 0
	rest=$(profile_of unassigned_ns)
	check "nearly all of the time is assigned: not $rest ns" test "${rest#-}" -lt $(($(profile_of wall_ns) / 20))
	"$iowalk" export --format folded "$work/profile" >"$work/folded"
	check "a function of a process below a process, with its callers" grep -q ';known_time;.*;main;walk;look_up ' "$work/folded"
	check "a shell that waits for it" grep -qE ';sh;.*\[blocked\]' "$work/folded"
	if grep -q '"syscall_ns":"perf' "$work/profile/samples.jsonl"; then
		check "the shell waits in wait4" grep -qE ';sh;.*wait4.*\[blocked\]' "$work/folded"
	else
		skip "the shell waits in wait4" "no right to see the kernel's stacks"
	fi
	check "the programs are its spans" grep -q '"command;known_time":' "$work/profile/samples.jsonl"
	expect "report: flame graph" 0 '' "$iowalk" report --no-plots "$work/profile" --out "$work/profile-report"
	check "report: the function is in it" grep -q 'look_up' "$work/profile-report/plots/flame-command-sh-any.svg"
fi
expect "a profile without perf events" 1 'no profile of a command: --counters none' \
	"$iowalk" exec --no-plots --passes profile --counters none --processes 1 --out "$work/profile3" -- true
expect "latencies of single operations" 2 'valid: time, count, profile' \
	"$iowalk" exec --passes time,latency --out "$work/x" -- true
expect "a pass that is none" 2 "unknown pass 'frob'; valid: .*profile" "$iowalk" exec --passes frob --out "$work/x" -- true

# ---- the record ----

check "all samples are verified" all_verified "$work/auto"
exec_ "$work/a" --passes time --processes 2 --name same -- true
exec_ "$work/b" --passes time --processes 2 --name same -- true
expect "report" 0 '' "$iowalk" report --no-plots "$work/a"
expect "export" 0 'command/same/any' "$iowalk" export --format gbench "$work/a"
run "$iowalk" compare "$work/a" "$work/b"
check "compare knows the cell: $(grep -m 1 same "$work/stdout")" grep -q 'command/same/any' "$work/stdout"
expect "a complete run is continued with its own command" 0 '' "$iowalk" exec --no-plots --resume "$work/a"

# ---- no measurement ----

expect "an exit status that is not 0" 1 "'false' ended with exit status 1" \
	"$iowalk" exec --no-plots --processes 1 --out "$work/e1" -- false
expect "what it said last is in the message" 1 'exit status 3: no luck$' \
	"$iowalk" exec --no-plots --processes 1 --out "$work/e2" -- sh -c 'echo no luck >&2; exit 3'
expect "a program that is not there" 1 "cannot start '/nonesuch': No such file" \
	"$iowalk" exec --no-plots --processes 1 --out "$work/e3" -- /nonesuch
expect "a program that dies" 1 'killed by signal 9' \
	"$iowalk" exec --no-plots --processes 1 --out "$work/e4" -- sh -c 'kill -9 $$'
# shellcheck disable=SC2016
expect "output that is not that of the first run" 1 'wrong output' \
	"$iowalk" exec --no-plots --processes 1 --stdout-hash --out "$work/e5" -- sh -c 'echo $$'
expect "a process that is left behind" 1 'left a process running' \
	"$iowalk" exec --no-plots --processes 1 --out "$work/e6" -- sh -c 'sleep 61.5 & :'
check "it was ended" test -z "$(pgrep -f "^sleep 61.5$")"
expect "a --prepare that fails" 1 'exit status 7' \
	"$iowalk" exec --no-plots --processes 1 --prepare 'exit 7' --out "$work/e7" -- true
expect "a program that hangs when its output is learnt" 1 'preparing .*: no sign of life for 1 s' \
	"$iowalk" exec --no-plots --processes 1 --stdout-hash --timeout 1 --out "$work/e9" -- sh -c 'sleep 62.5; :'
expect "a program that hangs when it is timed" 1 'did not end within' \
	"$iowalk" exec --no-plots --processes 1 --passes time --timeout 1 --out "$work/e10" -- sh -c 'sleep 62.5; :'
check "all of it was ended" test -z "$(pgrep -f "^sleep 62.5$")"
expect "files that are not there" 1 "files '/nonesuch\*'.*No such file" \
	"$iowalk" exec --no-plots --processes 1 --files '/nonesuch*' --out "$work/e8" -- true
for e in e1 e2 e3 e4 e5 e6 e7 e8; do
	[ -e "$work/$e/samples.jsonl" ] && grep -q '"real_time_ns"' "$work/$e/samples.jsonl" && echo "$e"
done >"$work/measured"
is "none of them has a time" "$(cat "$work/measured")" ""
expect "no command" 2 'no command is given' "$iowalk" exec --out "$work/x"
expect "a state without files" 2 'needs `files`' "$iowalk" exec --cache cold --out "$work/x" -- true
expect "a state that is none" 2 "unknown cache state 'hot'" "$iowalk" exec --cache hot --files x --out "$work/x" -- true
expect "a name with a slash" 2 "name 'a/b'" "$iowalk" exec --name a/b --out "$work/x" -- true
expect "an option of run" 2 'unrecognized option' "$iowalk" exec --nodes 5 --out "$work/x" -- true
check "nothing was recorded" test ! -e "$work/x"
finish
