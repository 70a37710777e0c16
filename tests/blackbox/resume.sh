#!/bin/bash
# A run that ends early keeps its samples, and --resume adds the missing ones only.
. tests/blackbox/lib.sh

engines=buffered,pread,mmap,mmap_advised
processes=2
repetitions=10
wanted=$((4 * (processes * repetitions + 1 + 2))) # one latency sample and two counts
cells=(--graph chain --nodes 1000 --engine $engines --processes $processes --repetitions $repetitions --min-time 0.01
	--no-plots)

wait_for() { # COMMAND...: until it succeeds, 30 s at most
	local tries=0
	until "$@" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 3000 ] || return 1
		sleep 0.01
	done
}

has_lines() { # RUN COUNT
	[ -f "$1/samples.jsonl" ] && [ "$(wc -l <"$1/samples.jsonl")" -ge "$2" ]
}

start() { # OUT: starts a run in the background; sets $pid
	"$iowalk" run "${cells[@]}" --out "$1" >"$work/stdout" 2>"$work/stderr" &
	pid=$!
}

end() { # SIGNAL: sends it to the run; sets $status
	kill "-$1" $pid
	status=0
	wait $pid 2>/dev/null || status=$?
}

identities() { # RUN: what identifies each sample
	sed -nE 's/^\{"cell":"([^"]*)","pass":"([a-z]*)","process":([0-9]*),"repetition":([0-9]*),.*/\1 \2 \3 \4/p' \
		"$1/samples.jsonl"
}

# Every cell has every sample. Only samples of one process are there twice: the one that was being
# measured when the run ended is measured again, and its later lines count.
whole_processes() { # RUN
	local found again
	found=$(identities "$1" | sort -u | wc -l)
	again=$(identities "$1" | sort | uniq -d | awk '{ print $1, $3 }' | sort -u | wc -l)
	[ "$found" -eq $wanted ] && [ "$again" -le 1 ] || {
		echo "$found different samples of $(wc -l <"$1/samples.jsonl") lines; wanted $wanted; twice: $again processes"
		return 1
	}
}

# ---- killed ----

killed=$work/killed
start "$killed"
wait_for has_lines "$killed" 20
end KILL
is "kill -9: exit status" $status 137
check "kill -9: the run was incomplete" test "$(wc -l <"$killed/samples.jsonl")" -lt $wanted
kept=$(wc -l <"$killed/samples.jsonl")
check "kill -9: lines before the last are whole" \
	sh -c "! head -n $kept '$killed/samples.jsonl' | grep -qvE '^\{\"cell\":.*\}$'"
check "export reads the incomplete run" "$iowalk" export "$killed" --format csv
printf '{"cell":"bfs/chain/slotted/mm' >>"$killed/samples.jsonl" # as a crash in the middle of a write
head -n "$kept" "$killed/samples.jsonl" >"$work/kept"
expect "resume" 0 '^record: ' "$iowalk" run --resume "$killed" --no-plots
head -n "$kept" "$killed/samples.jsonl" >"$work/now"
check "resume: the earlier samples are not changed" cmp "$work/kept" "$work/now"
check "resume: whole lines" whole_lines "$killed"
check "resume: every sample of every process" whole_processes "$killed"
check "resume: all verified" all_verified "$killed"
check "resume: benchmark.json is there" test -s "$killed/benchmark.json"
cksum "$killed/samples.jsonl" >"$work/before"
expect "resume of a complete run" 0 '^record: ' "$iowalk" run --resume "$killed" --no-plots
cksum "$killed/samples.jsonl" >"$work/after"
check "resume of a complete run: nothing is measured" cmp "$work/before" "$work/after"

# ---- interrupted ----

for signal in INT TERM; do
	interrupted=$work/interrupted-$signal
	start "$interrupted"
	wait_for has_lines "$interrupted" 20
	end $signal
	exits "SIG$signal: exit status" $((128 + $(kill -l $signal)))
	check "SIG$signal: the message says how to continue" grep -q "interrupted.*--resume '$interrupted'" "$work/stderr"
	check "SIG$signal: shows the results so far" grep -q '^record: ' "$work/stdout"
	check "SIG$signal: the record is complete" whole_lines "$interrupted"
	check "SIG$signal: the run was incomplete" test "$(wc -l <"$interrupted/samples.jsonl")" -lt $wanted
	expect "SIG$signal: resume" 0 '^record: ' "$iowalk" run --resume "$interrupted" --no-plots
	check "SIG$signal: every sample of every process" whole_processes "$interrupted"
done

# ---- two at once ----

start "$work/busy"
wait_for has_lines "$work/busy" 4
expect "resume of a run that is still running" 1 'another process' "$iowalk" run --resume "$work/busy"
end KILL

# ---- not a run, or a damaged one ----

