#!/bin/bash
# The command line: exit status and message of wrong commands, and files that they must not write.
. tests/blackbox/lib.sh

refuses() { # NAME REGEX ARGUMENT...: exit status 2 and a message
	local name=$1 regex=$2
	shift 2
	expect "$name" 2 "$regex" "$iowalk" "$@"
}

# ---- commands ----

refuses "no command" '^usage: iowalk COMMAND'
refuses "unknown command" "^iowalk: unknown command 'frob'; valid: run, exec, profile, suite, tune, merge, list, verify, conform, doctor, roofline, .*gate, calibrate, worker" frob
expect "help" 0 '^usage: iowalk COMMAND' "$iowalk" --help
expect "version" 0 '^iowalk [0-9]' "$iowalk" --version
for command in run exec tune merge list verify conform doctor roofline compare phase report export gate calibrate worker; do
	expect "$command --help" 0 "^usage: iowalk $command" "$iowalk" $command --help
	cp "$work/stdout" "$work/help.$command"
	refuses "$command: unknown option" "^iowalk: .*--frob" $command --frob
	check "$command: unknown option: how to get help" grep -q "try .iowalk $command --help" "$work/stderr"
done
for kind in engines layouts graphs workloads profiles suites counters; do
	expect "list $kind" 0 '^[a-z]' "$iowalk" list $kind
	run "$iowalk" list $kind --json
	json_point "list $kind --json" "$work/stdout"
done
refuses "list without a kind" 'valid: engines, layouts' list
refuses "list of an unknown kind" "'frob'.*valid: engines, layouts, graphs, workloads, profiles, suites, counters" list frob
refuses "list of two kinds" "not 'graphs' as well" list engines graphs
refuses "verify without a file" 'needs a FILE' verify
refuses "export without a run" 'needs a RUN' export --format csv
refuses "export of a missing run" "'$work/none'.*No such file" export "$work/none" --format csv
expect "doctor" 0 'checks: ' "$iowalk" doctor
doctor_slurm() { # NAME REGEX [VARIABLE=VALUE]...
	local name=$1 regex=$2
	shift 2
	run env -u SLURM_JOB_ID -u SLURM_CPUS_ON_NODE -u SLURM_MEM_PER_NODE -u SLURM_MEM_PER_CPU "$@" "$iowalk" doctor
	check "doctor: $name" grep -qzE "$regex" "$work/stdout"
}
online=$(getconf _NPROCESSORS_ONLN)
doctor_slurm "no Slurm job" 'ok +Slurm +not in a job'
doctor_slurm "a job's memory" "Slurm +job 12 may use $online of $online CPUs and 100 MiB[^:]*: +no cgroup limits the memory" \
	SLURM_JOB_ID=12 "SLURM_CPUS_ON_NODE=$online" SLURM_MEM_PER_CPU=1 SLURM_MEM_PER_NODE=100
if [ "$(nproc)" -ge 2 ]; then
	doctor_slurm "a job that is not kept to its CPUs" "warn +Slurm +job 12 may use 1 of $online CPUs and all memory[^:]*: +nothing keeps" \
		SLURM_JOB_ID=12 SLURM_CPUS_ON_NODE=1
	cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
	doctor_slurm "a shared node" "warn +Slurm +job 12 may use 1 of $online CPUs and all memory[^:]*: +the node is shared" \
		SLURM_JOB_ID=12 SLURM_CPUS_ON_NODE=1 taskset -c "$cpu"
else
	skip "doctor: shared nodes" "one processor"
fi
run "$iowalk" doctor --json
exits "doctor --json: exit status" 0
json_point "doctor --json" "$work/stdout"
expect "output that cannot be written" 1 'cannot write to standard output' \
	sh -c "'$iowalk' list engines >/dev/full"

# ---- names and options ----

