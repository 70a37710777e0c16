#!/bin/bash
# A run measures each cell in several fresh processes, in rounds; what happens to one of them is a failure of its
# cell only; --precision adds processes.
. tests/blackbox/lib.sh

cells=(--graph chain,star --nodes 200 --engine pread,mmap --no-plots --no-roofline)

columns() { # RUN PASS: cell, process and repetition of each line
	sed -nE 's/^\{"cell":"([^"]*)","pass":"'"$2"'","process":([0-9]*),"repetition":([0-9]*),.*/\1 \2 \3/p' "$1/samples.jsonl"
}

# ---- rounds ----

run "$iowalk" run "${cells[@]}" --processes 4 --repetitions 3 --min-time 0.001 --out "$work/rounds"
exits "four processes" 0
check "four processes: all verified" all_verified "$work/rounds"
is "four processes: samples of each cell and process" \
	"$(columns "$work/rounds" time | awk '{ n[$1 " " $2]++ } END { for (i in n) if (n[i] != 3) bad = 1; print length(n), bad + 0 }')" "16 0"
is "rounds: no process before all cells have the one before" "$(columns "$work/rounds" time | awk '{ print $2 }' | sort -nc && echo yes)" yes
is "rounds: engines of one graph stand side by side" \
	"$(columns "$work/rounds" time | cut -d/ -f2 | uniq | wc -l | awk '{ print $1 <= 8 ? "yes" : $1 }')" yes
is "rounds: their orders differ" "$(columns "$work/rounds" time | awk '!seen[$1 " " $2]++ { order[$2] = order[$2] $1 }
	END { for (i in order) different[order[i]]; print (length(different) > 1) }')" 1
is "one latency sample, of the first process" "$(columns "$work/rounds" latency | awk '{ print $2, $3 }' | sort -u)" "0 0"
is "three counts, of three processes" "$(columns "$work/rounds" count | awk '{ print $2, $3 }' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" " 4 0 0; 4 1 0; 4 2 0;"
is "three counts agree" "$(samples "$work/rounds" count '.*/chain/.*/pread/.*' | numbers syscalls_pread64 | sort -u)" 399
is "each time sample says what it had of the core, and no other" \
	"$(grep -E '"core_ns":[0-9]*[1-9]' "$work/rounds/samples.jsonl" | cut -d, -f2 | sort | uniq -c | tr -s ' ')" ' 48 "pass":"time"'
check "the table shows the spread between processes, and slow ones" grep -qE 'spread +between +slow' "$work/stdout"
check "summary.md does" grep -qE 'spread \| between \| slow' "$work/rounds/summary.md"
run "$iowalk" run "${cells[@]}" --processes 1 --repetitions 3 --iterations 1 --out "$work/one"
check "one process: the table has neither" sh -c "! grep -qE 'between|slow' '$work/stdout'"
is "one process: one count" "$(samples "$work/one" count | wc -l)" 4
run "$iowalk" run "${cells[@]}" --processes 4 --repetitions 3 --min-time 0.001 --json --out "$work/json"
is "as JSON" "$(grep -c '"slow_processes_count"' "$work/stdout")" 4
expect "no process" 2 "processes '0': not a whole number from 1 to 1000" "$iowalk" run "${cells[@]}" --processes 0

copies() { # OPTION...: how often a run copied the program, which it does for a round that measures
	rm -rf "$work/copied"
	strace -o "$work/copies" -e trace=memfd_create "$iowalk" run --graph chain --nodes 20 --engine pread,mmap --repetitions 1 \
		--iterations 1 --no-plots --no-roofline --out "$work/copied" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null &&
		grep -c '"iowalk"' "$work/copies"
}
if strace -o "$work/trace" true 2>/dev/null; then
	is "a copy of the program for the only round" "$(copies --passes time --processes 1)" 1
	is "a copy for each of two rounds" "$(copies --passes time --processes 2)" 2
else
	skip "copies of the program" "strace is not installed, or cannot trace here"
fi

# ---- processes differ in what should not matter ----

workers() { # PID: its workers
	local child children command
	if ! read -ra children 2>/dev/null <"/proc/$1/task/$1/children"; then
		mapfile -t children < <(pgrep -P "$1")
	fi
	for child in "${children[@]}"; do
		mapfile -d '' command 2>/dev/null <"/proc/$child/cmdline" && [ "${command[*]}" = "iowalk worker" ] && echo "$child"
	done
}
start() { # OUT OPTION...: in the background; sets $pid
	local out=$1
	shift
	"$iowalk" run --passes time --no-plots --no-roofline --out "$out" "$@" >"$work/stdout" 2>"$work/stderr" &
	pid=$!
}
wait_worker() { # sets $worker
	worker=
	for _ in $(seq 500); do
		worker=$(workers $pid | head -n 1)
		[ -n "$worker" ] && return
		sleep 0.01
	done
	return 1
}

catch_worker() { # sets $worker, and stops it, before its first half is over: 20 samples of 0.03 s are more than 0.6 s
	local ticks
	ticks=$(getconf CLK_TCK)
	for _ in $(seq 500); do
		for worker in $(workers $pid); do
			kill -STOP "$worker" 2>/dev/null || continue
			sleep 0.01
			# Field 22 is when it began, 3 its state. https://man7.org/linux/man-pages/man5/proc.5.html
			awk -v ticks="$ticks" '{ sub(/.*\) /, ""); exit !($1 == "T" && up - $20 / ticks < 0.3) }' \
				up="$(cut -d' ' -f1 /proc/uptime)" "/proc/$worker/stat" 2>/dev/null && return
			kill -CONT "$worker" 2>/dev/null
		done
		sleep 0.01
	done
	return 1
}

