#!/bin/bash
# System calls by name without the right to use perf: traced with ptrace(2), equal to strace and perf,
# and nothing stays behind.
. tests/blackbox/lib.sh

count() { # OUT OPTION...
	local out=$1
	shift
	rm -rf "$out"
	run "$iowalk" run --passes count --no-plots --no-roofline --processes 1 --repetitions 1 --out "$out" "$@"
}

# CELL NAME COUNT of each system call in a walk.
by_name() { # RUN
	samples "$1" count | sed -E 's/^\{"cell":"([^"]*)".*"metrics":\{([^}]*)\}.*/\1 \2/' | awk '{
		n = split($2, part, ",")
		for (i = 1; i <= n; i++)
			if (part[i] ~ /^"syscalls/ && part[i] !~ /_self"/) {
				gsub(/"/, "", part[i]); sub(/:/, " ", part[i]); print $1, part[i]
			}
	}' | sort
}

walks=(--graph random --nodes 300 --iterations 2)
count "$work/first" "${walks[@]}" --engine pread --counters ptrace
source=$(samples "$work/first" count | texts syscalls)
if [ "$source" != '"ptrace"' ]; then
	skip "tracing" "ptrace is forbidden here"
	finish
fi

# ---- against perf ----

all=(--engine pread,buffered,mmap,mmap_advised --workload bfs,lookup,read --layout slotted,csr
	--opt read.reads=300,lookup.queries=300)