refuses "unknown engine" "engine 'frob'; valid: .*mmap, mmap_advised, .*pread" run --engine pread,frob
refuses "unknown layout" "layout 'frob'; valid: .*csr, .*slotted" run --layout frob
refuses "unknown graph" "graph 'frob'; valid: chain, .*star" run --graph frob
refuses "unknown workload" "workload 'frob'; valid: .*bfs, compact, create" run --workload frob
refuses "unknown cache state" "'frob'; valid: cold, warm" run --cache frob
refuses "unknown pass" "'frob'; valid: time, latency, count" run --passes frob
refuses "unknown color" "'frob': valid: auto, always, never" run --color frob
refuses "unknown counters" "'frob': valid: auto, ptrace, none" run --counters frob
refuses "an extra argument" "'frob'" run frob
refuses "graph file without a path" 'file:PATH' run --graph file
refuses "generated graph with a path" 'takes no path' run --graph chain:x
refuses "option of an unknown owner" "'frob.x=1' is for none of the cells" run --opt frob.x=1
refuses "option of an absent owner" "'buffered.windows=2' is for none of the cells" \
	run --engine pread --opt buffered.windows=2
refuses "unknown option key" "pread has no option 'frob'" run --engine pread --opt pread.frob=1
refuses "option value out of range" "'1000'.* 1 to 64" run --opt buffered.windows=1000
refuses "option value that is not one of its words" "'frob'.*fixed, adaptive|fixed\|adaptive" run --opt buffered.policy=frob
refuses "option without a value" 'owner.key=value' run --opt pread.fadvise
refuses "filter that is not a regular expression" "filter '\('" run --filter '('
refuses "filter that matches nothing" "no cell matches the filter 'frob'" run --filter frob

# ---- numbers ----

for nodes in 0 -1 abc 1e9x 1.5 99999999999999999999; do
	refuses "nodes '$nodes'" "nodes '$nodes'.*whole number" \
		run --nodes "$nodes" --out "$work/out"
done
refuses "nodes ''" 'nodes: empty' run --nodes '' --out "$work/out"
refuses "no repetitions" "repetitions '0'" run --processes 1 --repetitions 0
refuses "seed" "seed 'x'" run --seed x
refuses "min-time" "min_time '-1'" run --min-time -1
refuses "degree" "degree '0'" run --graph random --degree 0
refuses "cache limit" "'x'" run --cache-limit x
refuses "more nodes than the disk has room for" 'nodes:1000000000000000: .* bytes.*; [0-9]+ are free' \
	run --nodes 1000000000000000 --out "$work/out"
refuses "more nodes than memory has room for" 'bytes of memory' \
	run --engine null --graph chain --nodes 1000000000000000 --out "$work/out"
is "refused commands write no file to the cache folder" "$(find "$IOWALK_CACHE_DIR" -type f 2>/dev/null)" ""
check "refused commands make no run folder" test ! -e "$work/out"

# ---- folders ----

