/* A search in workers: the groups of a plan, measured as `iowalk run` measures, and its record. */
#ifndef IOWALK_TUNE_TUNER_H
#define IOWALK_TUNE_TUNER_H

#include "../measure/cells.h"
#include "search.h"

#define TUNE_BUDGET_S 120

struct tuner {
	const struct plan *selected; /* a group of each of its cells; borrowed */
	struct plan plan;            /* the settings that were tried */
	struct measuring measuring;
	struct tune_search search;
	double began_s;
	/* Called at the begin of each round, to keep what is known. May be NULL. */
	int (*keep)(const struct tuner *tuner, void *context);
	void *context;
};

/* The groups, and nothing else: for tune_print_plan() as well. `processes`: of the last rounds, at least six. -ENOMEM. */
int tuner_init(struct tuner *tuner, const struct plan *selected, double budget_s);
void tuner_release(struct tuner *tuner);

/*
 * Searches; the run, which has no cells yet, gets those that are tried. A signal ends the search, and 0 is returned
 * with what is known by then. Errors of the record, -ENOMEM. Progress is told on stderr.
 */
int tuner_run(struct tuner *tuner, struct run *run, struct preparer *preparer,
	      const struct run_settings *settings, struct why *why);

/* The name of a setting's cell, and the median over its processes with the interval; both 0 without one. */
const char *tuner_cell_name(const struct tuner *tuner, size_t setting);
void tuner_figures(const struct tuner *tuner, size_t setting, struct process_figures *out);

#endif
