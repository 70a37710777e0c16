/* Writing the result of a gate, and the gate against a stored run. */
#ifndef IOWALK_GATE_OUTPUT_H
#define IOWALK_GATE_OUTPUT_H

#include "../plan/cell.h"
#include "../judge/comparison.h"

struct gate_output {
	const char *junit, *markdown; /* files, or NULL */
	bool annotations, json, color;
};

/* Before anything is measured: can the files be written? Negative errno after a message. */
int gate_output_check(const struct gate_output *output);

/* Writes the table or JSON to stdout, and the files: JUnit XML replaces a file, Markdown is appended. 0, or the error of writing a file. */
int gate_show(const struct gate_output *output, const struct comparison *comparison);

struct gate_baseline_request {
	const char *const *runs; /* [runs_count], ≥ 1 */
	size_t runs_count;
	const char *out, *filter, *exclude, *cache_dir; /* may be NULL */
	double threshold_percent;                       /* NaN: that of comparison_of_runs() */
	bool counts_only, allow_lost;
	struct gate_output output;
};

/*
 * Measures the cells of the first stored run (or those of `plan`, if it has any) with this build, records
 * a new run, and compares it with all stored runs. *status is the exit status of the comparison. Negative errno with
 * the reason.
 */
int gate_against_run(const struct gate_baseline_request *request, struct plan *plan, int *status,
		     struct why *why);

#endif