small=(--graph chain --nodes 10 --engine pread --processes 1 --repetitions 1 --iterations 1 --no-plots)
expect "a run" 0 '^record: ' "$iowalk" run "${small[@]}" --out "$work/first"
cksum "$work/first"/* >"$work/before"
refuses "an existing run folder" "'$work/first': File exists" run "${small[@]}" --out "$work/first"
cksum "$work/first"/* >"$work/after"
check "an existing run folder is not changed" cmp "$work/before" "$work/after"
: >"$work/file"
refuses "a run folder below a file" "'$work/file/run': Not a directory" \
	run "${small[@]}" --out "$work/file/run"
refuses "a cache folder below a file" "cache folder '$work/file/cache': Not a directory" \
	run "${small[@]}" --cache-dir "$work/file/cache" --out "$work/second"
refuses "a cache folder that is a file" "cache folder '$work/file': Not a directory" \
	run "${small[@]}" --cache-dir "$work/file" --out "$work/second"
check "a bad cache folder: no run folder was made" test ! -e "$work/second"
run "$iowalk" run "${small[@]}" --out "$work/json" --json
exits "--json: exit status" 0
json_point "--json" "$work/stdout"
expect "color always" 0 $'\033' "$iowalk" run "${small[@]}" --out "$work/color" --color always
run "$iowalk" run "${small[@]}" --out "$work/plain"
check "no color where stdout is no terminal" sh -c "! grep -q '$(printf '\033')' '$work/stdout'"

# ---- suites ----

cells=$'[suite]\nsummary = a test\n[cells a]\ngraph = chain\nnodes = 10\nengine = pread\n'
suite() { # TEXT
	printf '%s' "$1" >"$work/my.ini"
}
suite "$cells"
expect "a suite from a file" 0 'bfs/chain/slotted/pread/warm/nodes:10$' \
	"$iowalk" run --suite "$work/my.ini" --dry-run
expect "an option replaces the suite's" 0 'bfs/chain/slotted/mmap/warm/nodes:10$' \
	"$iowalk" run --suite "$work/my.ini" --engine mmap --dry-run
mkdir "$work/cwd" "$work/cwd/limits"
program=$(realpath "$iowalk")
expect "a suite's name that is also the name of a folder" 0 '/cold/' \
	sh -c 'cd "$1" && "$2" run --suite limits --dry-run' sh "$work/cwd" "$program"
suite "${cells}frob = 1"$'\n'
refuses "suite: unknown key" "my.ini', line 7: .*'frob'; valid: workload, graph" run --suite "$work/my.ini"
suite "${cells}[frob]"$'\n'"x = 1"$'\n'
refuses "suite: unknown section" "my.ini', line 7: .*\[frob\]; valid: " run --suite "$work/my.ini"
suite "${cells}[frob]"$'\n'"[cells b]"$'\n'"engine = mmap"$'\n'
refuses "suite: unknown section without keys" "my.ini', line 7: .*\[frob\]; valid: " run --suite "$work/my.ini"
suite "${cells}frob"$'\n'
refuses "suite: neither section nor key" "my.ini', line 7: neither" run --suite "$work/my.ini"
suite $'[cells a]\nengine = frob\n[cells b]\nengine = mmap\n'
refuses "suite: unknown word, with its line" "my.ini', line 1: .*engine 'frob'; valid: " run --suite "$work/my.ini"
suite $'[cells a]\nengine = mmap\n[cells b]\nengine = frob\n'
refuses "suite: unknown word in the last section" "my.ini', line 3: .*engine 'frob'; valid: " run --suite "$work/my.ini"
suite "${cells}engine = mmap"$'\n'
refuses "suite: a key given twice" "my.ini', line 7: .*'engine'.*twice" run --suite "$work/my.ini"
suite $'[cells a]\nengine = pread,\n  mmap\n'
refuses "suite: a list on two lines" "my.ini', line 3: .*'engine'.*twice" run --suite "$work/my.ini"
suite $'[cells a]\nnodes = 10'"$(printf ',%d' $(seq 11 90))"$'\n'
refuses "suite: a line that is too long" "my.ini', line 2: .*long" run --suite "$work/my.ini"
suite ''
refuses "suite: empty" 'no \[cells NAME\] and no \[command NAME\] section' run --suite "$work/my.ini"
refuses "suite: missing file" "'$work/none.ini'.*No such file" run --suite "$work/none.ini"
refuses "suite: unknown name" "'none'.*No such file" run --suite none
expect "suite by name" 0 '^bfs/chain/slotted/pread/cold/nodes:1000$' \
	"$iowalk" run --suite quick --dry-run --out "$work/dry" --cache-dir "$work/dry-cache"
check "--dry-run says what it would take" grep -qE '^iowalk: [0-9]+ cells: .*B of new graph files, at least [0-9.]+ s' "$work/stderr"
check "--dry-run makes no run folder" test ! -e "$work/dry"
check "--dry-run makes no cache folder" test ! -e "$work/dry-cache"
expect "--dry-run names what cannot be run" 0 'memory/cold/.*skipped: ' \
	"$iowalk" run --engine memory --cache cold --dry-run

run "$iowalk" suite check workloads/suites/*.ini
exits "suite check: all suites" 0
for file in workloads/suites/*.ini; do
	check "suite check: ${file##*/}" grep -qE "$file: [0-9]+ cells, " "$work/stdout" "$work/stderr"
