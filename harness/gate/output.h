/* What a gate's verdict is shown as, and the gate against a stored run. */
#ifndef IOWALK_GATE_OUTPUT_H
#define IOWALK_GATE_OUTPUT_H

#include "../plan/cell.h"
#include "../judge/comparison.h"

struct gate_output {
	const char *junit, *markdown; /* files, or NULL */
	bool annotations, json, color;
};

/* The table or JSON on stdout, and the files. 0, or what writing one of them failed with. */
int gate_show(const struct gate_output *output, const struct comparison *comparison);

struct gate_baseline_request {
	const char *run, *out, *filter, *cache_dir; /* all but the first may be NULL */
	double threshold_percent;                   /* NaN: each cell at what it can find */
	bool counts_only;
	struct gate_output output;
};

/*
 * Measures the cells of a stored run (or of `plan`, where it has some) with this build into a run of its
 * own, and compares the two. *status is the exit status of what was found.
 */
int gate_against_run(const struct gate_baseline_request *request, struct plan *plan, int *status,
		     struct why *why);

#endif
