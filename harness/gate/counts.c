/* Counting both sides of a gate: see counts.h. */
#include "counts.h"

#include "../judge/accept.h"
#include "ask.h"
#include "injection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rounds of all cells; of cells whose counts changed; and of those whose counts vary from pass to pass,
 * where ranges of 8 and 8 passes that do not touch by chance have a probability of 1 in 12 870. */
static const size_t rounds_max[] = {2, 4, GATE_COUNT_ROUNDS_MAX};

/* ---- one round ---- */

void gate_take_counts(struct gate *gate, size_t round, const json_t *line)
{
	static const char *const keys[] = {"A", "B"};

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		for (unsigned side = 0; side < 2; side++) {
			char key[24];
			snprintf(key, sizeof(key), "%zu", i);
			json_t *reply = json_object_get(json_object_get(line, keys[side]), key);
			gate->entries[i].counts[side][round] =
				json_incref(json_object_get(reply, "metrics"));
		}
	}
	if (round + 1 > gate->count_rounds)
		gate->count_rounds = round + 1;
}

/* Asks for all cells. If a worker stops at a cell, another worker is asked for the cells after
 * it. */
static int ask_all(struct gate *gate, unsigned side, const size_t *chosen, size_t count,
		   json_t *by_number)
{
	size_t pending[count + 1], pending_count = count;

	memcpy(pending, chosen, count * sizeof(*chosen));
	while (pending_count > 0) {
		json_t *replies = NULL;
		size_t asked = pending_count;
		bool is_culprit = true;
		int result = gate_ask(gate, side, PASS_COUNT, pending, asked, &replies);

		pending_count = 0;
		for (size_t i = 0; result >= 0 && i < asked; i++) {
			json_t *reply = json_array_get(replies, i);
			char key[24];

			snprintf(key, sizeof(key), "%zu", pending[i]);
			if (!json_is_null(reply))
				json_object_set(by_number, key, reply);
			else if (is_culprit)
				is_culprit = false;
			else
				pending[pending_count++] = pending[i];
		}
		json_decref(replies);
		if (result < 0)
			return result;
	}
	return 0;
}

/* A cell that fails on one side is still tried on the other: maybe neither side supports it. */
static int run_round(struct gate *gate, size_t round, const size_t *chosen, size_t count)
{
	const json_t *known = gate_record_find(gate->record, "count", round);
	json_t *sides[2] = {json_object(), json_object()};
	int err = 0;

	if (!known) {
		for (unsigned side = 0; !err && side < 2; side++)
			err = ask_all(gate, side, chosen, count, sides[side]);
	}
	json_t *line = gate_line(gate, "count", round);
	json_object_set_new(line, "A", sides[0]);
	json_object_set_new(line, "B", sides[1]);
	if (!err)
		gate_take_counts(gate, round, known ? known : line);
	if (!err && !known)
		return gate_record_append(gate->record, line);
	json_decref(line);
	return err;
}

/* ---- comparing ---- */

/* The rounds in which one side has counted the cell. */
static size_t rounds_of(const struct gate *gate, size_t cell, unsigned side,
			const json_t *passes[GATE_COUNT_ROUNDS_MAX])
{
	size_t count = 0;

	for (size_t round = 0; round < gate->count_rounds; round++) {
		if (gate->entries[cell].counts[side][round])
			passes[count++] = gate->entries[cell].counts[side][round];
	}
	return count;
}

/* The suite's budgets come first, so they override the program's. */
static size_t budgets_of(const struct gate *gate, struct count_budget *budgets, size_t max)
{
	size_t count = 0, i;
	json_t *budget;

	json_array_foreach(gate->plan->budgets, i, budget)
	{
		if (count == max)
			break;
		budgets[count++] = (struct count_budget){
			.metric = json_string_value(json_object_get(budget, "metric")),
			.percent = json_number_value(json_object_get(budget, "percent")),
			.absolute = json_number_value(json_object_get(budget, "absolute")),
			.warm_only = json_is_true(json_object_get(budget, "warm_only"))};
	}
	for (i = 0; i < count_budgets_count && count < max; i++)
		budgets[count++] = count_budgets[i];
	return count;
}

int gate_compare_counts(const struct gate *gate, size_t cell, struct cell_change *out)
{
	const json_t *passes[2][GATE_COUNT_ROUNDS_MAX];
	struct count_budget budgets[64];
	size_t a_count = rounds_of(gate, cell, 0, passes[0]);
	size_t b_count = rounds_of(gate, cell, 1, passes[1]);
	size_t budgets_count = budgets_of(gate, budgets, 64);

	if (!a_count || !b_count)
		return 0;
	return counts_compare(out, passes[0], a_count, passes[1], b_count,
			      !gate->plan->cells[cell].cold, budgets, budgets_count);
}

/* Which cells keep_changed() keeps: those with a count that changed, or that changed and varies on one side, or that
 * is a regression. */
enum kept_counts { KEEP_CHANGED, KEEP_NOISY, KEEP_GROWN };

/* Of the cells chosen[*count]; *count becomes the number of those that are kept. */
static int keep_changed(const struct gate *gate, enum kept_counts kind, size_t *chosen,
			size_t *count)
{
	struct comparison scratch;
	size_t kept = 0;
	int err = comparison_init(&scratch, "gate", "", "", gate->settings->threshold_percent);

	for (size_t i = 0; !err && i < *count; i++) {
		struct cell_change *cell = comparison_add_cell(&scratch, "");
		bool keep = false;

		err = cell ? gate_compare_counts(gate, chosen[i], cell) : -ENOMEM;
		for (size_t k = 0; !err && k < cell->counts_count; k++)
			keep |= kind == KEEP_CHANGED ||
				(kind == KEEP_NOISY ? cell->counts[k].is_noisy
						    : cell->counts[k].is_regression);
		if (keep)
			chosen[kept++] = chosen[i];
	}
	comparison_release(&scratch);
	*count = kept;
	return err;
}

int gate_count(struct gate *gate)
{
	size_t chosen[gate->plan->cells_count + 1], count = gate_remaining(gate, chosen);
	size_t round = 0;
	int err = gate_inject_syscalls(gate);

	for (size_t stage = 0; stage < sizeof(rounds_max) / sizeof(rounds_max[0]); stage++) {
		if (!err && stage)
			err = keep_changed(gate, stage == 2 ? KEEP_NOISY : KEEP_CHANGED, chosen,
					   &count);
		for (; !err && count && round < rounds_max[stage]; round++)
			err = run_round(gate, round, chosen, count);
	}
	count = gate_remaining(gate, chosen);
	err = err ? err : keep_changed(gate, KEEP_GROWN, chosen, &count);
	/* A regression that is accepted does not end the gate. */
	gate->counts_decided = false;
	for (size_t i = 0; i < count; i++)
		gate->counts_decided |=
			!accept_has(gate->plan->accepts, gate->plan->cells[chosen[i]].name);
	return err;
}
