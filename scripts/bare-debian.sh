#!/bin/bash
# iowalk as a new user would have it, in bare Debian: debootstrap's smallest system in a folder of its own.
# Needs root and debootstrap.
#   bare-debian.sh [RELEASE...]     `make bench` and `make test` in a clone, with gcc and with clang; default: bookworm
#                                   trixie (Debian 12 and 13). Prints a table in Markdown
#   bare-debian.sh --package FOLDER [RELEASE...]     `apt install` of what `make deb` wrote to FOLDER: a plug-in is compiled with
#                                   the headers alone; then a suite as a user without rights, then `apt purge`. Says which files
#                                   are outside the user's folder. FOLDER `make`: the packages are made there, in a clone
#   COMPILERS="gcc clang" SUITE=quick FOLDER=/tmp KEEP=1 (keeps FOLDER/iowalk-RELEASE for the next time)
# docs/notes/bare-debian.md has both outputs. Exit status 1 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${IOWALK_UNSHARED-}" != 1 ]; then # mounts that end with this script
	IOWALK_UNSHARED=1 exec unshare -m --propagation private "$0" "$@"
fi
package=
if [ "${1-}" = --package ]; then
	package=$2
	[ "$package" = make ] || package=$(realpath "$package")
	shift 2
	[ "$package" = make ] || [ $# -gt 0 ] || set -- "$(. /etc/os-release && echo "$VERSION_CODENAME")" # which it was built on
fi
[ $# -gt 0 ] || set -- bookworm trixie
folder=${FOLDER:-${TMPDIR:-/tmp}}
failed=0

inside() { # COMMAND...: in the chroot, without the variables of this session
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}

enter() { # [SUFFIX]: the system of $release, in $root
	root=$folder/iowalk-$release${1-}
	[ -e "$root/bin/sh" ] || debootstrap --variant=minbase "$release" "$root" >"$root.log" 2>&1
	mount --rbind /proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
}

leave() {
	umount -R -l "$root/dev" "$root/sys" "$root/proc"
	[ -n "${KEEP-}" ] || rm -rf "$root"
}

# ---- a clone ----

in_clone() { inside sh -c "cd /iowalk && $*"; }

make_clone() {
	inside apt-get install -y --no-install-recommends git make >>"$root.log" 2>&1
	rm -rf "$root/iowalk"
	git clone -q --no-hardlinks . "$root/iowalk"
}

clone() { # a line of the table for each compiler
	local compiler bench began
	make_clone
	for compiler in ${COMPILERS:-gcc clang}; do
		case $compiler in
		gcc) set -- make CC=gcc CXX=g++ ;;
		clang)
			set -- make CC=clang CXX=clang++ BUILD=build/clang
			in_clone "apt-get install -y --no-install-recommends clang >/dev/null 2>&1"
			;;
		esac
		began=$SECONDS
		in_clone "$* bench" >"$root.$compiler.bench.log" 2>&1 && bench=passes || bench="fails, status $?"
		[ "$bench" = passes ] || failed=1
		bench="$bench, $((SECONDS - began)) s"
		in_clone "scripts/install-deps.sh --tests" >"$root.$compiler.deps.log" 2>&1 || failed=1
		in_clone "$* test" >"$root.$compiler.test.log" 2>&1 || failed=1
		echo "| $(cat "$root/etc/debian_version") ($release) | $(in_clone "$compiler --version | head -n 1"), $(
			in_clone "ldd --version | head -n 1 | sed 's/.* /glibc /'") | $bench | $(
			grep -E '^[0-9]+ passed, ' "$root.$compiler.test.log" | tail -n 1 || echo "does not end") |"
	done
}

# ---- a package ----

step() { # NAME COMMAND...: prints the exit status; the output is in $root.step
	local name=$1 status=0
	shift
	"$@" >"$root.step" 2>&1 || status=$?
	[ "$status" -eq 0 ] || {
		failed=1
		tail -n 20 "$root.step" >&2
	}
	echo "$name: exit status $status"
}

as_user() { # COMMAND: from the user's folder
	inside setpriv --reuid=walker --regid=walker --clear-groups --no-new-privs env HOME=/home/walker sh -c "cd && $1"
}

in_system() { # EXPRESSION...: find, in all but the user's folder and what is mounted
	inside find / -xdev \( -path /home/walker -o -path /proc -o -path /sys -o -path /dev \) -prune -o "$@"
}

build_packages() { # to $packages
	enter -build
	make_clone
	step "make deb in a clone" in_clone "apt-get install -y --no-install-recommends debhelper && scripts/install-deps.sh && make deb"
	packages=$(mktemp -d "$folder/iowalk-packages.XXXXXX")
	cp "$root"/iowalk/build/*.deb "$packages/"
	leave
}

install_packages() { # those of the folder $packages
	local left
	inside id walker >/dev/null 2>&1 || inside useradd --create-home walker
	mkdir -p "$root/packages"
	cp "$packages"/*iowalk*.deb "$root/packages/"
	echo "Debian $(cat "$root/etc/debian_version") ($release): $(cd "$root/packages" && echo *.deb)"
	inside apt-get update -q >>"$root.log" 2>&1
	step "apt install ./libiowalk-dev_*.deb gcc" inside sh -c "cd /packages && apt install -y --no-install-recommends ./libiowalk-dev_*.deb gcc"
	step "cc -shared -fPIC engine.c" inside cc -shared -fPIC /usr/share/doc/libiowalk-dev/examples/engine.c -o /home/walker/engine.so
	step "apt install ./iowalk_*.deb" inside sh -c "cd /packages && apt install -y ./iowalk_*.deb"
	in_system ! -type d -printf '%p %s %T@\n' | sort >"$root.before"
	step "iowalk list engines --plugin" as_user "iowalk list engines --plugin ./engine.so"
	step "iowalk run --suite ${SUITE:-quick}" as_user "iowalk run --suite ${SUITE:-quick}"
	tail -n 2 "$root.step"
	step "iowalk report" as_user "iowalk report"
	in_system ! -type d -printf '%p %s %T@\n' | sort >"$root.after"
	diff "$root.before" "$root.after" && echo "outside the user's folder no file appeared or changed" || failed=1
	step "apt purge" inside apt-get purge -y iowalk libiowalk-dev
	left=$(in_system -path /packages -prune -o -name '*iowalk*' -print)
	if [ -z "$left" ]; then
		echo "nothing of it is left"
	else
		failed=1
		printf 'left:\n%s\n' "$left"
	fi
	rm -rf "$root/packages" "$root.before" "$root.after" "$root.step"
}

if [ -z "$package" ]; then
	echo "| Debian | compiler, C library | make bench | make test |"
	echo "|---|---|---|---|"
fi
for release; do
	packages=$package
	[ "$package" != make ] || build_packages
	enter
	if [ -n "$package" ]; then install_packages; else clone; fi
	leave
	[ "$package" != make ] || rm -rf "$packages"
done
exit $failed
