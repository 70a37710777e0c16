#!/bin/bash
# The scripts for Slurm on a real cluster, started here in a folder of its own: an array of six shards on two nodes, of which one is
# killed in the middle, and its task requeued; a task requeued on a node of another kind; the dependent merge and report; doctor
# inside a job; the exit status of gates. Most of its time it waits for Slurm.
# IOWALK_SLURM_TASKS=N: instead of that, how long arrays of N tasks take (docs/FLEET.md, Overhead).
. tests/blackbox/lib.sh

export PATH=$PATH:/usr/sbin
for program in slurmctld slurmd munged sbatch; do
	command -v $program >/dev/null || skip_all "there is no $program: scripts/install-deps.sh --tests"
done
[ "$(id -u)" -eq 0 ] || skip_all "slurmd starts jobs for others, and needs root"
! sanitized || skip_all "it tests scripts; once, without sanitizers, is enough"
# munged is another user, who must reach it, and its socket's name must be short: not under the folder of run.sh.
rm -r "$work"
work=$(mktemp -d /tmp/iowalk.XXXXXX) || exit 1
export IOWALK_CACHE_DIR=$work/cache
program=$(realpath "$iowalk")
scripts=$PWD/scripts/slurm

# ---- limits: nothing waits without one, and all of it for less time than run.sh allows ----

end=$((SECONDS + 200))
wait_for() { # SECONDS COMMAND...: until it succeeds
	local until=$((SECONDS + $1))
	[ $until -le $end ] || until=$end
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.2
	done
}
for client in sbatch scancel scontrol sinfo squeue; do
	eval "$client() { timeout -k 2 60 $client \"\$@\"; }"
done

# Whatever was started here has the cluster's settings in its environment: daemons, what they started, jobs.
ours() { (unset SLURM_CONF && grep -lsaz "^SLURM_CONF=$work/" /proc/[0-9]*/environ | sed -n 's|^/proc/\([0-9]*\)/.*|\1|p'); }
none_left() { [ -z "$(ours)" ]; }
stop_cluster() {
	trap '' INT TERM
	local signal
	for signal in TERM KILL; do
		# shellcheck disable=SC2046 # words
		kill -$signal $(ours) 2>/dev/null
		end=$((SECONDS + 5))
		! wait_for 5 none_left || break
	done
	clean_up
}
trap stop_cluster EXIT

# ---- the cluster ----

# The program as the jobs see it. On a node that has a file hold.NODE it is stopped when it has begun its shard and not ended it;
# held.NODE then has the number of the task, the program's parent and the program.
cat >"$work/held" <<END
#!/bin/sh
hold=$work/hold.\$SLURMD_NODENAME
shard=\$IOWALK_RESULTS/shard-\$SLURM_ARRAY_TASK_ID
holder() { # PROGRAM PARENT
	while kill -0 "\$1"; do
		if [ "\$(grep -c . "\$shard/samples.jsonl")" -ge 2 ]; then
			kill -STOP "\$1"
			if grep -q '"complete": true' "\$shard/run.json" || ! mv "\$hold" "\$hold.taken"; then
				kill -CONT "\$1"
				return
			fi
			echo "\$SLURM_ARRAY_TASK_ID \$2 \$1" >"\$hold.taken"
			mv "\$hold.taken" "$work/held.\$SLURMD_NODENAME"
			return
		fi
		sleep 0.02
	done
}
[ -z "\${SLURM_LAUNCH_NODE_IPADDR-}" ] || : >"$work/srun.\$SLURM_JOB_NAME" # of steps only
[ ! -e "\$hold" ] || holder \$\$ \$PPID 2>/dev/null &
exec "$program" "\$@"
END
chmod 755 "$work/held"
chmod 711 "$work"
mkdir -m 755 "$work/munge" "$work/spool" "$work/state" "$work/results" "$work/local"
dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 2>/dev/null
chmod 400 "$work/munge/key"
chown -R munge: "$work/munge"
export SLURM_CONF=$work/slurm.conf
host=$(hostname -s)