count "$work/traced" "${walks[@]}" "${all[@]}" --counters ptrace
exits "walks are traced" 0
check "all answers are verified" all_verified "$work/traced"
is "one source of system calls" "$(samples "$work/traced" count | texts syscalls | sort -u)" '"ptrace"'
is "faults by getrusage, from walks that are not traced" "$(samples "$work/traced" count | texts faults_minor | sort -u)" '"getrusage"'
is "mmap makes no system call" "$(samples "$work/traced" count 'bfs/[^"]*/mmap/[^"]*' | numbers syscalls | sort -u)" 0
count "$work/stores" "${walks[@]}" --profile sqlite,lmdb --counters ptrace
exits "sqlite and lmdb are traced" 0
count "$work/opens" --workload open --graph random --nodes 300 --profile lmdb --counters ptrace
check "open of lmdb: the store's own calls, no process of ours" test "$(by_name "$work/opens" | awk '$2 == "syscalls" { print $3 }')" -lt 30
is "sqlite: system calls of a reference" "$(samples "$work/stores" count '[^"]*sqlite[^"]*' | texts syscalls)" '"ptrace"'
count "$work/perf" "${walks[@]}" "${all[@]}"
if [ "$(samples "$work/perf" count | texts syscalls | sort -u)" != '"perf:raw_syscalls:sys_enter"' ]; then
	skip "equal to perf" "perf cannot count system calls here"
elif sanitized; then
	skip "equal to perf" "a sanitizer makes system calls, too"
else
	check "engines: equal to perf, by name" diff <(by_name "$work/traced") <(by_name "$work/perf")
	count "$work/perf" "${walks[@]}" --profile sqlite,lmdb
	check "sqlite and lmdb: equal to perf, by name" diff <(by_name "$work/stores") <(by_name "$work/perf")
	check "something was compared" test "$(by_name "$work/stores" | grep -c fcntl)" -gt 0
	# what the parts add up to: no call is counted under two names
	adds() { by_name "$1" | awk '$2 == "syscalls" { all[$1] = $3; next } { sum[$1] += $3 }
		END { for (c in all) if (all[c] != sum[c] + 0) { print c, all[c], sum[c]; bad = 1 } exit bad }'; }
	check "the names add up, perf" adds "$work/perf"
	check "the names add up, ptrace" adds "$work/stores"
fi

# ---- against strace ----

per_walk() { # NAME OPTION...: calls of a walk by strace, as the difference of runs with 5 and 10 walks
	local name=$1 n
	shift
	for n in 5 10; do
		rm -rf "$work/straced"
		run $fixed strace -f -c -U calls,name -o "$work/calls.$n" "$iowalk" run --passes count --no-plots --no-roofline \
			--counters none --iterations $n --min-time 3600 --processes 1 --repetitions 1 --out "$work/straced" "$@"
		[ "$status" -eq 0 ] || not_ok "strace of $name, $n walks" "$(said)"
	done
	# The parent polls, and looks at the machine, once more for each second that it waits: less than half a call a walk. And
	# it waits for its worker to end, in steps.
	awk 'NR == FNR { few[$2] = $1; next }
		$2 != "total" && $2 != "poll" && $2 != "wait4" && $2 != "clock_nanosleep" && $1 - few[$2] >= 5 { printf "syscalls_%s %.0f\n", $2, ($1 - few[$2]) / 5 }' \
		"$work/calls.5" "$work/calls.10" | sort >"$work/$name.strace"
}
fixed=
if setarch "$(uname -m)" -R true 2>/dev/null; then
	fixed="setarch $(uname -m) -R"
fi
if ! command -v strace >/dev/null || ! strace -o "$work/trace" true 2>/dev/null; then
	skip "equal to strace" "strace is not installed, or cannot trace here"
elif sanitized; then
	skip "equal to strace" "a sanitizer makes system calls, too"
else
	for store in "pread slotted" "buffered csr" sqlite lmdb; do
		set -- $store
		cell=(--graph random --nodes 300)
		if [ $# -eq 2 ]; then cell+=(--engine "$1" --layout "$2"); else cell+=(--profile "$1"); fi
		per_walk "$1" "${cell[@]}"
		count "$work/one" "${cell[@]}" --iterations 5 --counters ptrace
		check "strace: $store: equal by name" diff "$work/$1.strace" <(by_name "$work/one" | cut -d ' ' -f 2,3 | grep -v '^syscalls ')
	done
	check "strace: sqlite: something was compared" grep -q 'syscalls_fcntl [1-9]' "$work/sqlite.strace"
	# a process that is traced already: the engines' own counts, and absent where there are none
	run strace -f -o /dev/null "$iowalk" run --passes count --no-plots --no-roofline --processes 1 --repetitions 1 --counters ptrace \
		"${walks[@]}" --engine pread --out "$work/twice"
	exits "under strace" 0
	is "under strace: the engine's own counts" "$(samples "$work/twice" count | texts syscalls)" '"engine"'
fi

# ---- threads, signals, and what stays behind ----

# Of a graph whose levels are wide enough to be shared.
count "$work/threads" --graph random --nodes 6000 --iterations 1 --engine pread,mmap --threads 3 --counters ptrace
exits "three threads are traced" 0
check "three threads: all answers are verified" all_verified "$work/threads"
pread() { samples "$work/threads" count '[^"]*/pread/[^"]*' | numbers "$1" | head -n 1; }
check "three threads: pread64 is called" test "$(pread syscalls_pread64 | cut -d . -f 1)" -gt 6000
is "three threads: pread64 is counted in all of them" "$(pread syscalls_pread64)" "$(pread syscalls_self)"
helpers() { # processes of this run that are left
	local all
	all=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ')
	grep -o -- "--out $work/long" <<<"$all" | wc -l
}
for signal in INT TERM KILL; do
	rm -rf "$work/long"
	"$iowalk" run --passes count --no-plots --no-roofline --iterations 200 --graph random --nodes 20000 --engine pread,buffered \
		--counters ptrace --out "$work/long" >/dev/null 2>&1 &
	process=$!
	for _ in $(seq 100); do [ -e "$work/long/run.json" ] && break || sleep 0.1; done
	sleep 3 # the walks that are counted before those that are traced take less
	kill -s $signal $process
	status=0
	timeout 30 tail --pid=$process -f /dev/null
	wait $process 2>/dev/null || status=$?
	is "SIG$signal in a traced walk: exit status" $status $((128 + $(kill -l $signal)))
	for _ in $(seq 50); do [ "$(helpers)" -eq 0 ] && break || sleep 0.1; done
	is "SIG$signal in a traced walk: no process stays behind" "$(helpers)" 0
done

finish
