#!/bin/bash
# Without perf events and without privileges: all cells run, and records name the source of counts.
. tests/blackbox/lib.sh

engines=buffered,pread,mmap,mmap_advised
cells=(--graph chain --nodes 1000 --engine $engines --processes 1 --repetitions 1 --iterations 2 --no-plots)

record_points() { # NAME RUN: its counts are those of the engines
	is "$1: one source of system calls" "$(samples "$2" count | texts syscalls | sort -u)" '"engine"'
	is "$1: one source of system calls by name" "$(samples "$2" count '.*/pread/.*' | texts syscalls_pread64)" '"engine"'
	is "$1: pread calls of a chain of 1000" "$(samples "$2" count '.*/pread/.*' | numbers syscalls_pread64)" 1999
	is "$1: system calls of mmap" "$(samples "$2" count '.*/mmap/.*' | numbers syscalls)" 0
	is "$1: faults by getrusage" "$(samples "$2" count | texts faults_minor | sort -u)" '"getrusage"'
	check "$1: nothing from perf" sh -c "! grep -q 'perf:' '$2/samples.jsonl'"
	check "$1: all verified" all_verified "$2"
}

expect "--counters none" 0 '^record: ' "$iowalk" run "${cells[@]}" --counters none --out "$work/none"
record_points "--counters none" "$work/none"

# The system calls of close() are counted, too.
expect "create, --counters none" 0 '^record: ' "$iowalk" run --workload create --graph chain --nodes 1000 \
	--engine $engines,memory --processes 1 --repetitions 1 --no-plots --counters none --out "$work/create"
is "create: each file is closed once" \
	"$(samples "$work/create" count | numbers syscalls_close | sort -u)" 1
is "create: the close is counted in each cell" "$(samples "$work/create" count | numbers syscalls_close | wc -l)" 5

# ---- libpfm4 is loaded when an event is named, and may be missing ----

loading() { # PASS: how many processes of a run loaded libpfm4
	rm -f "$work"/loaded.*
	run env LD_DEBUG=files LD_DEBUG_OUTPUT="$work/loaded" "$iowalk" run --graph chain --nodes 50 --engine pread --passes "$1" \
		--processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline --out "$work/loading-$1"
	[ "$status" -eq 0 ] && grep -l '/libpfm\.so' "$work"/loaded.* | wc -l
}
is "a pass of times does not load libpfm4" "$(loading time)" 0
is "a pass of counts loads it in its worker" "$(loading count)" 1
mkdir "$work/empty"
: >"$work/empty/libpfm.so.4"
expect "a libpfm4 that cannot be loaded is the reason" 0 'cycles .*unavailable here: cannot load libpfm4: .*/empty/libpfm' \
	env LD_LIBRARY_PATH="$work/empty" "$iowalk" list counters
run env LD_LIBRARY_PATH="$work/empty" "$iowalk" run "${cells[@]}" --passes count --no-roofline --out "$work/unloaded"
exits "without libpfm4: exit status" 0
check "without libpfm4: all verified" all_verified "$work/unloaded"
is "without libpfm4: faults by getrusage" "$(samples "$work/unloaded" count | texts faults_minor | sort -u)" '"getrusage"'

# ---- another user ----

if [ "$(id -u)" -ne 0 ]; then
	skip "as another user" "only root can change the user"
	finish
elif ! command -v setpriv >/dev/null; then
	skip "as another user" "setpriv is not installed"
	finish
fi

# The user may have no access to the parent folders, so a copy of iowalk is started in a folder of
# the user.
mkdir "$work/nobody"
cp "$iowalk" "$work/nobody/iowalk"
chown -R 65534:65534 "$work/nobody"
as_nobody() { # ARGUMENT...
	(cd "$work/nobody" && unset IOWALK_CACHE_DIR && HOME=/nonexistent exec setpriv --reuid=65534 \
		--regid=65534 --clear-groups ./iowalk "$@")
}

run as_nobody run "${cells[@]}" --cache-dir cache --out out
exits "as another user: exit status" 0
if grep -q 'perf:raw_syscalls' "$work/nobody/out/samples.jsonl"; then
	skip "as another user: counts" "on this machine every user may count system calls"
else
	check "as another user: one source of system calls, traced or counted by the engine" grep -qxE '"(ptrace|engine)"' \
		<(samples "$work/nobody/out" count | texts syscalls | sort -u)
	is "as another user: pread calls of a chain of 1000" "$(samples "$work/nobody/out" count '.*/pread/.*' | numbers syscalls_pread64)" 1999
fi
check "as another user: all verified" all_verified "$work/nobody/out"
run as_nobody run "${cells[@]}" --counters none --cache-dir cache --out none
record_points "as another user, --counters none" "$work/nobody/none"
run as_nobody doctor --cache-dir cache
exits "as another user: doctor" 0
if grep -q '^warn *system call counts' "$work/stdout"; then
	check "as another user: doctor names the remedy" sh -c \
		"grep -A 1 '^warn *system call counts' '$work/stdout' | grep -qE 'remedy:.*(perf_event_paranoid|tracefs)'"
else
	skip "as another user: doctor names the remedy" "doctor gives no warning here"
fi
expect "a cache folder of another user" 1 "cache folder '/proc/1/iowalk|cache folder '/root/iowalk|Permission denied|No such file" \
	as_nobody run "${cells[@]}" --cache-dir /root/iowalk --out third
check "a cache folder of another user: no run folder was made" test ! -e "$work/nobody/third"

# A reference does not count its own calls: without the kernel's counts they are absent, not 0.
run "$iowalk" run --profile sqlite,lmdb --counters none --graph chain --nodes 50 --processes 1 --repetitions 1 --iterations 1 \
	--no-plots --no-roofline --out "$work/references"
exits "references without perf" 0
is "references without perf: samples of the count pass" "$(samples "$work/references" count | wc -l)" 2
is "references without perf: no count of system calls" "$(grep -c '"syscalls' "$work/references/samples.jsonl")" 0

# ---- few file descriptors ----
run bash -c 'ulimit -n 48 && exec "$@"' sh "$iowalk" run --graph chain --nodes 50 --engine pread,mmap,uring \
	--processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline --out "$work/few"
exits "48 file descriptors: the run succeeds" 0
check "48 file descriptors: all verified" all_verified "$work/few"
is "48 file descriptors: the message, once" "$(grep -c 'only 48 file descriptors are allowed.*ulimit -n' "$work/stderr")" 1
is "48 file descriptors: no perf event" "$(grep -c 'perf:' "$work/few/samples.jsonl")" 0

finish
