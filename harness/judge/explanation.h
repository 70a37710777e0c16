/* Why a cell became slower, from its profiles on both sides. */
#ifndef IOWALK_JUDGE_EXPLANATION_H
#define IOWALK_JUDGE_EXPLANATION_H

#include <jansson.h>
#include <stddef.h>

#include "comparison.h"

#define EXPLANATION_MAX 512

/* The profile of one side; all borrowed, in the forms of samples.jsonl and stacks.jsonl.gz. */
struct explained_side {
	const json_t *metrics, *spans;
	const json_t *calls;  /* NULL: unknown */
	const json_t *stacks; /* object with `frames` and `stacks`; NULL: unknown */
};

/*
 * What grew, in text[EXPLANATION_MAX]: the span with the largest growth and in it the part, the function, the calls
 * that became more, and whether the waiting changed; times are per operation of `operations_count` (named
 * `operation`). Empty if nothing grew by a hundredth of the wall time. `details` gets the same as keys:
 * grown_span, grown_part, grown_function, grown_ns (of a walk).
 */
void explain_growth(const struct explained_side *before, const struct explained_side *after,
		    double operations_count, const char *operation, char text[EXPLANATION_MAX],
		    json_t *details);

/* Explains the regressions of a comparison of runs by the profiles in their records; a cell that one side has not
 * profiled stays unexplained. -ENOMEM. */
int explain_runs(const struct run *a, size_t a_count, const struct run *b, size_t b_count,
		 struct comparison *comparison);

#endif
