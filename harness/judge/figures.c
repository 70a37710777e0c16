/* The figure of a run: see figures.h. */
#include "figures.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const figure_names[FIGURES_COUNT] = {
	[FIGURE_LEAST] = "least",
	[FIGURE_MEDIAN] = "median",
	[FIGURE_CORE] = "median_at_core_speed",
};

static const char *const texts[FIGURES_COUNT] = {
	[FIGURE_LEAST] = "the least of its processes' lower quartiles",
	[FIGURE_MEDIAN] = "the median of its processes",
	[FIGURE_CORE] =
		"the median of its processes at the speed that the baseline had of the core",
};

const char *figure_text(const char *name)
{
	for (unsigned kind = 0; kind < FIGURES_COUNT; kind++) {
		if (strcmp(name, figure_names[kind]) == 0)
			return texts[kind];
	}
	return "";
}

/* ---- figures ---- */

/* logs[times->runs_count] of each kind; core_logs may be NULL. */
static void figures_of_side(const struct side_times *times, size_t processes,
			    const double *core_logs, double core_mean, double *logs[FIGURES_COUNT])
{
	const double *quartiles = times->quartiles;
	for (size_t i = 0; i < times->runs_count; i++) {
		double core = core_logs == NULL ? 0 : core_logs[times->runs[i]] - core_mean;
		double median = log(times->medians[i]);
		logs[FIGURE_LEAST][i] = log(side_least(quartiles, processes));
		logs[FIGURE_MEDIAN][i] = median;
		logs[FIGURE_CORE][i] = median - FIGURE_CORE_POWER * core;
		quartiles += times->counts[i];
	}
}

int figures_of(const struct side_times *a, const struct side_times *b, size_t processes,
	       const struct figure_cores *cores, struct cell_figures *out)
{
	size_t runs_count = a->runs_count + b->runs_count;
	double *logs = calloc(FIGURES_COUNT * runs_count, sizeof *logs);
	double *a_logs[FIGURES_COUNT], *b_logs[FIGURES_COUNT];
	if (logs == NULL)
		return -ENOMEM;
	for (size_t kind = 0; kind < FIGURES_COUNT; kind++) {
		a_logs[kind] = logs + kind * runs_count;
		b_logs[kind] = a_logs[kind] + a->runs_count;
	}
	figures_of_side(a, processes, cores->a_logs, cores->a_mean, a_logs);
	figures_of_side(b, processes, cores->b_logs, cores->a_mean, b_logs);
	for (size_t kind = 0; kind < FIGURES_COUNT; kind++)
		run_shift_init(&out->shifts[kind], a_logs[kind], a->runs_count, b_logs[kind],
			       b->runs_count);
	free(logs);
	return 0;
}

/* ---- the choice ---- */

static double bias_of(enum figure_kind kind, const struct figure_cores *cores)
{
	if (cores->a_logs == NULL)
		return 0;
	return (kind == FIGURE_CORE ? FIGURE_CORE_REST : FIGURE_CORE_POWER) *
	       fabs(cores->b_mean - cores->a_mean);
}

/* The logarithm of the usual error in a group; NaN without cells. */
static double usual_error(const struct run_shift *shifts, size_t count, unsigned group)
{
	double sum = 0, cells_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (shifts[i].group != group)
			continue;
		sum += log(shifts[i].error);
		cells_count++;
	}
	return sum / cells_count;
}

int figures_choose(struct cell_figures *cells, size_t count, const struct figure_cores *cores,
		   enum figure_kind chosen[RUN_GROUPS])
{
	size_t kinds_count = cores->a_logs == NULL ? FIGURE_CORE : FIGURES_COUNT;
	struct run_shift *shifts = calloc(count + 1, sizeof *shifts);
	double least[RUN_GROUPS] = {NAN, NAN};
	if (shifts == NULL)
		return -ENOMEM;
	memset(chosen, 0, RUN_GROUPS * sizeof *chosen);
	for (enum figure_kind kind = 0; kind < kinds_count; kind++) {
		for (size_t i = 0; i < count; i++) {
			shifts[i] = cells[i].shifts[kind];
			shifts[i].group = cells[i].group;
			shifts[i].bias = bias_of(kind, cores);
		}
		moderate(shifts, count);
		for (size_t i = 0; i < count; i++)
			cells[i].shifts[kind] = shifts[i];
		for (unsigned group = 0; group < RUN_GROUPS; group++) {
			double error = usual_error(shifts, count, group);
			if (error < least[group] || (isnan(least[group]) && !isnan(error))) {
				least[group] = error;
				chosen[group] = kind;
			}
		}
	}
	free(shifts);
	return 0;
}
