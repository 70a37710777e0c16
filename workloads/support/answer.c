/* Comparing the answer of an iteration with the expected one. */
#include "../workload.h"

#include <errno.h>
#include <inttypes.h>

int answer_compare(const struct workload_ops *workload, const struct answer *expected,
		   const struct answer *found, struct why *why)
{
	if (expected->operations_count != found->operations_count)
		return why_set(why, -EBADMSG,
			       "wrong answer: %" PRIu64 " operations, expected %" PRIu64,
			       found->operations_count, expected->operations_count);
	if (expected->fold != found->fold && (workload->capabilities & WORKLOAD_PROCESSES))
		return why_set(why, -EBADMSG,
			       "wrong output: the hash of its standard output is %016" PRIx64
			       ", expected %016" PRIx64,
			       found->fold, expected->fold);
	if (expected->fold != found->fold)
		return why_set(why, -EBADMSG,
			       "wrong answer: what was read folds to %016" PRIx64
			       ", expected %016" PRIx64,
			       found->fold, expected->fold);
	if (workload->capabilities & WORKLOAD_WALKS)
		return verify_compare(&expected->walk, &found->walk, why);
	return 0;
}