done
suite $'[cells a]\nengine = mmap\n[cells b]\nengine = frob\n'
expect "suite check: what is wrong, with file and line" 2 "my.ini', line 3: .*engine 'frob'" "$iowalk" suite check quick "$work/my.ini"
expect "suite check: no file" 2 'suite needs' "$iowalk" suite check
undocumented() { # keys that docs/SUITES.md does not have
	"$iowalk" suite keys | while read -r key _; do grep -q "^| \`$key\`" docs/SUITES.md || echo "$key"; done
}
is "docs/SUITES.md has every key" "$(undocumented)" ""
expect "cells that are asked for twice are counted" 0 '3 cells are asked for more than once' \
	"$iowalk" run --graph chain,chain,chain,chain --nodes 10 --engine pread --dry-run

# ---- options of the command line over a suite's ----

run "$iowalk" run --suite quick --opt buffered.windows=2 --dry-run
exits "an option for some sections" 0
check "an option for some sections: only their cells" test \
	"$(grep -c 'buffered.windows:2' "$work/stdout")" = "$(grep -c '/buffered/' "$work/stdout")"
run "$iowalk" run --suite limits --opt lookup.queries=5 --dry-run
exits "an option for no section" 2
check "an option for no section: message" grep -q "lookup.queries=5' is for none" "$work/stderr"

# ---- the man page ----

# Lists the options in each command's --help and in its section of the man page, one per line.
for command in run exec tune merge list verify conform doctor roofline compare phase report export gate calibrate; do
	grep -oE -- '--[a-z][a-z-]*' "$work/help.$command" | sort -u | grep -vx -- --help >"$work/in-help"
	sed -n "/^\.SS $command\$/,/^\.S[SH] /p" docs/iowalk.1 | sed 's/\\-/-/g' |
		grep -oE -- '--[a-z][a-z-]*' | sort -u >"$work/in-man"
	check "$command: the same options in --help and the man page" diff "$work/in-help" "$work/in-man"
done

# ---- the environment of the benchmark library has no effect ----
library=(BENCHMARK_FILTER=x BENCHMARK_REPETITIONS=3 BENCHMARK_LIST_TESTS=true BENCHMARK_OUT="$work/library-out"
	BENCHMARK_REPORT_AGGREGATES_ONLY=true BENCHMARK_MIN_TIME=3 BENCHMARK_PERF_COUNTERS=CYCLES)
run env "${library[@]}" "$iowalk" run --graph chain --nodes 100 --engine mmap,pread --processes 1 --repetitions 2 --iterations 3 \
	--no-plots --no-roofline --out "$work/library"
exits "BENCHMARK_* in the environment: the run succeeds" 0
is "BENCHMARK_* in the environment: iterations as given" \
	"$(samples "$work/library" time | numbers iterations | sort -u)" 3
check "BENCHMARK_* in the environment: all verified" all_verified "$work/library"
check "BENCHMARK_OUT is not written" test ! -e "$work/library-out"
is "BENCHMARK_* in the environment: nothing is printed by the library" "$(grep -ci benchmark "$work/stderr")" 0

# ---- options of engines ----
run "$iowalk" run --graph chain --nodes 50 --engine pread,direct,uring --opt direct.page_bytes=65536,131072,direct.cache_bytes=1M,2M \
	--opt uring.depth=8,16,32 --dry-run
