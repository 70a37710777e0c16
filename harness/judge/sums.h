/* How many cells of a comparison have which verdict, times and counts apart. */
#ifndef IOWALK_JUDGE_SUMS_H
#define IOWALK_JUDGE_SUMS_H

#include "comparison.h"

/* What the counts of a cell say. Equal: none changed. Allowed: some changed, none beyond its budget, not all to
 * less. */
enum counts_verdict { COUNTS_EQUAL, COUNTS_MORE, COUNTS_LESS, COUNTS_ALLOWED, COUNTS_VERDICTS };

/* What the times of a cell say. Not judged: shown only. */
enum times_verdict {
	TIMES_UNCHANGED,
	TIMES_WORSE,
	TIMES_BETTER,
	TIMES_UNDECIDED,
	TIMES_NOT_JUDGED,
	TIMES_NOT_MEASURED,
	TIMES_VERDICTS
};

/* For programs: "equal", "more", … and "unchanged", "worse", …. */
extern const char *const counts_verdict_keys[COUNTS_VERDICTS];
extern const char *const times_verdict_keys[TIMES_VERDICTS];

enum counts_verdict counts_verdict_of(const struct cell_change *cell);
enum times_verdict times_verdict_of(const struct cell_change *cell);

/* Did both sides measure the cell? */
bool cell_was_compared(const struct cell_change *cell);

struct verdict_sums {
	size_t times[TIMES_VERDICTS], counts[COUNTS_VERDICTS]; /* of cells that were compared */
	size_t accepted; /* cells that are worse or do more, which the suite accepts: not in the two above */
	size_t compared, failed, only_a, only_b, skipped;
};

struct verdict_sums comparison_sums(const struct comparison *comparison);

/* {"time": {"worse": 1, …}, "counts": {"more": 0, …}, "accepted": 0, "failed": 0, …}. New reference. */
json_t *comparison_sums_json(const struct comparison *comparison);

#endif
