#!/bin/bash
# iowalk conform: wrong arguments, the three formats, a given history, and what it leaves behind. That it finds faults is
# tested by test_engine_model.c and new_parts.sh.
. tests/blackbox/lib.sh

refuses() { # NAME REGEX ARGUMENT...: exit status 2 and a message
	expect "$1" 2 "$2" "$iowalk" conform "${@:3}"
}
refuses "no engine" 'needs an ENGINE'
refuses "an unknown engine" "engine 'frob'; valid: .*pread" frob
refuses "a seed that is no number" "seed '-1'" pread --seed -1
refuses "a budget that is no number" "budget '?x" pread --budget x
refuses "an unknown format" "'frob': valid: text, tap, junit" pread --format frob
refuses "an option of another engine" "'mmap_advised.populate=1' is for none" pread --opt mmap_advised.populate=1
refuses "an option without a value" 'key=value' pread --opt pread.gap
refuses "an unknown option" "no option 'frob'" pread --opt pread.frob=1
refuses "an unknown operation" "unknown operation 'frob'; valid: read, write" pread --history resize:1,frob:0
refuses "half an operation" "'read:0' is not of the form read:OFFSET.LENGTH" pread --history read:0
refuses "an unknown fault" "'frob:1=EIO': not of the form CALL:N=ERROR" pread --history sync --fault frob:1=EIO
refuses "an error that the call does not have" "fdatasync has no such error" pread --history sync --fault fdatasync:1=EINTR2
refuses "a fault without a history" '--fault needs --history' pread --fault fdatasync:1=EIO
refuses "a layout and claims" '--layout: only engines make claims' pread --layout csr --only claims
refuses "a fault of power" '--fault is for histories of model and faults' pread --layout csr --only power --history sync --fault fdatasync:1=EIO
refuses "an operation that power does not have" "'drop' is not of the group power" pread --layout csr --only power --history node,drop
refuses "an option that a layout does not have" "csr has no option 'frob'" pread --opt csr.frob=1
refuses "all short histories of which group?" '--exhaustive needs --only model .of engines. or power' pread --exhaustive
refuses "an unknown layout" "unknown layout 'frob'; valid: .*csr" pread --only power --layout frob
refuses "a store that uses no engine" "layout 'sqlite' is a store with its own I/O" pread --only power --layout sqlite --history sync
refuses "a group that there is not" "--only 'frob': valid: model, .*power, claims$" pread --only frob
refuses "a history of which layout?" '--history of power needs --layout' pread --only power --history sync
refuses "a damage of which layout?" '--history of damage needs --layout' pread --only damage --history damage:1+1
refuses "damage that there is not" "'damage:1.2048' is none of " pread --only damage --layout csr --history damage:1+2048
refuses "damage in a history of power" "'damage:1.1' is not of the group power" pread --layout csr --only power --history node,damage:1+1
refuses "power failures of a store" "layout 'sqlite' has its own I/O" --layout sqlite --only power
refuses "claims of a store" "only engines make claims" --layout sqlite --only claims
refuses "a history of a file, not of a graph" "'resize:1' is none of node, edge:FROM.TO" pread --only power --layout csr --history resize:1
refuses "a history of claims" '--only claims has its own' pread --only claims --history sync
refuses "a file that is too large" "'resize:9999999999' is not" pread --history resize:9999999999

# ---- it tests ----

short=(--budget 0.01 --seed 3 --only model)
expect "one engine" 0 '^pass +model +pread gap=0 +1 histories, 2000 operations' "$iowalk" conform pread "${short[@]}"
variants=$(grep -c '^pass' "$work/stdout") # with those of layouts
check "its options are tested too" test "$variants" -ge 8
check "the sums" grep -qE "^$variants passed, 0 failed, 0 skipped: [0-9]+ histories, [0-9]+ operations, seed 3" "$work/stdout"
run "$iowalk" conform direct "${short[@]}"
check "a small cache, with other options" grep -qE '^(pass|skip) +model +direct cache_bytes=65536 threads=16 ' "$work/stdout"
run "$iowalk" conform pread --opt pread.gap=0,pread.batch=each "${short[@]}"
is "only what --opt says" "$(grep -E '^(pass|FAIL|skip)' "$work/stdout" | grep -v ': ' | tr -s ' ' | cut -d ' ' -f -5)" "pass model pread batch=each gap=0"
run "$iowalk" conform pread mmap --history 'resize:9000,write:4090+20/1,reopen-read,batch:4090+10/3,attach,share/1' --format tap
exits "a history: exit status" 0
is "a history: as TAP" "$(cat "$work/stdout")" "$(printf 'ok 1 - model pread\nok 2 - model mmap\n1..2')"
run "$iowalk" conform mmap "${short[@]}" --format junit
check "JUnit: a case with its counts" grep -q '<testcase classname="iowalk.conform.model" name="mmap" time="' "$work/stdout"
check "JUnit: the operations" grep -q '<property name="operations" value="2000"/>' "$work/stdout"
if command -v python3 >/dev/null; then
	check "JUnit: it is XML" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/stdout"
