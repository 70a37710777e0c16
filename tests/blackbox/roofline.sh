#!/bin/bash
# The roofline: compared with fio on the same file, cached, measured again, in a run, not available.
. tests/blackbox/lib.sh

# The disk of a virtual machine can change its speed within minutes, so this is no test of
# precision. It finds a wrong unit, depth or block size, which changes the rate by more than this
# factor. The comparison to 10 % is made by hand on a quiet machine.
band_factor=5
rounds=1

median() { sort -g | sed -n "$(((rounds + 1) / 2))p"; }

fio_rate() { # DEPTH PATTERN BLOCK; buffers of huge pages, as ours
	GLIBC_TUNABLES=glibc.malloc.hugetlb=1 fio --name=r --filename="$disk/file" --direct=1 --ioengine=io_uring --iodepth="$1" --rw="$2" \
		--bs="$3" --norandommap --randrepeat=0 --time_based --runtime=300ms --minimal 2>/dev/null |
		cut -d';' -f8
}

rates() { # reads per second, one a line: depth 1, 8, 32, 128, sequential, burst
	tr -d ' \n' <"$1" | grep -o '"reads_per_second":{[^}]*}' | sed -E 's/.*"median":([0-9.e+]+).*/\1/'
}

against_fio() {
	local names=("random, depth 1" "random, depth 8" "random, depth 32" "random, depth 128" sequential)
	local fio_args=("1 randread 4k" "8 randread 4k" "32 randread 4k" "128 randread 4k" "4 read 1M")
	local i ours theirs
	head -c 268435456 /dev/urandom >"$disk/file" && sync "$disk/file" || return
	for _ in $(seq $rounds); do
		run "$iowalk" roofline --file "$disk/file" --fresh --seconds 2 --json
		[ "$status" -eq 0 ] || break
		rates "$work/stdout" >"$work/rates"
		for i in 0 1 2 3 4; do
			sed -n "$((i + 1))p" "$work/rates" >>"$work/ours.$i"
			# shellcheck disable=SC2086
			fio_rate ${fio_args[$i]} >>"$work/fio.$i"
		done
	done
	exits "roofline --file" 0
	if ! grep -q '"method": "io_uring"' "$work/stdout"; then
		skip "against fio" "io_uring is refused here"
		return
	fi
	for i in 0 1 2 3 4; do
		ours=$(median <"$work/ours.$i") theirs=$(median <"$work/fio.$i")
		if awk -v a="$ours" -v b="$theirs" -v f=$band_factor \
			'BEGIN { exit !(a > 0 && b > 0 && a / b <= f && b / a <= f) }'; then
			ok "${names[$i]}: within a factor of $band_factor of fio"
		else
			not_ok "${names[$i]}: within a factor of $band_factor of fio" "ours $ours, fio $theirs reads/s"
		fi
	done
}

# A result is cached if it was steady, which a test cannot control. An unsteady one must not be
# cached; then this test writes it to the cache for the following checks.
keep_measured() {
	local kept
	kept=$IOWALK_CACHE_DIR/roofline-$(tr -d ' \n' <"$work/stdout" |
		sed -E 's/.*"device_number":\[([0-9]+),([0-9]+)\].*/\1-\2/')-0.json
	if grep -q '^  "unsteady": true' "$work/stdout"; then
		check "unsteady: not cached" test ! -e "$kept"
	else
		check "steady: cached" test -s "$kept"
	fi
	cp "$work/stdout" "$kept"
}

kept_and_fresh() {
	# A cached result is used, unless a longer or fresh measurement is requested.
	expect "measured" 0 '"kept": false' "$iowalk" roofline --seconds 0.5 --json
	json_point "--json is JSON" "$work/stdout"
	is "the test file is gone" "$(find "$IOWALK_CACHE_DIR" -type f ! -name 'roofline-*.json' | wc -l)" 0
	keep_measured
	expect "cached" 0 '"kept": true' "$iowalk" roofline --seconds 0.5 --json
	expect "cached, as text" 0 'kept since .*Z' "$iowalk" roofline --seconds 0.5
	expect "longer: measured" 0 '"kept": false' "$iowalk" roofline --seconds 0.6 --json
	expect "--fresh: measured" 0 '"kept": false' "$iowalk" roofline --seconds 0.5 --fresh --json
	keep_measured
}

