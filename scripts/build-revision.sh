#!/bin/sh
# Builds a revision of this repository in a git worktree under build/revisions/, with the settings of a plain
# `make`, and prints the path of its program: build-revision.sh REV. Exit status 2: there is no such revision.
set -eu
cd "$(dirname "$0")/.."
commit=$(git rev-parse --verify -q "$1^{commit}") || {
	echo "build-revision: '$1' is not in this repository" >&2
	exit 2
}
tree=build/revisions/$(printf '%.12s' "$commit")
if [ ! -e "$tree/Makefile" ]; then
	git worktree prune
	git worktree add --force --detach "$tree" "$commit" >/dev/null 2>&1 || {
		echo "build-revision: cannot check out $commit at $tree" >&2
		exit 1
	}
fi
log=build/revisions/$(printf '%.12s' "$commit").log
${MAKE:-make} --no-print-directory -C "$tree" >"$log" 2>&1 || {
	tail -n 20 "$log" >&2
	echo "build-revision: $commit does not build; $log has all of it" >&2
	exit 1 # that of make is 2
}
echo "$tree/build/iowalk"
