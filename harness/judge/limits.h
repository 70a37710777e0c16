/* Limits: bounds that a suite sets on the metrics of its cells, measured in a run. */
#ifndef IOWALK_JUDGE_LIMITS_H
#define IOWALK_JUDGE_LIMITS_H

#include "../record/run.h"

enum limit_state { LIMIT_MET, LIMIT_MISSED, LIMIT_UNMEASURED };

/* One of run.json's limits with what was measured. */
struct limit_result {
	const char *name, *cell, *over, *metric; /* over: NULL where the bound is absolute */
	size_t alternatives_count; /* to `cell`, which is the best of them and itself */
	bool per_node;
	double at_least, at_most; /* 0 and infinity where absent */
	const json_t *json;       /* LIMIT or CLAIM of run.json */
	double value;             /* undefined where LIMIT_UNMEASURED */
	double low, high; /* 95 % bootstrap interval; NaN with less than two samples a side */
	enum limit_state state;
	const char *reason; /* of LIMIT_UNMEASURED */
};

/* "met", "MISSED", "not measured". */
const char *limit_state_text(enum limit_state state);

/* A limit's figures as texts; interval is "-" where there is none. */
struct limit_texts {
	char value[32], interval[80], bound[32];
	const char *sense; /* "at most" or "at least" the bound */
};
void limit_texts(const struct limit_result *limit, bool utf8, struct limit_texts *out);

/* A run as limits are measured in it. All borrowed. */
struct limit_side {
	const char *name; /* what a LIMIT's "phase" calls it; or NULL */
	const struct run *run;
	const struct cell_summary *summaries;
	size_t summaries_count;
};

/*
 * Measures `limits` (an array of LIMIT, record/run.h) in `side`; what a "phase" names is looked for
 * among the bases. Results borrow from the limits. Caller frees. -ENOMEM.
 */
int limits_evaluate(const json_t *limits, const struct limit_side *side,
		    const struct limit_side *bases, size_t bases_count, struct limit_result **out,
		    size_t *count);

#endif