else
	skip "JUnit: it is XML" "no python3"
fi
is "nothing is left in the folder" "$(find "$IOWALK_CACHE_DIR" -mindepth 1)" ""
touch "$work/file"
expect "a folder that cannot be made" 1 "cannot make a folder in '$work/file/x'" "$iowalk" conform pread --cache-dir "$work/file/x" "${short[@]}"

expect "an engine that keeps no data" 0 '^pass +model +null +1 histories, 5 operations' \
	"$iowalk" conform null --history resize:9000,write:0+9000/1,read:100+50,reopen,compare/0
expect "probe is asked" 0 '^pass +model +uring|^skip' "$iowalk" conform uring --history probe --opt uring.direct=1

# ---- faults ----

run "$iowalk" conform pread buffered mmap uring --only faults --budget 6 --seed 5
if grep -q '^skip.*intercepted' "$work/stdout"; then
	skip "faults" "$(grep -m 1 -o 'the kernel does not.*' "$work/stdout")"
else
	exits "faults: exit status" 0
	check "faults: they are counted" grep -qE '^pass +faults +pread +[0-9]+ histories, [0-9]+ operations, [1-9][0-9]* faults' "$work/stdout"
	expect "a given fault" 0 '^pass +faults +pread +1 histories, 3 operations, 1 faults' \
		"$iowalk" conform pread --history resize:100,write:0+100/1,sync --fault fdatasync:1=EIO
	if "$iowalk" conform direct --history sync >"$work/direct" 2>&1; then
		expect "half of a vector" 0 '^pass +faults +direct cache_bytes=65536 +1 histories, 8 operations, 1 faults' \
			"$iowalk" conform direct --opt direct.cache_bytes=65536 --fault preadv:1=short \
			--history resize:300000,write:0+70000/1,sync,drop,read:3+80000,batch:100+70000/9,read:200000+80000,read:0+80000
	else
		skip "half of a vector" "$(grep -m 1 ^skip "$work/direct")"
	fi
	if "$iowalk" conform uring --history sync >"$work/uring" 2>&1; then
		expect "memory is refused, after a part" 0 '^pass +faults +uring ' \
			"$iowalk" conform uring --history sync --fault memory_4k:1=ENOMEM
	else
		skip "memory is refused, after a part" "$(grep -m 1 ^skip "$work/uring")"
	fi
	expect "a queue that cannot be made is a reason of probe" 0 '^pass +faults +uring +1 histories, 1 operations, 1 faults|^skip' \
		"$iowalk" conform uring --history probe --fault io_uring_setup:2=ENOSYS
	expect "a fault that the history does not meet" 0 '^pass +faults +pread +1 histories, 1 operations$' \
		"$iowalk" conform pread --history advise/0 --fault fdatasync:9=EIO
fi

# ---- layouts in model and faults ----

run "$iowalk" conform pread --layout csr --only model --budget 0.01
check "layouts: only one" sh -c 'grep -q "pread: csr" "$1" && ! grep -qE "pread: records|model +pread +1" "$1"' sh "$work/stdout"
check "layouts: each option of it" grep -qE '^pass +model +pread: csr checksums=off +1 histories' "$work/stdout"
check "layouts: each option of the engine below one" grep -qE '^pass +model +pread gap=0: csr +1 histories' "$work/stdout"
run "$iowalk" conform pread mmap --layout records --opt records.index=read --format tap \
	--history 'bulk:9+49,edge:0+9,many:1+20,sync,level:6+3,compact,share:2,rename,reopen-read,find:3,find:99,drop,check,node'
exits "layouts: a history: exit status" 0
is "layouts: a history, with an option: as TAP" "$(cat "$work/stdout")" \
	"$(printf 'ok 1 - model pread: records index=read\nok 2 - model mmap: records index=read\n1..2')"
run "$iowalk" conform pread --layout clustered --history bulk:2+24,edge:0+0 --fault pwrite64:7=EDQUOT
if grep -q '^skip.*intercepted' "$work/stdout"; then
	skip "layouts: a fault" "$(grep -m 1 -o 'the kernel does not.*' "$work/stdout")"
