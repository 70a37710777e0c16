#!/bin/bash
# Submits a suite as a job array, and the job that merges it: iowalk-submit.sh N [OPTION OF SBATCH]... The variables are those of
# iowalk-array.sbatch. Prints the numbers of both jobs.
set -eu
here=$(dirname "$(readlink -f "$0")")
if [ $# -lt 1 ] || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
	echo "usage: iowalk-submit.sh N [OPTION OF SBATCH]..." >&2
	exit 2
fi
: "${IOWALK_SUITE:?}" "${IOWALK_RESULTS:?}"
shards=$1
shift
array=$(sbatch --parsable --array="1-$shards" "$@" "$here/iowalk-array.sbatch")
merge=$(sbatch --parsable --dependency="afterany:${array%%;*}" "$here/iowalk-merge.sbatch")
echo "array ${array%%;*}, merge ${merge%%;*}"
