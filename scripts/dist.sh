#!/bin/sh
# Packs the commit that is checked out as source archive FOLDER/iowalk-VERSION.tar.gz and prints its path: dist.sh [FOLDER].
# The same commit gives the same bytes. Changes that are not committed are left out, and said.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build}
git rev-parse --verify -q HEAD >/dev/null || {
	echo "dist: this is no git checkout" >&2
	exit 1
}
[ -z "$(git status --porcelain --untracked-files=no)" ] || echo "dist: changes that are not committed are left out" >&2
name=iowalk-$(git show HEAD:harness/machine/environment.h | sed -n 's/^#define IOWALK_VERSION "\(.*\)"/\1/p')
mkdir -p "$folder"
git archive --format=tar --prefix="$name/" HEAD | gzip -n >"$folder/$name.tar.gz.part"
mv "$folder/$name.tar.gz.part" "$folder/$name.tar.gz"
echo "$folder/$name.tar.gz"
