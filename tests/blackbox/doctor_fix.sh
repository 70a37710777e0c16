#!/bin/bash
# iowalk doctor --fix changes settings while a command runs and restores them, whatever ends it. On files of
# this test in place of /sys and /run.
. tests/blackbox/lib.sh
program=$(cd "$(dirname "$iowalk")" && pwd)/iowalk
export IOWALK_TEST_ROOT=$work/root
cpus=$IOWALK_TEST_ROOT/sys/devices/system/cpu
damon=$IOWALK_TEST_ROOT/sys/kernel/mm/damon/admin/kdamonds
module=$IOWALK_TEST_ROOT/sys/module/damon_reclaim/parameters
left=$IOWALK_TEST_ROOT/run/iowalk-doctor.json

put() { # FILE VALUE
	mkdir -p "$(dirname "$1")"
	echo "$2" >"$1"
}
machine() { # a machine with all settings, none of which is good
	rm -rf "$IOWALK_TEST_ROOT"
	mkdir -p "$IOWALK_TEST_ROOT/run" "$cpus/cpu0"
	for policy in 0 1; do
		put "$cpus/cpufreq/policy$policy/scaling_available_governors" "performance powersave ondemand "
		put "$cpus/cpufreq/policy$policy/scaling_governor" powersave
	done
	ln -s ../cpufreq/policy0 "$cpus/cpu0/cpufreq"
	put "$cpus/intel_pstate/no_turbo" 0
	put "$cpus/smt/control" on
	put "$module/enabled" Y
	put "$damon/nr_kdamonds" 2
	for thread in 0 1; do
		put "$damon/$thread/state" on
		put "$damon/$thread/contexts/0/schemes/nr_schemes" 1
	done
	put "$damon/0/contexts/0/schemes/0/action" stat
	put "$damon/1/contexts/0/schemes/0/action" pageout
}
settings() { # all of them, in one line
	cat "$cpus"/cpufreq/policy*/scaling_governor "$cpus/intel_pstate/no_turbo" "$cpus/smt/control" \
		"$module/enabled" "$damon"/*/state | tr '\n' ' '
}
before="powersave powersave 0 on Y on on "
during="performance performance 1 on N on off "
{
	printf 'cpus=%q module=%q damon=%q\n' "$cpus" "$module" "$damon"
	declare -f settings
	echo settings
} >"$work/settings"

restored() { # waits up to 5 s for the other process
	for _ in $(seq 100); do
		if [ "$(settings)" = "$before" ] && [ ! -e "$left" ]; then return 0; fi
		sleep 0.05
	done
	settings
	return 1
}

# ---- the checks ----

machine
run "$iowalk" doctor --cache-dir "$work/cache"
for word in governor turbo reclaim; do
	check "doctor warns: $word" grep -q "^warn *$word " "$work/stdout"
done
check "and names --fix" grep -q 'remedy: *iowalk doctor --fix' "$work/stdout"
check "nothing is changed by it" grep -q '^ok *settings *none' "$work/stdout"

# ---- a command ----

expect "the settings while a command runs" 0 "$during" "$iowalk" doctor --fix -- bash "$work/settings"
is "restored after it" "$(settings)" "$before"
check "no file is left" test ! -e "$left"
check "what was set" grep -qE '^set +turbo .*: 0 -> 1' "$work/stderr"
check "what was restored" grep -qE '^restored +governor .*policy1.*: powersave' "$work/stderr"
check "what is left as it is, and why" grep -qE '^left +SMT +on, and left on' "$work/stderr"
is "stdout is the command's" "$(cat "$work/stdout")" "$during"
expect "with --no-smt" 0 'performance performance 1 off N' "$iowalk" doctor --fix --no-smt -- bash "$work/settings"
is "restored after it" "$(settings)" "$before"
expect "the exit status of the command" 7 '' "$iowalk" doctor --fix -- sh -c 'exit 7'
expect "a command that does not exist" 127 "cannot run 'no-such-program'" "$iowalk" doctor --fix -- no-such-program
is "restored after it" "$(settings)" "$before"
expect "a command that is killed" 137 '' "$iowalk" doctor --fix -- sh -c 'kill -9 $$'
expect "doctor while it is active" 0 '^ok *settings *changed by' "$iowalk" doctor --fix -- "$program" doctor
expect "another one meanwhile" 1 'another .* is active' "$iowalk" doctor --fix -- "$program" doctor --fix -- true
expect "nothing to restore meanwhile" 1 'another .* is active' "$iowalk" doctor --fix -- "$program" doctor --restore
is "restored after all of them" "$(settings)" "$before"
expect "options that exclude each other" 2 'cannot be given together' "$iowalk" doctor --fix --json
expect "--no-smt alone" 2 'needs --fix' "$iowalk" doctor --no-smt

# ---- settings that cannot be set ----

rm "$cpus/cpufreq/policy1/scaling_governor"
ln -s /proc/sys/kernel/osrelease "$cpus/cpufreq/policy1/scaling_governor"
run "$iowalk" doctor --fix -- true
exits "a setting that refuses" 0
check "it is named with its reason" grep -qE '^FAIL +governor .*policy1.*cannot set performance: [A-Z]' "$work/stderr"
machine
put "$cpus/cpufreq/policy1/scaling_available_governors" "powersave schedutil"
run "$iowalk" doctor --fix -- bash "$work/settings"
is "a governor that is not there is not asked for" "$(cat "$work/stdout")" "${during/performance performance/performance powersave}"
machine
run "$iowalk" doctor --fix -- sh -c "echo ondemand >'$cpus/cpufreq/policy0/scaling_governor'"
is "what somebody else changed stays" "$(settings)" "${before/powersave/ondemand}"
check "and is named" grep -qE '^left +governor .*policy0.*ondemand' "$work/stderr"
rm -r "$IOWALK_TEST_ROOT/run"
expect "nowhere to keep the old values" 1 'cannot write' "$iowalk" doctor --fix -- touch "$work/touched"
check "then the command is not run" test ! -e "$work/touched"
rm -r "${IOWALK_TEST_ROOT:?}/sys"
mkdir "$IOWALK_TEST_ROOT/run"
expect "a machine without settings: the command runs" 3 '' "$iowalk" doctor --fix -- sh -c 'exit 3'
expect "a machine without settings: nothing to wait for" 0 'nothing to wait for' "$iowalk" doctor --fix

# ---- signals ----

machine
for signal in INT TERM; do
	# in a group of its own; a shell without job control would have its background ignore SIGINT
	run timeout --foreground -s "$signal" 1 "$iowalk" doctor --fix -- sleep 60
	exits "SIG$signal while a command runs" 124
	check "SIG$signal: restored" restored
	run timeout --foreground -s "$signal" 1 "$iowalk" doctor --fix
	check "SIG$signal without a command: restored" restored
	check "SIG$signal without a command: the settings were set" grep -qE '^set +turbo' "$work/stderr"
done

# ---- kill -9 ----

run "$iowalk" doctor --fix -- sh -c 'kill -9 $PPID; exec sleep 60'
exits "killed" 137
check "killed: the other process restores" restored

# Its restoring process is a child of the program that ignores SIGINT; the command is the other one.
cat >"$work/kill_both" <<'END'
for status in /proc/[0-9]*/status; do
	grep -q "^Name:.iowalk-restore" "$status" && grep -q "^PPid:.$PPID\$" "$status" || continue
	pid=${status#/proc/}
	kill -9 "${pid%/status}"
done
kill -9 $PPID
END
kill_both() { # leaves the settings changed
	machine
	run "$iowalk" doctor --fix -- sh "$work/kill_both"
	sleep 0.2
}
kill_both
is "both killed: the settings are left changed" "$(settings)" "$during"
expect "doctor says so" 0 '^warn *settings *an .* ended without restoring' "$iowalk" doctor --cache-dir "$work/cache"
expect "--restore" 0 'restored +turbo' "$iowalk" doctor --restore
check "--restore restores" restored
expect "once" 0 'nothing to restore' "$iowalk" doctor --restore
kill_both
echo powersave >"$cpus/cpufreq/policy0/scaling_governor" # as if it had not come so far
expect "the next --fix restores first" 0 "$during" "$iowalk" doctor --fix -- bash "$work/settings"
check "and then to the oldest values" restored
kill_both
sed -i 's/"boot": "./"boot": "x/' "$left"
expect "of an earlier boot: nothing to restore" 0 'nothing to restore' "$iowalk" doctor --restore
is "of an earlier boot: nothing is written" "$(settings)" "$during"
kill_both
head -c 100 "$left" >"$work/short"
cp "$work/short" "$left"
expect "a file that was cut off" 0 'nothing to restore' "$iowalk" doctor --restore
machine
echo secret >"$work/other"
printf '{"format":1,"boot":"%s","changes":[{"name":"x","path":"/sys/../../other","old":"a","new":"secret"}]}' \
	"$(cat /proc/sys/kernel/random/boot_id)" >"$left"
run "$iowalk" doctor --restore
is "a file that names no setting" "$(cat "$work/other")" secret

# Killed at any moment, the setting of values included.
machine
for ms in 0 1 2 3 4 5 6 7 8 9 10 12 14 16 18 20 25 30 40 50; do
	"$iowalk" doctor --fix -- sleep 60 >/dev/null 2>&1 &
	sleep "0.0$(printf '%02d' "$ms")"
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	# Killed before it started the other process, it has changed nothing; the file is then read and removed.
	for _ in $(seq 100); do
		[ ! -e "$left" ] || "$iowalk" doctor --restore >/dev/null 2>&1 || sleep 0.05
	done
	[ "$(settings)" = "$before" ] || break
done 2>/dev/null
is "killed after 0 to 50 ms: restored each time" "$(settings) $ms" "$before 50"
finish
