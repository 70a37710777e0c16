#!/bin/bash
# `make bench` and `make test` as a new user would run them, in bare Debian: debootstrap's smallest
# system with git and make, in a folder of its own, with gcc and with clang. Needs root and debootstrap.
#   bare-debian.sh [RELEASE...]     default: bookworm trixie (Debian 12 and 13)
#   COMPILERS="gcc clang" FOLDER=/tmp KEEP=1 (keeps FOLDER/iowalk-RELEASE for the next time)
# Prints a table in Markdown; docs/notes/bare-debian.md has one. Exit status 1 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- bookworm trixie
folder=${FOLDER:-${TMPDIR:-/tmp}}
failed=0

if [ "${IOWALK_UNSHARED-}" != 1 ]; then # mounts that end with this script
	IOWALK_UNSHARED=1 exec unshare -m --propagation private "$0" "$@"
fi

inside() { # ROOT COMMAND...: in the chroot, in the clone; without the variables of this session
	chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
		sh -c "cd /iowalk && ${*:2}"
}

echo "| Debian | compiler, C library | make bench | make test |"
echo "|---|---|---|---|"
for release; do
	root=$folder/iowalk-$release
	[ -e "$root/bin/sh" ] || debootstrap --variant=minbase "$release" "$root" >"$root.log" 2>&1
	mount --rbind /proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends git make >>"$root.log" 2>&1
	rm -rf "$root/iowalk"
	git clone -q --no-hardlinks . "$root/iowalk"
	for compiler in ${COMPILERS:-gcc clang}; do
		case $compiler in
		gcc) set -- make CC=gcc CXX=g++ ;;
		clang)
			set -- make CC=clang CXX=clang++ BUILD=build/clang
			inside "$root" "apt-get install -y --no-install-recommends clang >/dev/null 2>&1"
			;;
		esac
		bench=passes
		inside "$root" "$* bench" >"$root.$compiler.bench.log" 2>&1 || bench="fails, status $?"
		[ "$bench" = passes ] || failed=1
		inside "$root" "scripts/install-deps.sh --tests" >"$root.$compiler.deps.log" 2>&1 || failed=1
		inside "$root" "$* test" >"$root.$compiler.test.log" 2>&1 || failed=1
		echo "| $(cat "$root/etc/debian_version") ($release) | $(inside "$root" "$compiler --version | head -n 1"), $(
			inside "$root" "ldd --version | head -n 1 | sed 's/.* /glibc /'") | $bench | $(
			grep -E '^[0-9]+ passed, ' "$root.$compiler.test.log" | tail -n 1 || echo "does not end") |"
	done
	umount -R -l "$root/dev" "$root/sys" "$root/proc"
	[ -n "${KEEP-}" ] || rm -rf "$root"
done
exit $failed
