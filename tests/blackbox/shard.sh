#!/bin/bash
# Shards of a run: each cell in exactly one, records of their own, and what is refused.
. tests/blackbox/lib.sh

cat >"$work/my.ini" <<'END'
[cells a]
graph = chain, star, random
nodes = 50, 100
layout = csr
engine = pread, mmap
passes = time
processes = 1
repetitions = 2
iterations = 1
[limit l]
cell = bfs/chain/csr/pread/warm/nodes:50
over = bfs/random/csr/mmap/warm/nodes:100
metric = real_time_ns
at_most = 1000
END
suite=(--suite "$work/my.ini" --no-plots --no-roofline)

cells_of() { # SHARD [OPTION...]: the cells, sorted
	local shard=$1
	shift
	"$iowalk" run "${suite[@]}" --shard "$shard" "$@" --dry-run 2>/dev/null | sort
}

"$iowalk" run "${suite[@]}" --dry-run 2>/dev/null | sort >"$work/whole"
is "the suite's cells" "$(wc -l <"$work/whole")" 12

once() { # NAME N [OPTION...]: the union of all shards is the suite, each cell once
	local name=$1 n=$2 i
	shift 2
	for i in $(seq "$n"); do cells_of "$i/$n" "$@"; done | sort >"$work/union"
	check "$name" diff "$work/whole" "$work/union"
}
for n in 1 3; do once "$n shards: each cell once" $n; done

# ---- a shard is measured ----

measured=0 empty=0
for i in 1 2 3 4 5; do
	run "$iowalk" run "${suite[@]}" --shard $i/5 --out "$work/part$i"
	[ "$status" -eq 0 ] || not_ok "shard $i of 5" "$(said)"
	count=$(cells_of $i/5 | grep -c .)
	measured=$((measured + count))
	if [ "$count" -eq 0 ]; then
		empty=$i
		check "a shard without cells says so" grep -q 'has no cells' "$work/stderr"
	else
		grep -q "shard $i of 5" "$work/stdout" || not_ok "the table names shard $i" "$(said)"
	fi
done
is "all cells were measured" $measured 12
check "at least one of five shards is empty" test $empty -gt 0
check "its record is complete" grep -q '"complete": true' "$work/part$empty/run.json"
samples() { cat "$work"/part*/samples.jsonl | sed -nE 's/^\{"cell":"([^"]*)".*/\1/p' | sort -u; }
is "each cell has samples" "$(samples)" "$(cat "$work/whole")"
check "samples say what they cost" grep -q '"cost_s":[0-9]' "$work"/part*/samples.jsonl

# ---- costs ----

cat "$work"/part*/samples.jsonl >"$work/all.jsonl"
cp -r "$work/part$empty" "$work/known"
cp "$work/all.jsonl" "$work/known/samples.jsonl"
for n in 2; do once "$n shards by cost: each cell once" $n --costs "$work/known"; done
largest=$(for i in 1 2 3 4 5; do cells_of $i/5 --costs "$work/known" | grep -c .; done | sort -n | tail -n 1)
# Five blocks: four of two cells, and one of four that the limit joins.
is "five blocks on five shards" "$largest" 4
expect "a run without costs" 2 'do not say what they took' \
	"$iowalk" run "${suite[@]}" --shard 1/2 --costs tests/data/small --dry-run

# ---- interrupted and continued ----

first=$(for i in 1 2; do echo "$(cells_of $i/2 | grep -c .) $i"; done | sort -n | tail -n 1 | cut -d' ' -f2)
"$iowalk" run "${suite[@]}" --shard "$first/2" --processes 5 --iterations 2000 --out "$work/cut" >/dev/null 2>&1 &
pid=$!
for _ in $(seq 500); do
	[ -f "$work/cut/samples.jsonl" ] && [ "$(wc -l <"$work/cut/samples.jsonl")" -ge 4 ] && break
	sleep 0.02
done
kill -KILL $pid
wait $pid 2>/dev/null
check "a killed shard is not complete" test "$(grep -c '"complete"' "$work/cut/run.json")" -eq 0
expect "--resume takes no --shard" 2 '--shard cannot be given' "$iowalk" run --resume "$work/cut" --shard 1/2
expect "a killed shard is continued" 0 "shard $first of 2" "$iowalk" run --resume "$work/cut" --no-plots
check "with its own cells" test "$(grep -oE '"cell":"[^"]*"' "$work/cut/samples.jsonl" | sort -u | wc -l)" -eq "$(cells_of "$first/2" | grep -c .)"
check "and is complete" grep -q '"complete": true' "$work/cut/run.json"

# ---- Slurm's environment, and what is refused ----

slurm() { # ID COUNT MIN MAX
	env SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_COUNT=$2 SLURM_ARRAY_TASK_MIN=$3 SLURM_ARRAY_TASK_MAX=$4 \
		"$iowalk" run "${suite[@]}" --shard slurm --dry-run
}
is "--shard slurm" "$(slurm 0 3 0 2 2>/dev/null | sort)" "$(cells_of 1/3)"
expect "an array that leaves out numbers" 2 'give --shard I/N' slurm 5 2 3 5
expect "no array" 2 'SLURM_ARRAY_TASK_ID is not set' env -u SLURM_ARRAY_TASK_ID "$iowalk" run "${suite[@]}" --shard slurm --dry-run
for word in 0/3 4/3 1 1/0 a/b 1/2x ''; do
	expect "--shard '$word'" 2 'not I/N' "$iowalk" run "${suite[@]}" --shard "$word" --dry-run
done
expect "--costs without --shard" 2 'not given' "$iowalk" run "${suite[@]}" --costs "$work/known" --dry-run
finish
