#!/bin/bash
# Figures of merit: the lines of --fom, and the examples for ReFrame and Ramble against them.
. tests/blackbox/lib.sh

cells=(--graph chain,random --nodes 60 --layout csr --engine pread,mmap --processes 1 --repetitions 2 --iterations 1
	--no-plots --no-roofline)
expect "run --fom" 0 '^VERDICT pass measured=4 failed=0 skipped=0 missing=0 limits_missed=0$' \
	"$iowalk" run "${cells[@]}" --fom --out "$work/run"
cp "$work/stdout" "$work/fom"
wrong=$(grep -vE '^FOM [^ ]+ [a-z0-9_]+ -?[0-9][0-9.e+-]* (ns|1/s|B|%|1)$' "$work/fom" | grep -v '^VERDICT ')
is "every other line is FOM <cell> <metric> <value> <unit>" "$wrong" ""
is "the verdict is the last line" "$(tail -n 1 "$work/fom" | cut -d' ' -f1)" VERDICT
is "each cell has its time once" "$(grep -cE ' real_time_ns [0-9.e+]+ ns$' "$work/fom")" 4
check "percentiles are in ns" grep -qE ' lat_ns_p50 [0-9.e+]+ ns$' "$work/fom"
check "bytes are in B" grep -qE '_bytes [0-9.e+]+ B$' "$work/fom"
"$iowalk" export "$work/run" --format fom >"$work/exported"
check "iowalk export --format fom writes the same" diff "$work/fom" "$work/exported"
expect "a cell that fails" 1 '^VERDICT fail measured=0 failed=1 ' \
	"$iowalk" run "${cells[@]}" --graph chain --engine pread --prepare false --fom --out "$work/failed"
check "has no figures" test "$(grep -c '^FOM' "$work/stdout")" -eq 0
expect "--fom with --json" 2 'either' "$iowalk" run "${cells[@]}" --fom --json --out "$work/x"

printf '0 1\n1 2\n2 0\n' >"$work/my graph.txt"
run "$iowalk" run --graph "file:$work/my graph.txt" --layout csr --engine pread --processes 1 --repetitions 1 --iterations 1 \
	--passes time --no-plots --fom --out "$work/blank"
check "a blank in a name is %20" grep -qE '^FOM [^ ]*my%20graph[^ ]* real_time_ns [^ ]+ ns$' "$work/stdout"

for i in 1 2; do
	"$iowalk" run "${cells[@]}" --shard $i/2 --fom --out "$work/part$i" >/dev/null 2>&1
done
expect "merge --fom" 0 '^VERDICT pass measured=4 ' "$iowalk" merge "$work/part1" "$work/part2" --out "$work/merged" --no-plots --fom
if [ "$(wc -l <"$work/part1/samples.jsonl")" -gt 0 ]; then given=part1; else given=part2; fi
expect "a partial merge is incomplete" 0 '^VERDICT incomplete ' \
	"$iowalk" merge "$work/$given" --partial --out "$work/partial" --no-plots --fom

# ---- the examples ----

cat >"$work/examples.py" <<'END'
"""Loads the examples with stand-ins for ReFrame and Ramble, and tries their expressions on real output."""
import re, sys, types

output = open(sys.argv[1], encoding="utf-8").read()
fom = [line.split(" ") for line in output.splitlines() if line.startswith("FOM ")]
cells = {words[1] for words in fom}

def anything(*args, **kwargs):
    return (lambda function: function)

reframe = types.ModuleType("reframe")
reframe.RunOnlyRegressionTest = object
reframe.simple_test = lambda cls: cls
sanity = types.ModuleType("reframe.utility.sanity")
sanity.evaluate = lambda value: value
sanity.defer = lambda value: value
sanity.make_performance_function = lambda value, unit: (value, unit)
sanity.extractsingle = lambda pattern, file, group: re.search(pattern, open(file).read(), re.M)[group]
sanity.assert_eq = lambda a, b: a == b
check = types.ModuleType("reframe.utility.typecheck")
check.List = {str: list}
utility = types.ModuleType("reframe.utility")
utility.sanity, utility.typecheck = sanity, check
reframe.utility = utility
for name, module in (("reframe", reframe), ("reframe.utility", utility), ("reframe.utility.sanity", sanity),
                     ("reframe.utility.typecheck", check)):
    sys.modules[name] = module
scope = {"variable": lambda kind, value: value, "run_before": anything, "sanity_function": lambda function: function}
exec(compile(open("docs/examples/reframe/iowalk_check.py").read(), "iowalk_check.py", "exec"), scope)
test = scope["IowalkCheck"]()
test.stdout = sys.argv[1]
test.set_options()
assert test.executable_opts[:3] == ["run", "--suite", "quick"], test.executable_opts
assert test.all_cells_verified() is True
test.set_figures()
wanted = {cell + " " + metric for cell in cells for metric in ("real_time_ns", "syscalls")}
found = {key for key in test.perf_variables}
assert {key for key in wanted if key.endswith("real_time_ns")} <= found <= wanted, found ^ wanted
for words in fom:
    if words[2] == "real_time_ns":
        assert test.perf_variables[words[1] + " real_time_ns"] == (float(words[3]), "ns")

figures, contexts, criteria, executables = [], {}, [], []
appkit = types.ModuleType("ramble.appkit")
appkit.ExecutableApplication = object
appkit.executable = lambda name, template, **more: executables.append(template)
appkit.workload = appkit.workload_variable = lambda *args, **more: None
appkit.figure_of_merit_context = lambda name, regex, output_format: contexts.update({name: regex})
appkit.figure_of_merit = lambda name, **more: figures.append((name, more))
appkit.success_criteria = lambda name, **more: criteria.append(more)
sys.modules["ramble"] = types.ModuleType("ramble")
sys.modules["ramble.appkit"] = appkit
exec(compile(open("docs/examples/ramble/applications/iowalk/application.py").read(), "application.py", "exec"), {})
lines = output.splitlines()
assert {re.match(contexts["cell"], line)["cell"] for line in lines if re.match(contexts["cell"], line)} == cells
for name, figure in figures:
    values = [re.match(figure["fom_regex"], line)[figure["group_name"]] for line in lines
              if re.match(figure["fom_regex"], line)]
    for value in values:
        float(value)
    if name == "time":
        assert len(values) == len(cells), values
    if name == "cells measured":
        assert values == [str(len(cells))], values
    assert all(context in contexts for context in figure.get("contexts", []))
assert all(any(re.match(one["match"], line) for line in lines) for one in criteria)
assert executables[0].startswith("iowalk run --suite {suite} "), executables
END
check "the examples find each cell, its figures and the verdict" python3 -W error "$work/examples.py" "$work/fom"
sed 's/^VERDICT pass/VERDICT fail/' "$work/fom" >"$work/bad"
if python3 "$work/examples.py" "$work/bad" >/dev/null 2>&1; then not_ok "a verdict that is not pass is found"; else ok "a verdict that is not pass is found"; fi
finish
