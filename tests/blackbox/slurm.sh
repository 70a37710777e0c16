#!/bin/bash
# The scripts for Slurm on a real cluster of two nodes, started here in a folder of its own: an array of six shards, a node that is
# killed in the middle, its task requeued, the dependent merge and report, and the exit status of a gate.
. tests/blackbox/lib.sh

[ -n "${IOWALK_TEST_SLURM:-}" ] || skip_all "it starts a cluster of its own, alone on the machine: IOWALK_TEST_SLURM=1"
export PATH=$PATH:/usr/sbin
for program in slurmctld slurmd munged sbatch; do
	command -v $program >/dev/null || skip_all "there is no $program: scripts/install-deps.sh --tests"
done
[ "$(id -u)" -eq 0 ] || skip_all "slurmd starts jobs for others, and needs root"
! sanitized || skip_all "it tests scripts; once, without sanitizers, is enough"
program=$(realpath "$iowalk")
scripts=$PWD/scripts/slurm

# ---- the cluster ----

daemons=()
stop_cluster() {
	scancel --me >/dev/null 2>&1 && sleep 1 # what a failed test left
	[ ${#daemons[@]} -eq 0 ] || kill "${daemons[@]}" 2>/dev/null
	wait 2>/dev/null
	clean_up
}
trap stop_cluster EXIT

cluster=iowalk$$
# The program as the jobs see it: notes its slurmstepd and itself, by the name of the node.
cat >"$work/noted" <<END
#!/bin/sh
echo "\$PPID \$\$" >"$work/pids.\$SLURMD_NODENAME"
exec "$program" "\$@"
END
chmod 755 "$work/noted"

chmod 711 "$work"
mkdir -m 755 "$work/munge" "$work/spool" "$work/state" "$work/results"
dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 2>/dev/null
chmod 400 "$work/munge/key"
chown -R munge: "$work/munge"
port=$((20000 + $$ % 20000))
host=$(hostname -s)
cat >"$work/slurm.conf" <<END
ClusterName=$cluster
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
SlurmUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool/%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.%n.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_min_interval=100000,sched_interval=1,batch_sched_delay=0
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$work/slurm.conf

setpriv --reuid=munge --regid=munge --clear-groups munged --foreground --key-file="$work/munge/key" \
	--socket="$work/munge/socket" --pid-file="$work/munge/pid" --log-file="$work/munge/log" \
	--seed-file="$work/munge/seed" >"$work/munged.out" 2>&1 &
daemons+=($!)
wait_for() { # SECONDS COMMAND...: until it succeeds
	local tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}
wait_for 10 test -S "$work/munge/socket"
slurmctld -D -i >"$work/slurmctld.out" 2>&1 &
daemons+=($!)
slurmd -D -N n1 >"$work/slurmd1.out" 2>&1 &
daemons+=($!)
slurmd -D -N n2 >"$work/slurmd2.out" 2>&1 &
second=$!
daemons+=($second)
both_idle() { [ "$(sinfo -h -t idle -o %D)" = 2 ]; }
if ! wait_for 30 both_idle; then
	tail -n 5 "$work"/*.out "$work"/*.log "$work/munge/log" | sed 's/^/# /'
	skip_all "the cluster does not start here"
fi
ok "a cluster of two nodes"

# ---- an array, of which a node is killed ----

cat >"$work/my.ini" <<'END'
[cells a]
graph = chain, random, star
nodes = 200, 300, 400, 500
layout = csr
engine = pread, mmap
processes = 3
repetitions = 3
min_time = 0.02
passes = time
END
export IOWALK=$work/noted IOWALK_SUITE=$work/my.ini IOWALK_RESULTS=$work/results/run IOWALK_LOCAL=$work/local
export IOWALK_OPTIONS=--no-roofline
cd "$work/results" || exit 1
expect "a suite is submitted" 0 '^array [0-9]+, merge [0-9]+$' "$scripts/iowalk-submit.sh" 6
array=$(sed -n 's/^array \([0-9]*\),.*/\1/p' "$work/stdout")
merge=$(sed -n 's/.*merge \([0-9]*\)$/\1/p' "$work/stdout")

victim_works() { # a task on n2 has begun a shard and has not ended it
	local line
	line=$(squeue -h -r -j "$array" -w n2 -t running -o %K) && [ -n "$line" ] || return 1
	victim=${line%%[!0-9]*}
	[ "$(grep -c . "$IOWALK_RESULTS/shard-$victim/samples.jsonl")" -ge 3 ] &&
		! grep -q '"complete"' "$IOWALK_RESULTS/shard-$victim/run.json"
}
if wait_for 30 victim_works; then ok "a task works on node n2"; else not_ok "a task works on node n2" "$(squeue)"; fi
read -r stepd job <"$work/pids.n2"
kill -KILL $second "$stepd" "$job"
wait $second 2>/dev/null
before=$(grep -c . "$IOWALK_RESULTS/shard-$victim/samples.jsonl")
scontrol update NodeName=n2 State=DOWN Reason=killed
# Slurm lets a requeued task wait for two minutes.
requeued() { squeue -h -r -j "$array" -t pending -o %K | grep -qx "$victim" && scontrol update JobId="${array}_$victim" StartTime=now; }
if wait_for 30 requeued; then ok "its task is requeued"; else not_ok "its task is requeued" "$(squeue)"; fi
complete() { grep -q '"complete": true' "$IOWALK_RESULTS/shard-$1/run.json"; }
ended() { [ -z "$(squeue -h -j "$1" 2>/dev/null)" ]; }
if complete "$victim"; then not_ok "its shard was cut off"; else ok "its shard was cut off"; fi
if wait_for 120 ended "$merge"; then ok "array and merge come to an end"; else not_ok "array and merge come to an end" "$(squeue)"; fi
whole=0
for i in 1 2 3 4 5 6; do complete $i && whole=$((whole + 1)); done
is "all six shards are complete" $whole 6
check "the task of the dead node was requeued" grep -q "shard $victim on .*, start 1" "iowalk-${array}_$victim.log"
check "its shard kept its samples and went on" test "$(grep -c . "$IOWALK_RESULTS/shard-$victim/samples.jsonl")" -gt "$before"

# ---- merge and report ----

merged=$IOWALK_RESULTS/merged
check "the dependent job merged them" test -s "$merged/run.json"
check "and wrote the report" test -s "$merged/report/report.html"
identities() { sed -nE 's/^\{"cell":"([^"]*)","pass":"([a-z]*)","process":([0-9]*),"repetition":([0-9]*),.*/\1 \2 \3 \4/p'; }
is "no sample is missing: 24 cells, 3 processes, 3 samples" "$(identities <"$merged/samples.jsonl" | sort -u | grep -c .)" 216
is "samples of other shards were not measured twice" \
	"$(identities <"$merged/samples.jsonl" | sort | uniq -d | grep -vFf <(sed -nE 's/^ *"name": "([^"]*)".*/\1/p' "$IOWALK_RESULTS/shard-$victim/run.json") | grep -c .)" 0
expect "the same suite in one place has the same cells" 0 '' "$program" run --suite "$work/my.ini" --dry-run
is "as the merged run" "$(sed -nE 's/^ +"name": "([^"]*)",?$/\1/p' "$merged/run.json")" "$(cat "$work/stdout")"
check "nothing was lost" bash -c "! ls -d '$IOWALK_RESULTS'/lost-* 2>/dev/null"

# ---- the exit status of a gate ----

sed 's/^processes.*//; s/random, star/random/; s/, 400, 500//; s/passes.*/passes = count/' "$work/my.ini" >"$work/gate.ini"
IOWALK_BASELINE=$program IOWALK_SUITE=$work/gate.ini IOWALK_OPTIONS=--counts-only \
	expect "a gate passes" 0 '' sbatch --wait "$scripts/iowalk-gate.sbatch"
IOWALK_BASELINE=$program IOWALK_SUITE=$work/gate.ini IOWALK_OPTIONS="--counts-only --inject-syscall mmap" \
	expect "a regression is the exit status of sbatch --wait" 3 '' sbatch --wait "$scripts/iowalk-gate.sbatch"

finish