start "$work/vary" --graph chain --nodes 200 --engine pread --processes 6 --repetitions 3 --min-time 0.05
for _ in $(seq 100); do
	kill -0 $pid 2>/dev/null || break
	for worker in $(workers $pid); do
		{ tr '\0' '\n' <"/proc/$worker/environ" | sed -n 's/^IOWALK_PADDING=/x/p' | wc -c; } 2>/dev/null >>"$work/paddings"
		sed -n '/\[stack\]/s/ .*//p' "/proc/$worker/maps" 2>/dev/null >>"$work/stacks"
	done
	sleep 0.05
done
kill $pid 2>/dev/null
wait $pid 2>/dev/null
check "the environment's size differs" test "$(sort -u "$work/paddings" | wc -l)" -gt 2
if [ "$(cat /proc/sys/kernel/randomize_va_space)" = 0 ] || setarch --show 2>/dev/null | grep -q no-randomize; then
	skip "the stack's place differs" "addresses are not randomised here"
else
	check "the stack's place differs" test "$(sort -u "$work/stacks" | wc -l)" -gt 2
fi

# ---- a process that crashes or hangs ----

long=("${cells[@]}" --processes 2 --repetitions 20 --min-time 0.03)
start "$work/crashed" "${long[@]}"
check "a process runs" catch_worker
kill -KILL "$worker"
wait $pid
status=$?
exits "a process that crashes: exit status" 1
check "a process that crashes: said" grep -q 'its worker crashed: Killed' "$work/stderr"
is "a process that crashes: one cell fails" "$(grep -c '"error":' "$work/crashed/samples.jsonl")" 1
is "a process that crashes: the others are measured" \
	"$(columns "$work/crashed" time | awk '$2 == 1 && $3 == 19' | wc -l)" 3
run "$iowalk" run --resume "$work/crashed" --no-plots
exits "a process that crashed is measured again" 0
is "with all of its samples" "$(columns "$work/crashed" time | sort -u | wc -l)" 160

start "$work/hung" "${long[@]}" --timeout 1
catch_worker
wait $pid
status=$?
exits "a process that hangs: exit status" 1
check "a process that hangs: said" grep -qE 'its worker did not end within [0-9.]+ s' "$work/stderr"
is "a process that hangs: one cell fails" "$(grep -c '"error":' "$work/hung/samples.jsonl")" 1
check "a process that hangs is ended" sh -c "! kill -0 $worker 2>/dev/null"

for signal in KILL TERM; do
	start "$work/ended-$signal" "${cells[@]}" --processes 2 --repetitions 20 --min-time 0.005
	wait_worker
	kill -$signal $pid
	wait $pid 2>/dev/null
	for _ in $(seq 100); do
		kill -0 "$worker" 2>/dev/null || break
		sleep 0.02
	done
	check "SIG$signal of the run ends its process" sh -c "! kill -0 $worker 2>/dev/null"
	expect "SIG$signal: resume" 0 '^record: ' "$iowalk" run --resume "$work/ended-$signal" --no-plots
	is "SIG$signal: all processes are whole" "$(columns "$work/ended-$signal" time | sort -u | wc -l)" 160
done

# ---- precision ----

one=(--graph chain --nodes 200 --engine pread,mmap --passes time --repetitions 3 --min-time 0.001 --no-plots --no-roofline)
run "$iowalk" run "${one[@]}" --precision 90% --budget 60 --out "$work/precise"
exits "a precision that is reached" 0
check "it needs ten processes" test "$(columns "$work/precise" time | awk '{ print $2 }' | sort -nu | tail -n 1)" -ge 9
check "what was asked for is in the record" grep -q '"asked_percent": 90' "$work/precise/run.json"
check "what ended it is in the record" grep -q '"ended": "rounds"' "$work/precise/run.json"
is "each cell has its interval" "$(grep -c '"half_width_percent"' "$work/precise/run.json")" 2
is "each cell has reached it" "$(grep -c '"reached": true' "$work/precise/run.json")" 2
check "the table shows it" grep -qE 'pread .*(±|\+-)[0-9.]+% ' "$work/stdout"
# A machine that stands still may use up a budget with the ten processes that each cell gets anyhow: then a larger one.
for budget in 3 12 48; do
	rm -rf "$work/wide"
	run "$iowalk" run "${one[@]}" --precision 0.0001% --budget $budget --out "$work/wide"
	more=$(columns "$work/wide" time | awk '$2 > 9 { print $1 }' | sort -u | wc -l)
	[ "$more" -eq 2 ] && break
done
exits "a precision that is not reached" 0
check "the budget ended it" grep -q '"ended": "budget"' "$work/wide/run.json"
is "no cell has reached it" "$(grep -c '"reached": false' "$work/wide/run.json")" 2
check "the table marks the cells" grep -qE 'pread .*% !' "$work/stdout"
check "a message says how many" grep -q '2 of 2 cells did not reach the precision' "$work/stderr"
is "the budget was used for both" "$more" 2
for wrong in 0 0% abc 100 200% -1 nan 2%% ''; do
	expect "--precision '$wrong'" 2 "precision .*not a percentage above 0 and below 100" "$iowalk" run "${one[@]}" --precision "$wrong"
done
for wrong in 0 -5 x nan 1e9; do
	expect "--budget '$wrong'" 2 "budget .*not seconds above 0" "$iowalk" run "${one[@]}" --precision 2 --budget "$wrong"
done
expect "--budget without --precision" 2 'budget.*precision' "$iowalk" run "${one[@]}" --budget 5
expect "--precision of a resumed run" 2 '--precision' "$iowalk" run --resume "$work/precise" --precision 5

finish
