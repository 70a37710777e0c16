/*
 * The figure of a run: the one number that stands for the times of a cell in it, as a natural logarithm.
 *
 * No kind of figure is the best on every machine. Where disturbances come and go, some process of a run had nothing in its
 * way, and the least of them repeats best. Where something else uses the core all the time, an undisturbed moment is luck,
 * and medians repeat better; and where that changes from hour to hour, medians that are brought to one speed of the core do. So
 * the kind is chosen for each comparison and cache state: the one whose error is least over all cells. The error is what varies
 * between the runs of a side; the difference of the sides, which is what is asked for, is not looked at.
 */
#ifndef IOWALK_JUDGE_FIGURES_H
#define IOWALK_JUDGE_FIGURES_H

#include "moderated.h"
#include "side.h"

enum figure_kind {
	FIGURE_LEAST,  /* the least of the processes' lower quartiles */
	FIGURE_MEDIAN, /* the median of the processes' medians */
	FIGURE_CORE,   /* the same at the baseline's speed of the core: see FIGURE_CORE_POWER */
	FIGURES_COUNT
};

/*
 * Times grow with this power of the time of independent instructions (core_ns of a sample), as the mean of a run. Measured on
 * warm walks: docs/METHOD.md. Those that wait for memory grow less, and none grew much more than in proportion, so what the
 * power leaves unexplained of a change of the core is a change to the power of FIGURE_CORE_REST.
 */
#define FIGURE_CORE_POWER 0.6
#define FIGURE_CORE_REST  0.25

/* One cell: its two sides by each kind of figure. */
struct cell_figures {
	size_t cell;    /* the caller's */
	unsigned group; /* < RUN_GROUPS */
	struct run_shift shifts[FIGURES_COUNT];
};

/* What is known of the core: the logarithm of core_ns of each run, by its number in its side, and their means. NULL: it is not known
 * of all runs, so FIGURE_CORE is not used. */
struct figure_cores {
	const double *a_logs, *b_logs;
	double a_mean, b_mean;
};

/* The figures of a cell in both sides, which have one run with times or more; there are no errors of fewer than 3 together. The
 * least is over the first `processes` of each run. `cell` and `group` are left alone. -ENOMEM. */
int figures_of(const struct side_times *a, const struct side_times *b, size_t processes,
	       const struct figure_cores *cores, struct cell_figures *out);

/*
 * Sets the errors of all kinds in cells[count], and chosen[RUN_GROUPS]. If the core differs between the sides, all errors have a
 * part for it: a kind that does not take it into account has a larger one. -ENOMEM.
 */
int figures_choose(struct cell_figures *cells, size_t count, const struct figure_cores *cores,
		   enum figure_kind chosen[RUN_GROUPS]);

/* "least", "median", "median_at_core_speed". */
extern const char *const figure_names[FIGURES_COUNT];

/* What the time of a run is, for a figure's name: "the median of its processes". "" for an unknown one. */
const char *figure_text(const char *name);

#endif
