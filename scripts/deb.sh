#!/bin/sh
# Packs what was built in BUILD as Debian packages, by the rules in scripts/debian, and prints their paths:
#   deb.sh [BUILD [FOLDER]]     default: build build
# FOLDER/iowalk_VERSION_ARCH.deb is the program with all that it needs, libiowalk-dev_VERSION_all.deb the headers for plug-ins.
# Needs debhelper, not root. The program depends on the libraries that it is linked with, so it is for this release of Debian.
# SOURCE_DATE_EPOCH, else the commit's time, dates the files: the same program gives the same bytes.
set -eu
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build}")
[ -x "$build/iowalk" ] || {
	echo "deb: there is no $build/iowalk: run make" >&2
	exit 1
}
command -v dh >/dev/null || {
	echo "deb: needs debhelper: scripts/install-deps.sh --tests" >&2
	exit 1
}
folder=${2:-$build}
mkdir -p "$folder"
folder=$(realpath "$folder")
version=$(sed -n 's/^#define IOWALK_VERSION "\(.*\)"/\1/p' harness/machine/environment.h)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)}
work=$(mktemp -d "${TMPDIR:-/tmp}/iowalk-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT
umask 022

mkdir "$work/packages"
cp -R scripts/debian "$work/debian"
{
	echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
	echo
	echo 'Files: *'
	sed -n 's/^Copyright (c) /Copyright: /p' LICENSE
	echo 'License: Expat'
	sed -n '/^Permission/,$s/^$/./; /^Permission/,$s/^/ /p' LICENSE
} >"$work/debian/copyright"
maintainer=$(sed -n 's/^Maintainer: //p' scripts/debian/control)
{
	echo "iowalk ($version) unstable; urgency=medium"
	printf '\n  * Built from commit %s.\n\n' "$(sed -n 's/^#define IOWALK_COMMIT "\(.*\)"/\1/p' "$build/gen/version.h")"
	echo " -- $maintainer  $(date -u -R -d "@$epoch")"
} >"$work/debian/changelog"
(
	cd "$work"
	unset MAKEFLAGS MAKELEVEL MFLAGS
	# As dpkg-buildpackage sets it of Rules-Requires-Root; without it dh_fixperms wants to be root.
	export DEB_RULES_REQUIRES_ROOT=no SOURCE_DATE_EPOCH="$epoch"
	SOURCES=$OLDPWD BUILT=$build PACKAGES=$work/packages debian/rules binary >"$work/log" 2>&1
) || {
	cat "$work/log" >&2
	exit 1
}
for package in "$work"/packages/*.deb; do
	mv "$package" "$folder/"
	echo "$folder/${package##*/}"
done
