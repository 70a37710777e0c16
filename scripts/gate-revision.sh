#!/bin/sh
# Gates the working tree against a revision: gate-revision.sh REV [OPTION OF iowalk gate]...
# Both are built alike, with this tree's Makefile settings; the revision in a git worktree under
# build/revisions/. Without REV: the merge base with main. Exit status as `iowalk gate`.
set -eu
cd "$(dirname "$0")/.."
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
	revision=$1
	shift
else
	main=$(git rev-parse --verify -q main || git rev-parse --verify -q origin/main) || {
		echo "gate-revision: no branch main here: give a revision" >&2
		exit 2
	}
	revision=$(git merge-base HEAD "$main")
fi
commit=$(git rev-parse --verify -q "$revision^{commit}") || {
	echo "gate-revision: no revision '$revision'" >&2
	exit 2
}
tree=build/revisions/$(printf '%.12s' "$commit")
if [ ! -e "$tree/Makefile" ]; then
	git worktree prune
	git worktree add --force --detach "$tree" "$commit" >/dev/null 2>&1 || {
		echo "gate-revision: cannot check out $commit at $tree" >&2
		exit 1
	}
fi
${MAKE:-make} --no-print-directory >&2
${MAKE:-make} --no-print-directory -C "$tree" >&2
exec build/iowalk gate --against "$tree/build/iowalk" "$@"
