#!/bin/sh
# Gates the working tree against a revision: gate-revision.sh REV [OPTION OF iowalk gate]...
# Both are built with the same settings, the revision by build-revision.sh. Without REV: the merge base with
# main. The exit status is that of `iowalk gate`.
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
baseline=$(scripts/build-revision.sh "$revision")
${MAKE:-make} --no-print-directory >&2
exec build/iowalk gate --against "$baseline" "$@"
