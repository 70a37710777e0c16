#!/bin/bash
# A suite's claims compared with a run: each result, claims that are not compared, a single claim.
. tests/blackbox/lib.sh

cat >"$work/own.ini" <<'END'
[suite]
summary = claims with known results

[cells all]
workload = bfs
graph = chain
layout = slotted
engine = pread,mmap
nodes = 500
processes = 1
repetitions = 2
iterations = 1

[cells create]
workload = create
graph = chain
layout = csr
engine = pread
nodes = 500
processes = 1
repetitions = 2

[cells synced]
workload = create
graph = chain
layout = csr
engine = pread
nodes = 500
processes = 1
repetitions = 2
opt = create.sync=end

[claim yes]
system = One
text = a mapped walk has no system calls
case = mmap over pread
expected = 0
cell = bfs/chain/slotted/mmap/warm/nodes:500
over = bfs/chain/slotted/pread/warm/nodes:500
metric = syscalls_self
at_most = 0.5

[claim more]
system = One
text = half as many system calls
case = mmap over pread
expected = 0.4 to 0.6×
cell = bfs/chain/slotted/mmap/warm/nodes:500
over = bfs/chain/slotted/pread/warm/nodes:500
metric = syscalls_self
at_most = 0.6
beyond = 0.4

[claim no]
system = One
text = a pread walk has few system calls
case = pread
expected = below 10
cell = bfs/chain/slotted/pread/warm/nodes:500
metric = syscalls_self
at_most = 10

[claim here]
system = Two
text = few system calls
case = mmap
expected = below 10
cell = bfs/chain/slotted/mmap/warm/nodes:500
metric = syscalls_self
at_most = 10
depends = the engine

[claim there]
system = Two
text = few system calls
case = pread
expected = below 10
cell = bfs/chain/slotted/pread/warm/nodes:500
metric = syscalls_self
at_most = 10
depends = the engine

[claim unequal]
system = Two
text = sync costs nothing
case = end over none
expected = 1
cell = create/chain/csr/pread/warm/nodes:500/create.sync:end
over = create/chain/csr/pread/warm/nodes:500/create.sync:none
metric = real_time_ns
at_least = 0.9
at_most = 1.1

[claim nowhere]
system = Two
text = a cell that is not in the suite
case = none
expected = 1
cell = bfs/chain/csr/mmap/warm/nodes:7
metric = real_time_ns
at_most = 1
END
row() { # ID REGEX: the claim's row matches
	grep -F -- "--claim $1\`" "$work/claims.md" >"$work/row" && grep -E "$2" "$work/row"
}
run "$iowalk" run --suite "$work/own.ini" --no-plots --out "$work/run"
exits "run: exit status" 0
run "$iowalk" export "$work/run" --format claims
exits "export: exit status" 0
cp "$work/stdout" "$work/claims.md"
is "one table per system" "$(grep -c '^## ' "$work/claims.md")" 2
check "confirmed" row yes '\| confirmed \|'
check "refuted" row no '\| refuted \|'
check "exceeded" row more '\| exceeded: outside the claimed range \|'
check "depends, and confirmed here" row here 'depends: on the engine; here confirmed'
check "depends, and refuted here" row there 'depends: on the engine; here refuted'
check "cells of different durability are not compared" row unequal 'not measured: their durability is not the same'
check "no such cell" row nowhere 'not measured: no such cell'
run "$iowalk" run --suite "$work/own.ini" --claim yes --no-plots --out "$work/one"
exits "one claim: exit status" 0
is "one claim: only its cells are measured" "$(samples "$work/one" count | wc -l)" 2
check "one claim: the run can be resumed" "$iowalk" run --resume "$work/one" --no-plots
expect "unknown claim" 2 "no claim 'frob'; there are: yes, more, no, here" "$iowalk" run --suite "$work/own.ini" --claim frob
expect "a suite without claims" 2 'the suite has none' "$iowalk" run --suite quick --claim yes
sed 's/^metric = .*/frob = 1/' "$work/own.ini" >"$work/bad.ini"
expect "unknown key" 2 "unknown key 'frob'; valid: cell, .*depends" "$iowalk" run --suite "$work/bad.ini"
finish
