#!/bin/bash
# Warm and cold cells on each file system, against the device's own counters. Needs root: it makes a
# file system in an image, on a loop device, and reads /sys/block/loopN/stat, which counts what that
# device delivered to whoever asked.
#   file-systems.sh [FOLDER]   FOLDER (default: a temporary one) takes images of 600 MB
# Prints a table in Markdown; docs/METHOD.md has one.
set -euo pipefail
cd "$(dirname "$0")/.."
iowalk=$PWD/build/iowalk
own=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/iowalk-fs.XXXXXX")
mounted=()
clean_up() {
	for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do umount "${mounted[i]}" || true; done
	rm -rf "$own"
}
trap clean_up EXIT
engines=pread,buffered,mmap,mmap_advised,uring,direct
nodes=20000 # 90 MB in layout slotted

sectors() { # DEVICE: sectors of 512 B read so far
	awk '{ print $3 }' "/sys/block/$1/stat"
}

# Measures one cell, and prints its row: what the device delivered beside what the record says.
row() { # FILE-SYSTEM FOLDER DEVICE ENGINE CACHE
	local before after out=$own/run
	local options=()
	[ "$4" != direct ] || options=(--opt direct.cache_bytes=256M)
	rm -rf "$out"
	before=$([ -z "$3" ] || sectors "$3")
	"$iowalk" run --graph random --nodes $nodes --engine "$4" --cache "$5" --repetitions 2 --iterations 1 \
		"${options[@]}" --passes time --no-plots --no-roofline --cache-dir "$2" --out "$out" \
		>/dev/null 2>&1 || true
	after=$([ -z "$3" ] || sectors "$3")
	jq -rs --arg fs "$1" --arg engine "$4" --arg cache "$5" --arg device "$3" \
		--argjson read "$(((${after:-0} - ${before:-0}) * 512))" --slurpfile run "$out/run.json" '
		def mb: . / 1e6 * 10 | round / 10 | tostring;
		($run[0].cells[0].skipped // (map(.error // empty) | first) // null) as $refused
		| "| \($fs) | \($engine) | \($cache) | " + (if $refused then "refused: \($refused | .[:60])… | | |"
		else "\(.[0].residency_source), \(map(.residency_percent) | max) % | "
			+ "\(map(.residency_device_bytes) | add | mb) | \(if $device == "" then "no device" else $read | mb end) |" end)' \
		"$out/samples.jsonl"
}

cells() { # FILE-SYSTEM FOLDER DEVICE
	# the graph file is made, and everything else is in the page cache, before anything is counted
	"$iowalk" run --graph random --nodes $nodes --engine pread --cache warm --repetitions 1 --iterations 1 \
		--no-plots --no-roofline --cache-dir "$2" --out "$own/made" >/dev/null 2>&1
	rm -rf "$own/made"
	sync
	for cache in warm cold; do
		for engine in ${engines//,/ }; do
			row "$1" "$2" "$3" "$engine" $cache
		done
	done
}

echo "| file system | engine | cache | resident before the samples, by | two samples read, MB | the device delivered, MB |"
echo "|---|---|---|---|--:|--:|"
for fs in ext4 xfs btrfs; do
	command -v mkfs.$fs >/dev/null || { echo "| $fs | | | no mkfs.$fs here | | |" && continue; }
	truncate -s 600M "$own/$fs.image"
	mkfs.$fs -q "$own/$fs.image" >/dev/null 2>&1
	mkdir "$own/$fs"
	mount -o loop "$own/$fs.image" "$own/$fs"
	mounted+=("$own/$fs")
	device=$(findmnt -n -o SOURCE "$own/$fs")
	cells $fs "$own/$fs" "${device#/dev/}"
	[ $fs = ext4 ] && ext4_device=${device#/dev/}
done
mkdir -p "$own/ext4/lower" "$own/ext4/upper" "$own/ext4/work" "$own/overlay"
mount -t overlay overlay -o "lowerdir=$own/ext4/lower,upperdir=$own/ext4/upper,workdir=$own/ext4/work" "$own/overlay"
mounted+=("$own/overlay")
cells "overlay on ext4" "$own/overlay" "$ext4_device"
mkdir "$own/tmpfs"
mount -t tmpfs tmpfs "$own/tmpfs"
mounted+=("$own/tmpfs")
cells tmpfs "$own/tmpfs" ""