free_ports() { # sets $port to the first of four free ones, below those that the kernel gives out itself
	local hex tries
	for ((tries = 0; tries < 100; tries++)); do
		port=$((10000 + RANDOM % 20000))
		printf -v hex '|%04X' $port $((port + 1)) $((port + 2)) $((port + 3))
		grep -qE "^ *[0-9]+: [0-9A-F]+:(${hex#|}) " /proc/net/tcp /proc/net/tcp6 || return 0
	done
}
settings() { # writes slurm.conf. n3 is of another kind
	cat >"$SLURM_CONF" <<END
ClusterName=iowalk$$
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
NodeName=n3 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 3)) CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
PartitionName=other Nodes=n3 MaxTime=INFINITE State=UP
END
}
setpriv --reuid=munge --regid=munge --clear-groups munged --foreground --key-file="$work/munge/key" \
	--socket="$work/munge/socket" --pid-file="$work/munge/pid" --log-file="$work/munge/log" \
	--seed-file="$work/munge/seed" >"$work/munged.out" 2>&1 &
wait_for 20 test -S "$work/munge/socket"
# A node of another kind has its graph files on another file system, mounted where only it sees it.
other=1 other_node=(unshare -m sh -c "mount -t tmpfs none '$work/local' && exec slurmd -D -N n3")
[ "$(stat -f -c %T "$work")" != tmpfs ] && unshare -m mount -t tmpfs none "$work/local" 2>/dev/null || other=
start_cluster() {
	free_ports
	settings
	rm -rf "$work"/state/* "$work"/spool/*
	slurmctld -D -i >"$work/slurmctld.out" 2>&1 &
	controller=$!
	slurmd -D -N n1 >"$work/slurmd1.out" 2>&1 &
	first=$!
	slurmd -D -N n2 >"$work/slurmd2.out" 2>&1 &
	second=$!
	third=
	[ -z "$other" ] || { "${other_node[@]}" >"$work/slurmd3.out" 2>&1 & third=$!; }
	disown -a # nothing is said when they are killed
}
all_idle() { [ "$(sinfo -h -t idle -o %D)" = $((other ? 3 : 2)) ]; }
start_cluster
if ! wait_for 15 all_idle; then # another process took a port meanwhile?
	# shellcheck disable=SC2086 # may be empty
	kill -KILL $controller $first $second $third 2>/dev/null
	start_cluster
	wait_for 30 all_idle
fi
if ! all_idle; then
	not_ok "a cluster" "$(tail -n 5 "$work"/*.out "$work"/*.log "$work/munge/log")"
	finish
fi
ok "a cluster"

# ---- figures of docs/FLEET.md ----

since() { printf '%d.%03d' $(((${EPOCHREALTIME/./} - $1) / 1000000)) $(((${EPOCHREALTIME/./} - $1) / 1000 % 1000)); }
queue_empty() { [ -z "$(squeue -h -o %A)" ]; }
if [ -n "${IOWALK_SLURM_TASKS-}" ]; then
	end=$((SECONDS + 3600))
	cd "$work/results" || exit 1
	began=${EPOCHREALTIME/./}
	sbatch --array="1-$IOWALK_SLURM_TASKS" --output=/dev/null --wrap=true >/dev/null
	wait_for 1800 queue_empty
	echo "# $IOWALK_SLURM_TASKS tasks that do nothing, on two nodes: $(since "$began") s"
	for ((i = 1; i <= IOWALK_SLURM_TASKS; i++)); do
		printf '[cells %d]\ngraph = chain\nlayout = csr\nengine = pread\nprocesses = 1\nrepetitions = 3\nmin_time = 0.02\npasses = time\nnodes = %d\n' \
			$i $((100 + i))
	done >"$work/many.ini"
	cat >"$work/timed" <<END
#!/bin/sh
began=\$(date +%s%N)
"$program" "\$@" || exit
echo \$((\$(date +%s%N) - began)) >>"$work/took"
END
	chmod 755 "$work/timed"
	began=${EPOCHREALTIME/./}
	IOWALK=$work/timed IOWALK_SUITE=$work/many.ini IOWALK_RESULTS=$work/results/run IOWALK_LOCAL=$work/local IOWALK_OPTIONS=--no-roofline \
		sbatch --array="1-$IOWALK_SLURM_TASKS" --output=/dev/null "$scripts/iowalk-array.sbatch" >/dev/null
	wait_for 1800 queue_empty
	echo "# $IOWALK_SLURM_TASKS shards of $IOWALK_SLURM_TASKS cells: $(since "$began") s; in the program a task $(
		awk '{ sum += $1 } END { printf "%.3f s, %d tasks", sum / NR / 1e9, NR }' "$work/took")"
	began=${EPOCHREALTIME/./}
	"$program" merge "$work"/results/run/shard-* --out "$work/results/merged" --no-plots >"$work/merge.out" 2>&1
	echo "# merged, status $?: $(since "$began") s"
	rm -rf "$work/local"
	began=${EPOCHREALTIME/./}
	IOWALK_CACHE_DIR=$work/local taskset -c 0 "$program" run --suite "$work/many.ini" --no-roofline --no-plots --out "$work/one" >/dev/null 2>&1
	echo "# the same as one run on one processor: $(since "$began") s"
	finish
fi

# ---- gates and doctor, which run while the rest does ----

cat >"$work/gate.ini" <<'END'
[cells a]
graph = chain, random
nodes = 200, 300
layout = csr
engine = pread, mmap
repetitions = 3
passes = count
END
export IOWALK=$work/held IOWALK_RESULTS=$work/results/run IOWALK_LOCAL=$work/local
cd "$work/results" || exit 1
gate() { # NAME OPTION...: in the background, with its status in NAME.status
	local name=$1
	shift
	IOWALK_BASELINE=$program IOWALK_SUITE=$work/gate.ini IOWALK_OPTIONS="--counts-only $*" \
		timeout -k 2 100 sbatch --wait --cpu-freq=performance "$scripts/iowalk-gate.sbatch" >"$work/$name.out" 2>&1
	echo $? >"$work/$name.status"
}
gate same &
gate regression --inject-syscall mmap &
cat >"$work/doctor.sh" <<END
#!/bin/sh
"$program" doctor
taskset -c \$(taskset -c -p \$\$ | sed 's/.*: //; s/[-,].*//') "$program" doctor
END
doctor=$(sbatch --parsable --cpu-freq=performance --output="$work/doctor.log" "$work/doctor.sh")

# ---- an array, of which a node is killed ----

cat >"$work/my.ini" <<'END'
[cells a]
graph = chain, random, star
nodes = 200, 300, 400, 500
layout = csr
engine = pread
processes = 2
repetitions = 3
min_time = 0.02
passes = time
END
export IOWALK_SUITE=$work/my.ini IOWALK_OPTIONS=--no-roofline
: >"$work/hold.n2"
expect "a suite is submitted" 0 '^array [0-9]+, merge [0-9]+$' "$scripts/iowalk-submit.sh" 6
array=$(sed -n 's/^array \([0-9]*\),.*/\1/p' "$work/stdout")
merge=$(sed -n 's/.*merge \([0-9]*\)$/\1/p' "$work/stdout")

complete() { grep -q '"complete": true' "$1/run.json"; }
samples_in() { grep -c . "$1/samples.jsonl"; }
pending() { squeue -h -r -j "$1" -t pending -o %K | grep -qx "$2"; }
lose_node() { # ARRAY FOLDER NODE SLURMD [CHANGE]: kills all that runs there; sets $task, and $before, its samples
	local array=$1 folder=$2 node=$3 slurmd=$4 stepd pid
	shift 4
	if wait_for 60 test -s "$work/held.$node"; then ok "a task works on $node"; else not_ok "a task works on $node" "$(squeue)"; fi
	read -r task stepd pid <"$work/held.$node"
	kill -KILL "$slurmd" "$stepd" "$pid"
	before=$(samples_in "$folder/shard-$task")
	scontrol update NodeName="$node" State=DOWN Reason=killed
	# Slurm lets a requeued task wait for two minutes.
	if wait_for 30 pending "$array" "$task" && scontrol update JobId="${array}_$task" StartTime=now "$@"; then
		ok "its task is requeued"
	else
		not_ok "its task is requeued" "$(squeue)"
	fi
}
shards=$IOWALK_RESULTS
lose_node "$array" "$shards" n2 $second
victim=$task victim_before=$before
if [ -n "$other" ]; then
	: >"$work/hold.n3"
	IOWALK_RESULTS=$work/results/moved IOWALK_OPTIONS="--no-roofline --processes 1" \
		expect "a task for another kind of node" 0 '^[0-9]+$' sbatch --parsable --array=1-1 --partition=other "$scripts/iowalk-array.sbatch"
	moved=$(cat "$work/stdout")
	lose_node "$moved" "$work/results/moved" n3 "$third" Partition=all
fi

ended() { ! squeue -h -t pending,running,completing -o %F | grep -qxF "$1"; }
if wait_for 100 ended "$merge"; then ok "array and merge come to an end"; else not_ok "array and merge come to an end" "$(squeue)"; fi
whole=0
for i in 1 2 3 4 5 6; do complete "$shards/shard-$i" && whole=$((whole + 1)); done
is "all six shards are complete" $whole 6
check "the task of the dead node was requeued" grep -q "shard $victim on .*, start 1" "iowalk-${array}_$victim.log"
check "its record names the limits of the job" grep -q '"job":{"scheduler":"slurm","id":"[0-9]*","cpus":1[,}]' \
	<(tr -d ' \n' <"$shards/shard-$victim/environment.json")
check "its shard kept its samples and went on" test "$(samples_in "$shards/shard-$victim")" -gt "$victim_before"

# ---- merge and report ----

merged=$shards/merged
check "the dependent job merged them" test -s "$merged/run.json"
check "and wrote the report" test -s "$merged/report/report.html"
identities() { sed -nE 's/^\{"cell":"([^"]*)","pass":"([a-z]*)","process":([0-9]*),"repetition":([0-9]*),.*/\1 \2 \3 \4/p'; }
is "no sample is missing: 12 cells, 2 processes, 3 samples" "$(identities <"$merged/samples.jsonl" | sort -u | grep -c .)" 72
is "samples of other shards were not measured twice" \
	"$(identities <"$merged/samples.jsonl" | sort | uniq -d | grep -vFf <(sed -nE 's/^ *"name": "([^"]*)".*/\1/p' "$shards/shard-$victim/run.json") | grep -c .)" 0
expect "the same suite in one place has the same cells" 0 '' "$program" run --suite "$work/my.ini" --dry-run
is "as the merged run" "$(sed -nE 's/^ +"name": "([^"]*)",?$/\1/p' "$merged/run.json")" "$(cat "$work/stdout")"
check "nothing was lost" bash -c "! ls -d '$shards'/lost-* 2>/dev/null"

# ---- a task that was requeued on another kind of machine ----

if [ -n "$other" ]; then
	shard=$work/results/moved/shard-1
	if wait_for 60 ended "$moved"; then ok "the moved task comes to an end"; else not_ok "the moved task comes to an end" "$(squeue)"; fi
	is "its samples of the other machine are set aside" "$(samples_in "$work"/results/moved/lost-shard-1-*-1)" "$before"
	check "its shard is complete" complete "$shard"
	is "and was measured anew, on one machine: 12 cells, 3 samples" \
		"$(identities <"$shard/samples.jsonl" | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | tr -s ' ')" " 36 1"
	check "with the old file system in the old record only" bash -c '! grep "tmpfs" "$1/environment.json" && grep -q "tmpfs" "$2"/environment.json' \
		bash "$shard" "$(echo "$work"/results/moved/lost-shard-1-*-1)"
else
	skip "a task requeued on another kind of machine" "no mount namespace, or temporary files are on tmpfs"
fi

# ---- doctor, and the exit status of gates ----

online=$(getconf _NPROCESSORS_ONLN)
check "doctor in a job knows its CPUs" grep -qE "Slurm +job $doctor may use 1 of $online CPUs" "$work/doctor.log"
if [ "$online" -gt 1 ]; then
	is "it warns where nothing keeps the job to its CPUs, and of a shared node" \
		"$(sed -nE '/^warn +Slurm /{n;s/.*remedy: +//;s/,.*//;p}' "$work/doctor.log")" \
		"nothing keeps the job to its CPUs"$'\n'"the node is shared"
else
	skip "a shared node" "there is one CPU only"
fi
check "it says what the job's --cpu-freq does" grep -qiE '(governor .*--cpu-freq=performance|governor +performance)' "$work/doctor.log"
gates_ended() { [ -s "$work/same.status" ] && [ -s "$work/regression.status" ]; }
wait_for 60 gates_ended
is "a gate passes" "$(cat "$work/same.status")" 0
is "a regression is the exit status of sbatch --wait" "$(cat "$work/regression.status")" 3
is "only with --cpu-freq the program is a step of Slurm" "$(cd "$work" && echo srun.*)" srun.iowalk-gate
finish
