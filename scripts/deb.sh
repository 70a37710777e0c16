#!/bin/sh
# Packs the program that was built in BUILD as Debian package FOLDER/iowalk_VERSION_ARCH.deb and prints its path:
#   deb.sh [BUILD [FOLDER]]     default: build build
# Needs dpkg-dev, not root. It depends on the libraries that the program is linked with, so it is for this release of Debian.
# SOURCE_DATE_EPOCH, else the commit's time, dates its files: the same program gives the same bytes.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
folder=${2:-$build}
[ -x "$build/iowalk" ] || {
	echo "deb: there is no $build/iowalk: run make" >&2
	exit 1
}
version=$(sed -n 's/^#define IOWALK_VERSION "\(.*\)"/\1/p' harness/machine/environment.h)
arch=$(dpkg --print-architecture)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)}
export SOURCE_DATE_EPOCH="$epoch"
mkdir -p "$folder"
work=$(mktemp -d "${TMPDIR:-/tmp}/iowalk-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT
umask 022
root=$work/root

mkdir -p "$root/DEBIAN"
${MAKE:-make} -s --no-print-directory install-files BUILD="$build" DESTDIR="$root" PREFIX=/usr \
	ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions >/dev/null
# Names of functions stay, for the program's own profiles; lines, of which there are 3 times as many bytes, go.
strip --strip-debug "$root/usr/bin/iowalk"
gzip -9n "$root/usr/share/man/man1/iowalk.1"
doc=$root/usr/share/doc/iowalk
mkdir -p "$doc"
{
	echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
	echo
	echo 'Files: *'
	sed -n 's/^Copyright (c) /Copyright: /p' LICENSE
	echo 'License: Expat'
	sed -n '/^Permission/,$s/^$/./; /^Permission/,$s/^/ /p' LICENSE
} >"$doc/copyright"
maintainer="${DEBFULLNAME:-The iowalk authors} <${DEBEMAIL:-iowalk@example.org}>"
{
	echo "iowalk ($version) unstable; urgency=medium"
	printf '\n  * Built from commit %s.\n\n' "$(sed -n 's/^#define IOWALK_COMMIT "\(.*\)"/\1/p' "$build/gen/version.h")"
	echo " -- $maintainer  $(date -u -R -d "@$epoch")"
} | gzip -9n >"$doc/changelog.gz"
overrides=$root/usr/share/lintian/overrides
mkdir -p "$overrides"
{
	echo "# Its profiles name its own functions."
	echo "iowalk: unstripped-binary-or-object [usr/bin/iowalk]"
} >"$overrides/iowalk"

# dpkg-shlibdeps wants a source package around it.
mkdir "$work/debian"
printf 'Source: iowalk\n\nPackage: iowalk\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "-eroot/usr/bin/iowalk" | sed -n 's/^shlibs:Depends=//p')
(cd "$root" && find usr -type f -printf '%P\0' | sort -z | sed -z 's|^|usr/|' | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<END
Package: iowalk
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
Depends: $depends
Recommends: gnuplot-nox
Section: utils
Priority: optional
Description: measures the file I/O of storage engines under graph walks
 iowalk builds graph files, walks over them through many ways of doing file
 I/O (pread, mmap, io_uring, direct I/O, SQLite, LMDB and others), with cold and
 warm caches, and shows where the time goes. It compares runs by intervals
 and can gate changes of a program.
END
package=$folder/iowalk_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package.part" >/dev/null
mv "$package.part" "$package"
echo "$package"