is "an option with several values: a cell for each combination, none twice" \
	"$(sed 's/.*slotted.//; s/\t.*//; s/warm.nodes:50//; s/direct.cache_bytes/c/; s/direct.page_bytes/p/' "$work/stdout" | tr '\n' ' ')" \
	"pread/ direct//c:1048576/p:65536 direct//c:2097152/p:65536 direct//c:1048576/p:131072 direct//c:2097152/p:131072 \
uring//uring.depth:8 uring//uring.depth:16 uring//uring.depth:32 "
suite $'[cells a]\ngraph = chain\nnodes = 50\nengine = uring\nopt = uring.depth=8, 16\n'
run "$iowalk" run --suite "$work/my.ini" --dry-run
is "an option with several values in a suite" "$(grep -c uring.depth "$work/stdout")" 2
expect "a bad value among several" 2 "depth.*'x'" "$iowalk" run --engine uring --opt uring.depth=8,x --dry-run
expect "a value without an option" 2 "option '65536': not of the form owner.key=value" "$iowalk" run --engine direct --opt 65536 --dry-run
expect "too many combinations" 2 'opt: more than 4096 combinations' \
	"$iowalk" run --engine uring,direct --layout slotted --opt "uring.depth=$(seq -s, 1 20)" --opt "bfs.window=$(seq -s, 1 20)" \
	--opt "direct.cache_bytes=$(seq -s, 1 20)" --dry-run
expect "an option that is given twice" 2 "option 'direct.page_bytes=65536': given twice" \
	"$iowalk" run --engine direct --opt direct.page_bytes=4096 --opt direct.page_bytes=65536 --dry-run
expect "two options" 0 'page_bytes:65536' "$iowalk" run --engine direct --opt direct.page_bytes=65536 \
	--opt direct.cache_bytes=16M --dry-run

# ---- a reader that stops early ----
for words in "list engines" "run --help" "run --graph chain --nodes 50 --engine mmap --processes 1 --repetitions 1 --iterations 1 \
--no-plots --no-roofline --out $work/piped"; do
	(sleep 0.2; "$iowalk" $words 2>"$work/stderr") | true
	is "${words%% -*} into a closed pipe: no message" "$(cat "$work/stderr")" ''
done
check "the run into a closed pipe is complete" all_verified "$work/piped"

# ---- small surprises ----

seq 1 9 | awk '{ print $1 - 1, $1 }' >"$work/nine.txt"
refuses "--nodes with a graph from a file" "--nodes is for generated graphs" run --graph "file:$work/nine.txt" --nodes 100
expect "--nodes with both kinds of graphs" 0 'nodes:100' "$iowalk" run --graph "file:$work/nine.txt,chain" --nodes 100 --engine pread --dry-run
mkdir -p "$work/project/below/deep"
expect "a run without claims" 0 '^record' "$iowalk" run --graph chain --nodes 10 --engine pread --processes 1 --repetitions 1 --iterations 1 --no-plots \
	--no-roofline --passes time --out "$work/project/run"
expect "claims of a run that has none" 2 'as claims: it has no claims' "$iowalk" export --format claims "$work/project/run"
program=$(realpath "$iowalk")
below() { # COMMAND...: in a folder below the project
	(cd "$work/project/below/deep" && "$program" "$@")
}
(cd "$work/project" && "$program" phase record first --from run) >"$work/stdout" 2>&1
expect "a phase is found from a folder below" 0 '.' below report --phases first --out "$work/below" --no-plots
expect "a phase that is nowhere" 2 "no phase in results/phases has that name" below report --phases second

run "$iowalk" run --graph chain --nodes 10 --layout '*' --engine '*' --dry-run
is "all layouts with all engines" "$(cut -d/ -f3,4 "$work/stdout" | cut -f1 | sort -u | wc -l)" \
	$(("$("$iowalk" run --graph chain --nodes 10 --layout '*' --engine pread --dry-run 2>/dev/null | wc -l)" *
		"$("$iowalk" run --graph chain --nodes 10 --engine '*' --dry-run 2>/dev/null | wc -l)"))
is "neither null nor wrappers are among them" "$(grep -cE '/(null|delay|none)/' "$work/stdout")" 0
cp "$work/stdout" "$work/stars"
run "$iowalk" run --graph chain --nodes 10 --layout all --engine all --dry-run
is "all: the same as *" "$(diff "$work/stars" "$work/stdout" | wc -l)" 0
run "$iowalk" run --graph chain --nodes 10 --layout all,sqlite --engine null,all --dry-run
check "all beside other words" sh -c "grep -q /sqlite/own/ '$work/stdout' && grep -q /null/ '$work/stdout' && grep -q /pread/ '$work/stdout'"
printf '[cells a]\ngraph = chain\nnodes = 10\nlayout = all\nengine = all\n' >"$work/all.ini"
run "$iowalk" run --suite "$work/all.ini" --dry-run
is "all in a suite" "$(diff "$work/stars" "$work/stdout" | wc -l)" 0

