/* The result of a gate: see result.h. */
#include "result.h"

#include "../judge/accept.h"
#include "counts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static int set_times(struct cell_change *out, const struct gate_cell *cell,
		     double threshold_percent)
{
	struct gate_figures figures;

	gate_figures(cell, threshold_percent, &figures);
	if (!figures.blocks_count)
		return 0;
	out->has_times = true;
	out->a_ns = figures.a_ns;
	out->b_ns = figures.b_ns;
	out->effect_percent = figures.effect_percent;
	out->low_percent = figures.low_percent;
	out->high_percent = figures.high_percent;
	out->mde_percent = figures.found_percent;
	out->p = figures.p;
	out->time_verdict = cell->verdict;
	int err = cell_add_note(out, "%zu block%s%s", figures.blocks_count,
				figures.blocks_count == 1 ? "" : "s",
				cell->stage == GATE_CONFIRM ? " of confirmation" : "");
	if (!err && cell->is_decided && cell->verdict == VERDICT_NO_CHANGE &&
	    (figures.low_percent > 0 || figures.high_percent < 0))
		err = cell_add_note(out, "%s, below the threshold",
				    figures.low_percent > 0 ? "slower" : "faster");
	if (!err && cell->by_mean)
		err = cell_add_note(out, "the effect is that on the mean of all samples");
	if (!err && cell->by_tail) {
		struct gate_tails tails = gate_tails(&cell->series[GATE_CONFIRM],
						     gate_threshold(cell, threshold_percent));
		err = cell_add_note(out,
				    "some of its processes are slow: %zu blocks are much slower, "
				    "%zu much faster; the effect is the mean over the blocks",
				    tails.slower, tails.faster);
	}
	if (!err && cell->why)
		err = cell_add_note(out, "%s", cell->why);
	return err;
}

/* Were times wanted, but not measured because the counts have decided? */
static bool times_are_missing(const struct gate *gate)
{
	return gate->counts_decided && !gate->settings->keep_going && !gate->settings->counts_only;
}

static int compare_cell(const struct gate *gate, size_t i, struct comparison *comparison)
{
	const struct gate_settings *settings = gate->settings;
	const struct gate_entry *entry = &gate->entries[i];
	struct cell_change *out = comparison_add_cell(comparison, gate->plan->cells[i].name);
	int err = out ? 0 : -ENOMEM;

	if (!err && entry->note)
		err = cell_add_note(out, "%s", entry->note);
	if (err)
		return err;
	if (entry->is_excluded) {
		out->verdict = entry->verdict;
		return 0;
	}
	err = gate_compare_counts(gate, i, out);
	if (!err && gate->cells[i].series[GATE_SCREEN].count)
		err = set_times(out, &gate->cells[i], settings->threshold_percent);
	else if (!err && gate->cells[i].is_decided &&
		 gate->cells[i].verdict == VERDICT_INCONCLUSIVE) {
		/* given up before its first block: nothing of it is known, which is no pass */
		out->time_verdict = VERDICT_INCONCLUSIVE;
		err = gate->cells[i].why ? cell_add_note(out, "%s", gate->cells[i].why) : 0;
	}
	if (!err && gate->cells[i].threshold_percent > settings->threshold_percent)
		err = cell_add_note(out, "threshold %g%%", gate->cells[i].threshold_percent);
	if (err)
		return err;
	cell_decide(out);
	if (times_are_missing(gate) && gate_is_timed(gate, i) && !out->has_times &&
	    out->verdict == VERDICT_NO_CHANGE)
		out->verdict = VERDICT_NOT_TIMED;
	return 0;
}

int gate_compare(const struct gate *gate, struct comparison *out)
{
	const struct gate_settings *settings = gate->settings;
	const struct user_command *command = plan_one_command(gate->plan);
	const char *baseline = command ? command->against->text : settings->baseline;
	const char *candidate = command ? command->text : settings->candidate;
	int err = comparison_init(out, "gate", baseline, candidate, settings->threshold_percent);

	for (size_t i = 0; !err && i < gate->plan->cells_count; i++)
		err = compare_cell(gate, i, out);
	err = err ? err : accept_known(out, gate->plan->accepts);
	out->same_machine = true;
	out->allow_lost = settings->allow_lost;
	if (!err && times_are_missing(gate)) {
		out->note = strdup("the counts have decided: times were not measured "
				   "(--keep-going measures them)");
		err = out->note ? 0 : -ENOMEM;
	}
	return err;
}