# Warnings for a roofline of a device a thousand times slower, and for an unsteady one.
doubtful() {
	local kept
	kept=$(echo "$IOWALK_CACHE_DIR"/roofline-*-0.json)
	tr -d '\n' <"$kept" | sed -E 's/"(median|low|high)": *([0-9]+)\.[0-9e+]*/"\1": \2e-3/g; s/"seconds": *[0-9.]+/"seconds": 99/' >"$work/slow"
	cp "$work/slow" "$kept"
	run "$iowalk" run --graph chain --nodes 2000 --engine pread --cache cold --processes 1 --repetitions 1 \
		--no-plots --out "$work/slow-run"
	exits "a run on a device that got faster" 0
	check "the table warns of cells above 110 %" grep -q 'warning: 1 of 1 cold cells are above 110 %.*--fresh' "$work/stdout"
	check "the summary warns, too" grep -q 'Warning.*: 1 of 1 cold cells' "$work/slow-run/summary.md"
	sed -E 's/"low": *[0-9.e+-]+/"low": 1e-6/g' "$work/slow" >"$kept"
	run "$iowalk" run --graph chain --nodes 2000 --engine pread --cache cold --processes 1 --repetitions 1 \
		--no-plots --out "$work/unsteady-run"
	check "an unsteady roofline is reported on stderr" grep -q 'the roofline is unsteady' "$work/stderr"
	check "an unsteady roofline is reported in the table" grep -q 'warning: the roofline is unsteady: random 4 KiB, depth 1;' "$work/stdout"
	check "an unsteady roofline is reported in the summary" grep -q 'roofline is unsteady' "$work/unsteady-run/summary.md"
}

in_a_run() {
	for file in "$IOWALK_CACHE_DIR"/roofline-*.json; do echo '{"format":1' >"$file"; done
	run "$iowalk" run --graph chain,random --nodes 2000 --engine pread,mmap --cache cold,warm \
		--processes 1 --repetitions 2 --no-plots --out "$work/run"
	exits "a run with cold cells, where what was kept is damaged" 0
	is "every cold time sample has roofline_percent" "$(samples "$work/run" time '[^"]*/cold/[^"]*' |
		grep -c '"roofline_percent":[0-9]*\.[0-9]*.*"roofline":{"pattern":"')" 8
	is "no warm sample has it" "$(samples "$work/run" '[a-z]*' '[^"]*/warm/[^"]*' | grep -c roofline)" 0
	# A chain of 2000 slots needs all of their pages, and few others.
	check "the number of pages is that of the nodes" awk '{ exit !($1 >= 2000 && $1 <= 2400) }' < \
		<(samples "$work/run" time '[^"]*/chain/[^"]*/cold/[^"]*' | numbers touched_pages_count)
	check "the table has the column" grep -qE '^ *nodes .* roofline$' "$work/stdout"
	check "the record has the roofline" grep -q '"copy_bytes_per_second"' "$work/run/run.json"
	check "the summary has the roofline" grep -q '^## Roofline' "$work/run/summary.md"
	run "$iowalk" run --graph chain --nodes 100 --engine pread --cache cold --processes 1 --repetitions 1 \
		--no-plots --no-roofline --out "$work/without"
	exits "--no-roofline" 0
	check "--no-roofline: no roofline_percent" sh -c "! grep -q roofline_percent '$work/without/samples.jsonl'"
}

find_disk || disk=
if [ -z "$disk" ]; then
	skip "on a device" "no file system other than tmpfs here"
elif sanitized; then
	skip "on a device" "a sanitizer's build does not measure"
elif [ "$(df -Pk "$disk" | awk 'NR == 2 { print $4 }')" -lt 1500000 ]; then
	skip "on a device" "less than 1.5 GB free in $disk"
else
	export IOWALK_CACHE_DIR=$disk/cache
	kept_and_fresh
	doubtful
	in_a_run
	if command -v fio >/dev/null; then
		against_fio
	else
		skip "against fio" "fio is not installed"
	fi
fi

if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ]; then
	shm=$(mktemp -d /dev/shm/iowalk.XXXXXX)
	trap 'rm -rf "$shm" ${disk:+"$disk"}; clean_up' EXIT
	expect "tmpfs: the device is not measured, with the reason" 0 'device: not measured: .*tmpfs' \
		"$iowalk" roofline --cache-dir "$shm" --seconds 0.2
	check "tmpfs: memory is measured" grep -q 'memory copy' "$work/stdout"
else
	skip "tmpfs" "no tmpfs at /dev/shm to write to"
fi

: >"$work/small"
truncate -s 64M "$work/holes"
expect "a missing file" 2 "cannot open '$work/none': No such file" "$iowalk" roofline --file "$work/none"
expect "a folder" 2 "cannot read '$work': Is a directory" "$iowalk" roofline --file "$work"
expect "not a regular file" 2 'neither a file nor a block device' "$iowalk" roofline --file /dev/null
expect "too small a file" 2 'too small' "$iowalk" roofline --file "$work/small"
expect "a cache folder below a file" 2 'cannot write to the cache folder' \
	"$iowalk" roofline --cache-dir "$work/small/x"
expect "a cache folder that cannot be made" 2 'cannot write to the cache folder' \
	"$iowalk" roofline --cache-dir /proc/iowalk
expect "not a number of seconds" 2 'from 0.1 to 3600' "$iowalk" roofline --seconds -1
expect "an argument" 2 'takes no argument' "$iowalk" roofline x
expect "a file of holes is reported" 0 'not measured: ' "$iowalk" roofline --seconds 0.2 --file "$work/holes"
expect "--help" 0 '^usage: iowalk roofline' "$iowalk" roofline --help

finish