# ---- sweeps ----

run "$iowalk" run --graph chain --nodes 10 --engine pread --opt bfs.window=1,1024,8 --opt pread.batch=sorted,each --dry-run
is "a cell of each combination, named by its values" "$(cut -d/ -f7- "$work/stdout" | paste -sd ,)" \
	"bfs.window:1,bfs.window:1/pread.batch:each,,pread.batch:each,bfs.window:8,bfs.window:8/pread.batch:each"
refuses "a value of a list out of range" "window: '0' is not a whole number from 1 to 1024" run --engine pread --opt bfs.window=1,0
refuses "a word of a list that is none" "batch: 'frob' is none of: each, sorted" run --engine pread --opt pread.batch=each,frob
refuses "an option that is not there: the valid ones" "pread has no option 'frob'; valid: .*batch" run --engine pread --opt pread.frob=1,2

# ---- the ranking ----

run "$iowalk" run --graph chain --nodes 10 --engine pread,mmap,memory,buffered --opt bfs.window=1,64 --processes 1 \
	--repetitions 2 --iterations 1 --no-plots --no-roofline --passes time --out "$work/ranked"
is "one ranking, of all cells, last before the record" \
	"$(awk '/^ranking$/ { on = 1 } on && /^ +[0-9]+[= ] / { rows++ } /^record/ { print rows }' "$work/stdout")" 8
run "$iowalk" run --graph chain --nodes 10,20,30 --engine pread,mmap,memory,buffered --opt bfs.window=1,64 --processes 1 \
	--repetitions 2 --iterations 1 --no-plots --no-roofline --passes time --out "$work/ranked-more"
is "of several, the first rows and what the rest is" "$(grep -cE '^ +and 3 more, to [0-9.]+(×|x)$' "$work/stdout")" 3
run "$iowalk" run --graph chain --nodes 10 --engine pread --processes 1 --repetitions 2 --iterations 1 --no-plots \
	--no-roofline --passes time --out "$work/one"
is "no ranking of one cell" "$(grep -c '^ranking' "$work/stdout")" 0

# ---- --exclude ----

two=(run --graph chain,star --nodes 10 --engine pread,mmap --processes 1 --repetitions 1 --iterations 1 --no-plots --no-roofline --passes time)
run "$iowalk" "${two[@]}" --filter chain --exclude /mmap/ --dry-run
is "a filter, and an exclusion" "$(cat "$work/stdout")" "bfs/chain/slotted/pread/warm/nodes:10"
expect "an exclusion of nothing" 2 "no cell matches --exclude 'frob'" "$iowalk" "${two[@]}" --exclude frob
expect "an exclusion of everything" 2 "--exclude '[.]' leaves no cell" "$iowalk" "${two[@]}" --exclude .
expect "an invalid exclusion" 2 "exclude '[(]': " "$iowalk" "${two[@]}" --exclude '('
expect "a run without some cells" 0 '^record' "$iowalk" "${two[@]}" --exclude star --out "$work/excluded"
expect "it is resumed with the same cells" 0 '^record' "$iowalk" run --resume "$work/excluded" --no-plots
refuses "other cells of a resumed run" "--exclude" run --resume "$work/excluded" --exclude chain
run "$iowalk" gate --against "$iowalk" --counts-only --exclude 'cold|random' --out "$work/gate-excluded"
exits "a gate without some cells" 0
is "a gate without some cells: those that are left" "$(grep -c '/warm/' "$work/stdout")" 4
is "a gate without some cells: none of the others" "$(grep -cE '/cold/|random' "$work/stdout")" 0
expect "an invalid filter of a gate against a run" 2 "filter '[(]': " "$iowalk" gate --baseline "$work/excluded" --filter '('

finish
