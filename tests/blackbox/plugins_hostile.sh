#!/bin/bash
# A plug-in that crashes, hangs, exits, prints, changes signal handlers, leaves a thread behind or returns nonsense, in each of its
# hooks: an error of its cell, with the name of the plug-in; the run goes on, and no other cell loses a sample.
. tests/blackbox/lib.sh
unset IOWALK_PLUGINS
cc=${CC:-cc}
command -v "${cc%% *}" >/dev/null || skip_all "no C compiler"
flags=(-O1 -g -shared -fPIC -I include -Wall -Wextra -Wno-infinite-recursion)
plugin=$work/hostile.so
check "the plug-in compiles" "$cc" "${flags[@]}" tests/plugins/hostile.c -o "$plugin"
[ -f "$plugin" ] || finish

# Each cell of the plug-in is a fault in a hook; beside them are cells of another engine and of the plug-in without a fault.
run_faults() { # OUT FAULT,… HOOK,… [OPTION…]
	run "$iowalk" run --plugin "$plugin" --workload bfs --graph random --nodes 60 --layout csr --engine hostile,pread \
		--opt "hostile.fault=none,$2" --opt "hostile.hook=none,$3" --processes 1 --repetitions 2 --iterations 1 --no-roofline \
		--no-plots --out "$1" "${@:4}"
}

cell() { # RUN FAULT HOOK: the lines of its samples
	grep -E "^\{\"cell\":\"[^\"]*hostile.fault:$2/hostile.hook:$3[\"/]" "$1/samples.jsonl"
}

fails() { # RUN FAULT HOOK REGEX
	local found
	found=$(cell "$1" "$2" "$3" | grep -oE '"error":"[^"]*"' | head -n 1)
	if grep -qE "\"error\":\"plug-in 'hostile_plugin': .*($4)" <<<"$found"; then
		ok "$2 in $3"
	else
		not_ok "$2 in $3" "wanted '$4', found: $found
$(cell "$1" "$2" "$3" | head -c 300)
$(grep -m 2 "fault:$2.*hook:$3" "$work/stderr")"
	fi
}

others_are_whole() { # RUN WANTED: cells without a fault have all samples
	is "no other cell lost a sample: ${1##*/}" "$(grep '"metrics"' "$1/samples.jsonl" |
		grep -cE '"cell":"[^"]*(/pread/|hostile.fault:none|hostile.hook:none)')" "$2"
}

# ---- a crash in each hook: cold, so that drop_cache is called, too ----

hooks="probe open close size read read_batch submit reap drop begin health stats threads"
list=${hooks// /,}
run_faults "$work/crash" crash "$list" --cache cold --passes time,count
exits "crashes: the run goes on to its end" 1
crashed='crashed: (Segmentation fault|Aborted)'
sanitized && crashed='(crashed|ended early)'
for hook in $hooks; do
	fails "$work/crash" crash "$hook" "$crashed"
done
# pread; no fault, with each of the hooks and with none; a crash in no hook.
one=$(cell "$work/crash" none none | grep -c '"metrics"')
pread=$(samples "$work/crash" '[a-z]*' 'bfs/[^"]*/pread/[^"]*' | grep -c '"metrics"')
check "cells without a fault have their samples" test "$one" -ge 3 -a "$pread" -ge 3
others_are_whole "$work/crash" "$((pread + one * (1 + 13 + 1)))"
is "nothing else failed" "$(grep -c '"error"' "$work/crash/samples.jsonl")" 13

run_faults "$work/attach" crash attach --threads 2 --passes time
fails "$work/attach" crash attach "$crashed"

# ---- other ends ----

run_faults "$work/ends" exit,abort,stack,closeall,result,wrong,huge read,open,size --cache warm --passes time
exits "ends: the run goes on to its end" 1
fails "$work/ends" exit read 'ended early, exit status 0'
fails "$work/ends" exit open 'ended early, exit status 0'
fails "$work/ends" exit size 'ended early, exit status 0'
fails "$work/ends" abort read "$crashed"
fails "$work/ends" stack read '(crashed|ended early)'
fails "$work/ends" closeall read '.'
fails "$work/ends" result read '(Protocol error|returned)'
fails "$work/ends" result open '(Protocol error|returned)'
fails "$work/ends" wrong read '.'
fails "$work/ends" huge size '.'

# ---- what it leaves behind ----

run_faults "$work/left" thread,print,signal read,close --cache warm --passes time
exits "what is left behind: the run goes on to its end" 1
fails "$work/left" thread read 'has left [0-9]+ threads? behind'
fails "$work/left" thread close 'has left [0-9]+ threads? behind'
fails "$work/left" print read "has written to standard output: 'hello from a hook"
fails "$work/left" signal close 'has changed the handler of signal 11'

# ---- hangs ----

run_faults "$work/hang" loop read,probe --cache warm --passes time --timeout 3
exits "hangs: the run goes on to its end" 1
fails "$work/hang" loop read 'did not end within'
fails "$work/hang" loop probe 'did not end within'

# ---- conformance ----

expect "conform: a probe that crashes is a failure of its engine" 1 '^FAIL +model +hostile fault=crash hook=probe +(crashed|ended the process)' \
	"$iowalk" conform --plugin "$plugin" hostile --only model --opt hostile.fault=crash,hostile.hook=probe
expect "conform: an engine that only reads is skipped" 4 'the engine only reads' \
	"$iowalk" conform --plugin "$plugin" hostile --only model

if sanitized; then
	run_faults "$work/overrun" overrun read --cache warm --passes time
	fails "$work/overrun" overrun read '(AddressSanitizer|ended early|crashed)'
else
	skip "it writes past a buffer" "only AddressSanitizer finds that for certain: make asan"
fi
finish
