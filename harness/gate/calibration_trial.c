/* One gate of a calibration: see calibration_trial.h. */
#include "calibration_trial.h"

#include "../base/pattern.h"

#include <errno.h>
#include <stdlib.h>

/* Cells between the slowdowns of one gate: a third of those of gate.ini, which has 67 with times. So gates that have 40 slowdowns of
 * each kind have them in most cells. */
#define APART 22

static bool costs_time(size_t kind)
{
	return calibration_kinds[kind].inject_percent > 0;
}

/* Can a slowdown of this kind be seen in the cell? A call is counted in each; time must be measured. */
static bool may_inject(const struct plan *plan, size_t cell, size_t kind)
{
	const struct cell *candidate = &plan->cells[cell];

	if (candidate->skipped)
		return false;
	return costs_time(kind) ? candidate->passes & 1u << PASS_TIME
				: calibration_kinds[kind].inject_syscall;
}

static bool has_cell(const struct calibration_trial *trial, size_t cell)
{
	for (size_t i = 0; i < trial->count; i++)
		if (trial->cells[i] == (json_int_t)cell)
			return true;
	return false;
}

/* Number n, modulo how many there are, of the cells that may have it. -1: none. */
static json_int_t choose_cell(const struct plan *plan, const struct calibration_trial *trial,
			      size_t kind, size_t n)
{
	size_t may_count = 0, seen = 0;

	for (size_t i = 0; i < plan->cells_count; i++)
		may_count += may_inject(plan, i, kind) && !has_cell(trial, i);
	for (size_t i = 0; i < plan->cells_count; i++)
		if (may_inject(plan, i, kind) && !has_cell(trial, i) && seen++ == n % may_count)
			return (json_int_t)i;
	return -1;
}

static void add_kind(struct calibration_trial *trial, size_t kind, json_int_t cell)
{
	trial->kinds[trial->count] = kind;
	trial->cells[trial->count++] = cell;
}

struct calibration_trial calibration_choose(const struct plan *plan, const size_t *done,
					    const size_t *wanted, size_t first, bool together)
{
	struct calibration_trial trial = {.count = 0};

	add_kind(&trial, first, choose_cell(plan, &trial, first, done[first]));
	for (size_t k = 0; together && costs_time(first) && k < CALIBRATION_KINDS_COUNT; k++) {
		if (k == first || !costs_time(k) || done[k] >= wanted[k] ||
		    trial.count == GATE_INJECTIONS_MAX)
			continue;
		json_int_t cell = choose_cell(plan, &trial, k, done[k] + trial.count * APART);
		if (cell >= 0)
			add_kind(&trial, k, cell);
	}
	return trial;
}

int calibration_trial_inject(struct calibration_trial *trial, const struct plan *plan,
			     struct gate_injection *injections)
{
	for (size_t i = 0; i < trial->count && trial->cells[i] >= 0; i++) {
		const struct calibration_kind *kind = &calibration_kinds[trial->kinds[i]];

		trial->patterns[i] = pattern_of_text(plan->cells[trial->cells[i]].name);
		if (!trial->patterns[i])
			return -ENOMEM;
		injections[i] = (struct gate_injection){.cell = trial->patterns[i],
							.percent = kind->inject_percent,
							.share_percent = kind->share_percent,
							.is_stalls = kind->stalls,
							.is_syscall = kind->inject_syscall};
	}
	return 0;
}

void calibration_trial_release(struct calibration_trial *trial)
{
	for (size_t i = 0; i < trial->count; i++)
		free(trial->patterns[i]);
	*trial = (struct calibration_trial){.count = 0};
}