mkdir "$work/empty"
expect "resume of a folder that is not a run" 2 "$work/empty" "$iowalk" run --resume "$work/empty"
expect "resume of a missing folder" 2 "'$work/none'.*No such file" "$iowalk" run --resume "$work/none"
: >"$work/file"
expect "resume of a file" 2 "'$work/file'" "$iowalk" run --resume "$work/file"
expect "resume with other cells" 2 '--nodes' "$iowalk" run --resume "$killed" --nodes 5
for damage in 's/"selections"/"elections"/' 's/"graph": *"chain", *$/"graph": 5,/' \
	's/"engine": *"buffered,[^"]*"/"engine": 7/' 's/.$//'; do
	rm -rf "$work/damaged"
	cp -r "$killed" "$work/damaged"
	sed -i "$damage" "$work/damaged/run.json"
	expect "resume with a damaged run.json ($damage)" 2 '^iowalk: ' \
		"$iowalk" run --resume "$work/damaged" --no-plots
done
sed -i '/"suite":/d' "$killed/run.json"
expect "resume without the suite's name" 0 '^record: ' "$iowalk" run --resume "$killed" --no-plots
sed -i '3s/.*/{"cell": half a line/' "$killed/samples.jsonl"
expect "a damaged line in the middle is measured again" 0 '^record: ' \
	"$iowalk" run --resume "$killed" --no-plots
is "the damaged line is named" "$("$iowalk" export "$killed" --format csv 2>&1 >/dev/null | grep -c 'line 3')" 1

# ---- files of a killed builder ----

"$iowalk" run --workload create --graph chain --nodes 20000 --engine pread --processes 1 --repetitions 1000 \
	--no-plots --out "$work/build" >/dev/null 2>&1 &
pid=$!
leftover() { compgen -G "$IOWALK_CACHE_DIR/building.*" >/dev/null; }
wait_for leftover
end KILL
check "a killed builder leaves a file" leftover
# Of a process that lives, whatever its number: in another container on the same folder it says nothing.
living=$IOWALK_CACHE_DIR/building.999999999.00000001
mkdir "$living"
: >"$living/graph"
exec 9<"$living"
flock 9
run "$iowalk" run --graph chain --nodes 10 --engine pread --processes 1 --repetitions 1 --no-plots --out "$work/next"
exits "the next run" 0
is "the next run removes it, but not the file of a living process" \
	"$(cd "$IOWALK_CACHE_DIR" && echo building.*/*)" "building.999999999.00000001/graph"
exec 9<&-
run "$iowalk" run --graph chain --nodes 10 --engine pread --processes 1 --repetitions 1 --no-plots --out "$work/then"
check "the run after its end removes that, too" sh -c "! ls -d '$IOWALK_CACHE_DIR'/building.* 2>/dev/null"

# ---- what a run must not be continued with ----

mkdir "$work/here" "$work/there"
printf '0 1\n1 2\n2 3\n' >"$work/here/g.txt"
program=$(realpath "$iowalk")
cp "$program" "$work/other"
printf x >>"$work/other" # another program: its file differs by a byte
begin() { # a run of half of its samples
	rm -rf "$work/half"
	(cd "$work/here" && "$program" run --graph file:g.txt --engine pread --processes 1 --repetitions 4 --iterations 1 --no-plots \
		--no-roofline --out "$work/half" >/dev/null 2>&1)
	sed -i '/"repetition":[23]/d' "$work/half/samples.jsonl"
}
resume_in() { # FOLDER PROGRAM OPTION...
	local folder=$1 other=$2
	shift 2
	(cd "$folder" && "$other" run --resume "$work/half" --no-plots "$@")
}
begin
expect "resume from the same place" 0 '^record: ' resume_in "$work/here" "$program"
is "all samples are there" "$(samples "$work/half" time | grep -o '"repetition":[0-9]*' | sort -u | wc -l)" 4
begin
expect "resume from another place: a relative path means another file" 2 "graph file 'g.txt' cannot be read here" resume_in "$work/there" "$program"
cp "$work/here/g.txt" "$work/there/g.txt"
expect "the same, where there is such a file" 2 "graph file 'g.txt' is '.*/there/g.txt' here, and was '.*/here/g.txt'" resume_in "$work/there" "$program"
expect "resume with another program" 2 "the program is another one" resume_in "$work/here" "$work/other"
expect "resume with another cache folder" 2 "the cache folder is another one: storage.path was " resume_in "$work/here" "$program" --cache-dir "$work/cache2"
printf '3 4\n' >>"$work/here/g.txt"
expect "resume with a changed graph" 2 "graph file 'g.txt' has changed since the run began" resume_in "$work/here" "$program"
is "nothing was added" "$(samples "$work/half" time | wc -l)" 2

finish
