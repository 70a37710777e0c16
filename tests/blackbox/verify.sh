#!/bin/bash
# iowalk verify: sound files pass, damaged ones are refused with name and reason, nothing crashes.
. tests/blackbox/lib.sh
command -v python3 >/dev/null || skip_all "no python3"
step=${IOWALK_FLIP_STEP:-1} # as in test_layout_flips.c: a bit is flipped in one byte of $step

expect "graph files to verify" 0 '^record: ' "$iowalk" run --graph random --nodes 100 \
	--layout slotted,csr,clustered,fixed64,records --engine pread --passes time --processes 1 --repetitions 1 --iterations 1 --no-plots \
	--out "$work/run"

damaged() { # NAME REGEX: $work/bad is refused
	expect "$1" 2 "^iowalk: $work/bad: .*($2)" "$iowalk" verify "$work/bad"
}

overwrite() { # OFFSET BYTES (as printf writes them): in $work/bad
	printf "$2" | dd of="$work/bad" bs=1 seek="$1" conv=notrunc status=none
}

# One file for each bit: one process for each would be thousands.
flipped() { # NAME FILE REGEX OFFSET:MASK...: each copy of FILE with these bits flipped is refused, in words like REGEX
	local name=$1 file=$2 regex=$3
	shift 3
	mkdir "$work/flipped"
	python3 - "$file" "$work/flipped" "$@" <<-'PYTHON'
		import sys
		good = open(sys.argv[1], "rb").read()
		for flip in sys.argv[3:]:
		    offset, mask = map(int, flip.split(":"))
		    bad = bytearray(good)
		    bad[offset] ^= mask
		    open("%s/%d" % (sys.argv[2], offset), "wb").write(bad)
	PYTHON
	run "$iowalk" verify "$work"/flipped/*
	exits "$name: exit status" 2
	sed -nE "s|^iowalk: $work/flipped/([0-9]+): .*($regex).*|\\1|p" "$work/stderr" | sort >"$work/refused"
	is "$name" "$(printf '%s\n' "${@%:*}" | sort | comm -23 - "$work/refused" | paste -sd ' ')" ""
	rm -r "$work/flipped"
}

for layout in slotted csr clustered fixed64 records; do
	good=$(echo "$IOWALK_CACHE_DIR"/random-n100-*-$layout-*.graph)
	size=$(stat -c %s "$good")
	cksum "$good" >"$work/before"
	expect "$layout: sound" 0 ": sound: layout $layout, 100 nodes, 200 edges$" "$iowalk" verify "$good"
	cksum "$good" >"$work/after"
	check "$layout: verify changes nothing" cmp "$work/before" "$work/after"

	mkdir "$work/cuts"
	cuts=()
	for cut in 1 3 127 128 255 256 300 4095 4096 $((size / 2)) $((size - 4096)) $((size - 1)); do
		[ "$cut" -gt 0 ] && [ "$cut" -lt "$size" ] || continue
		head -c "$cut" "$good" >"$work/cuts/$cut"
		cuts+=("$cut")
	done
	run "$iowalk" verify "$work"/cuts/*
	exits "$layout: cut off: exit status" 2
	for cut in "${cuts[@]}"; do
		check "$layout: cut off after $cut of $size bytes" grep -q "^iowalk: $work/cuts/$cut: ." "$work/stderr"
	done
	rm -r "$work/cuts"
	flips=()
	for byte in $(seq 0 "$step" 255); do flips+=("$byte:$((1 << byte % 8))"); done
	flipped "$layout: each byte of the header with a bit flipped is refused" "$good" '..' "${flips[@]}"
	# A flipped bit after the header is found by the checksum, with its place.
	flips=()
	for i in $(seq 1 "$step" 40); do flips+=("$((256 + (i * 7919 * 31) % (size - 256))):128"); done
	flipped "$layout: bits flipped after the header" "$good" 'bytes? [0-9]+' "${flips[@]}"

	cp "$good" "$work/bad"
	overwrite 4 '\007'
	damaged "$layout: another version" 'version 7'
	cp "$good" "$work/bad"
	overwrite 0 'NOPE'
	damaged "$layout: another magic" 'not a graph file'
	# The data begin after one page, with the record that locates the edges of node 0.
	cp "$good" "$work/bad"
	overwrite 4096 '\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377'
	damaged "$layout: its first record overwritten" .
done

run "$iowalk" verify --json "$good" "$work/bad"
exits "one sound, one not: exit status" 2
json_point "--json" "$work/stdout"
check "--json reports both" sh -c "grep -q '\"sound\": true' '$work/stdout' && grep -q '\"sound\": false' '$work/stdout'"

: >"$work/bad"
damaged "empty file" 'too short'
echo "this is no graph file, only a line of text" >"$work/bad"
damaged "text" 'too short'
head -c 100000 /dev/urandom >"$work/bad"
damaged "random bytes" 'not a graph file'
run "$iowalk" run --graph chain --nodes 100 --profile sqlite,lmdb --passes time --processes 1 --repetitions 1 --no-plots --out "$work/stores"
exits "stores of references to verify" 0
cp "$(find "$IOWALK_CACHE_DIR" -type f -name '*-sqlite-*.graph')" "$work/bad"
damaged "a SQLite file" 'a SQLite database: verify checks iowalk.s own layouts'
cp "$(find "$IOWALK_CACHE_DIR" -type f -path '*-lmdb-*' ! -name '*lock*' | head -n 1)" "$work/bad"
damaged "an LMDB file" 'an LMDB data file: verify checks iowalk.s own layouts'
expect "folder" 2 "$work: .*directory" "$iowalk" verify "$work"
expect "no such file" 2 "$work/none: .*No such file" "$iowalk" verify "$work/none"
expect "device" 2 '/dev/null: ' timeout 10 "$iowalk" verify /dev/null
mkfifo "$work/fifo"
expect "fifo" 2 "$work/fifo: " timeout 10 "$iowalk" verify "$work/fifo"
if [ "$(id -u)" -eq 0 ]; then
	skip "unreadable file" "root reads everything"
else
	cp "$good" "$work/bad"
	chmod 0 "$work/bad"
	expect "unreadable file" 1 "$work/bad: .*Permission denied" "$iowalk" verify "$work/bad"
fi

finish