else
	exits "layouts: a fault: exit status" 0
	check "layouts: a fault is counted" grep -qE '^pass +faults +pread: clustered +1 histories, [0-9]+ operations, 1 faults' "$work/stdout"
fi
run "$iowalk" conform pread --only damage --budget 0.01
exits "damage: exit status" 0
check "damage: every layout, and no engine alone" sh -c '[ "$(grep -cE "^pass +damage +pread: (clustered|csr|fixed64|records|slotted) .* [1-9][0-9]* damages$" "$1")" = 5 ] && ! grep -q "pread  " "$1"' sh "$work/stdout"
run "$iowalk" conform mmap --layout csr --only damage --history bulk:9+49,damage:40+0,walk,damage:40+1030,edge:0+1,check --format junit
exits "damage: a history: exit status" 0
check "damage: as JUnit" grep -q '<property name="damages" value="2"/>' "$work/stdout"
# Whole stores. Until it was tested, a bulk of sqlite that failed without a journal left a broken file.
expect "stores: SQLite" 0 '^pass +model +own: sqlite +1 histories, [1-9]' "$iowalk" conform --layout sqlite --only model --budget 0.01
expect "stores: SQLite without a journal" 0 '^pass +model +own: sqlite journal=off' \
	"$iowalk" conform --layout sqlite --opt sqlite.journal=off --history bulk:1+272,node,sync,reopen
expect "stores: LMDB, with damage" 0 '^pass +damage +own: lmdb neighbors=packed +1 histories, 4 operations, 2 damages' \
	"$iowalk" conform --layout lmdb --opt lmdb.neighbors=packed --only damage --history bulk:9+49,damage:3313655675+1308,walk,damage:0+0
run "$iowalk" conform --layout sqlite --history bulk:0+0,sync --fault fdatasync:1=EIO
if grep -q '^skip.*intercepted' "$work/stdout"; then
	skip "stores: a sync that fails" "$(grep -m 1 -o 'the kernel does not.*' "$work/stdout")"
else
	check "stores: after a sync that has failed none succeeds" grep -q '^pass  faults  own: sqlite .*, 1 faults' "$work/stdout"
fi
is "layouts: nothing is left in the folder" "$(find "$IOWALK_CACHE_DIR" -mindepth 1)" ""

# ---- power ----

expect "power: a layout that is not for the engine is skipped" 4 "^skip +power +pread +layout 'none' is not used" \
	"$iowalk" conform pread --only power --layout none
expect "power: with a history as well" 4 "layout 'none' is not used" \
	"$iowalk" conform pread --only power --layout none --history sync

run "$iowalk" conform mmap --only power --layout csr --history load:3,sync,edge:0+1,sync
if grep -q '^skip.*intercepted' "$work/stdout"; then
	skip "power" "$(grep -m 1 -o 'the kernel does not.*' "$work/stdout")"
else
	exits "power: exit status" 0
	check "power: images are counted" grep -qE '^pass +power +mmap +1 histories, 4 operations, [0-9]+ images \([1-9][0-9]* different, [0-9]+ refused\)$' "$work/stdout"
fi

# ---- claims ----

run "$iowalk" conform memory mmap --only claims
exits "claims: exit status" 0
check "claims: what was observed" grep -qE '^pass +claims +mmap: sigbus +what was cut off is read as zeros' "$work/stdout"
check "claims: what is not claimed is not tested" sh -c '! grep -q "mmap: \(batch \|holds-file\)" "$1"' sh "$work/stdout"
check "claims: the sum" grep -qE '^[0-9]+ passed, 0 failed, [0-9]+ skipped: [0-9]+ claims' "$work/stdout"
if grep -q '^skip.*intercepted' "$work/stdout"; then
	skip "claims: calls" "$(grep -m 1 -o 'the kernel does not.*' "$work/stdout")"
else
	check "claims: calls" grep -qE '^pass +claims +memory: zero-copy +64 reads through map make no system call' "$work/stdout"
fi
is "claims: nothing is left in the folder" "$(find "$IOWALK_CACHE_DIR" -mindepth 1)" ""

# ---- interrupted ----

"$iowalk" conform mmap --budget 1000 --seed 2 >"$work/stdout" 2>&1 &
for _ in $(seq 600); do
	[ -z "$(find "$IOWALK_CACHE_DIR" -name file)" ] || break
	sleep 0.05
done
kill -TERM $!
wait $!
is "interrupted: exit status" $? 143
check "interrupted: no engine has failed" sh -c '! grep -q FAIL "$1"' sh "$work/stdout"
is "interrupted: nothing is left in the folder" "$(find "$IOWALK_CACHE_DIR" -mindepth 1)" ""
finish
