#!/bin/sh
# Gates the working tree against a revision: gate-revision.sh REV [OPTION OF iowalk gate]...
# Both are built with the same settings; the revision is built in a git worktree under build/revisions/.
# Without REV: the merge base with main. The exit status is that of `iowalk gate`.
set -eu
cd "$(dirname "$0")/.."
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
	revision=$1
	shift
else
	main=$(git rev-parse --verify -q main || git rev-parse --verify -q origin/main) || {
		echo "gate-revision: there is no branch main: name a revision" >&2
		exit 2
	}
	revision=$(git merge-base HEAD "$main")
fi
commit=$(git rev-parse --verify -q "$revision^{commit}") || {
	echo "gate-revision: unknown revision '$revision'" >&2
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
