/* Limits: bounds that a suite sets on the metrics of its cells, measured in a run. */
#ifndef IOWALK_JUDGE_LIMITS_H
#define IOWALK_JUDGE_LIMITS_H

#include "../record/run.h"

enum limit_state { LIMIT_MET, LIMIT_MISSED, LIMIT_UNMEASURED };

/* A LIMIT of run.json and what was measured. */
struct limit_result {
	const char *name, *cell, *over, *metric; /* over: NULL if the bound is absolute */
	size_t alternatives_count;               /* to `cell`. `cell` is the best of all of them */
	bool per_node;
	double at_least, at_most; /* 0 and infinity if absent */
	const json_t *json;       /* LIMIT or CLAIM of run.json */
	double value;             /* undefined if LIMIT_UNMEASURED */
	double low, high; /* 95 % bootstrap interval; NaN with fewer than two samples on a side */
	enum limit_state state;
	const char *reason; /* why it is LIMIT_UNMEASURED */
};

/* "met", "MISSED", "not measured". */
const char *limit_state_text(enum limit_state state);

/* The values of a limit as texts. The interval is "-" if there is none. */
struct limit_texts {
	char value[32], interval[80], bound[32];
	const char *sense; /* how the value relates to the bound: "at most" or "at least" */
};
void limit_texts(const struct limit_result *limit, bool utf8, struct limit_texts *out);

/* A run in which limits are measured. All pointers are borrowed. */
struct limit_side {
	const char *name; /* the name by which a LIMIT's "phase" refers to it; or NULL */
	const struct run *run;
	const struct cell_summary *summaries;
	size_t summaries_count;
};

/*
 * Measures `limits` (an array of LIMIT, record/run.h) in `side`. A limit with "phase" is compared
 * with that one of the bases. The results borrow from the limits; the caller frees *out. -ENOMEM.
 */
int limits_evaluate(const json_t *limits, const struct limit_side *side,
		    const struct limit_side *bases, size_t bases_count, struct limit_result **out,
		    size_t *count);

#endif
