#!/bin/bash
# The limit of the cache folder: old graph files are removed, files that a running plan uses are not.
. tests/blackbox/lib.sh

folder=$work/folder
files() { # NODES...: those chains whose files are in the folder
	local n
	for n; do
		ls "$folder" 2>/dev/null | grep -oE "^chain-n$n-" | tr -d '\n'
	done
}
walk=(run --graph chain --engine pread --no-plots --no-roofline --cache-dir "$folder")
once=("${walk[@]}" --processes 1 --repetitions 1 --iterations 1 --passes time)

# A file of 100 nodes has 400 KB: the limit holds two of them.
expect "the first file" 0 '^record: ' "$iowalk" "${once[@]}" --nodes 100 --cache-limit 1000000
expect "the second file" 0 '^record: ' "$iowalk" "${once[@]}" --nodes 101 --cache-limit 1000000
is "two files fit" "$(files 100 101 102)" chain-n100-chain-n101-
expect "the first file is used again" 0 '^record: ' "$iowalk" "${once[@]}" --nodes 100 --cache-limit 1000000
expect "the third file" 0 '^record: ' "$iowalk" "${once[@]}" --nodes 102 --cache-limit 1000000
is "the one that was not used for longest is removed" "$(files 100 101 102)" chain-n100-chain-n102-

# One plan that needs more than the limit: a run uses each of its files until its end, because rounds go
# through all cells.
expect "a plan above the limit" 0 '^record: ' "$iowalk" "${walk[@]}" --nodes 103,104,105,106 \
	--processes 1 --repetitions 2 --iterations 1 --cache cold,warm --cache-limit 1000000 --out "$work/above"
is "a plan above the limit: cells measured" "$(samples "$work/above" time '.*' | grep -c '"verified":true')" 16
is "a plan above the limit: its files stay, the others are removed" "$(files 100 102 103 104 105 106)" \
	chain-n103-chain-n104-chain-n105-chain-n106-

# Another process builds while the first one measures.
"$iowalk" "${walk[@]}" --nodes 103,104 --processes 500 --repetitions 4 --min-time 0.01 --passes time \
	--out "$work/first" >"$work/first.out" 2>&1 &
first=$!
for _ in $(seq 500); do
	[ "$(grep -o 'nodes:10[34]' "$work/first/samples.jsonl" 2>/dev/null | sort -u | wc -l)" -eq 2 ] && break
	sleep 0.01
done
expect "a second process" 0 '^record: ' "$iowalk" "${once[@]}" --nodes 107 --cache-limit 1000
is "a second process: only files that nobody uses are removed" "$(files 103 104 105 106 107)" \
	chain-n103-chain-n104-chain-n107-
kill -TERM $first
wait $first
is "the first process was still running" $? 143
expect "after it has ended" 0 '^record: ' "$iowalk" "${once[@]}" --nodes 108 --cache-limit 1000
is "after it has ended: its files are removed" "$(files 103 104 107 108)" chain-n108-
is "no marks are left" "$(find "$folder" -name 'building.*' -o -name 'uses.*')" ""

# ---- a damaged file ----

# Header and size are right.
rm -rf "$folder"
csr=("${once[@]}" --layout csr --nodes 1000)
expect "a file in csr" 0 '^record: ' "$iowalk" "${csr[@]}"
file=$(echo "$folder"/*.graph)
cp "$file" "$work/whole"
printf '\377\377\377' | dd of="$file" bs=1 seek=12000 conv=notrunc 2>/dev/null
expect "a damaged file: iowalk verify finds it" 2 . "$iowalk" verify "$file"
expect "a damaged file is built again" 0 '^record: ' "$iowalk" "${csr[@]}"
expect "a damaged file is built again, whole" 0 . "$iowalk" verify "$file"

# A file above 256 MB is not checked as a whole: the walk fails, and the message names the file.
large=("${once[@]}" --nodes 67000)
expect "a large file" 0 '^record: ' "$iowalk" "${large[@]}"
file=$(echo "$folder"/chain-n67000-*.graph)
head -c 4104 /dev/zero | tr '\0' '\377' | dd of="$file" bs=4104 seek=100000000 oflag=seek_bytes iflag=fullblock conv=notrunc 2>/dev/null
run "$iowalk" "${large[@]}"
exits "a damaged large file: exit status" 1
check "a damaged large file: named" grep -qF "\`iowalk verify '$file'\` checks it" "$work/stderr"

finish
