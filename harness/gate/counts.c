/* The counts of a gate, and what is injected into a cell to see whether it can fail: see sides.h. */
#include "sides.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_ROUNDS 2

/* ---- one round ---- */

/* {"0": ANSWER} of each side. */
static void take_round(struct gate *gate, size_t round, const json_t *line)
{
	static const char *const keys[] = {"A", "B"};

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		for (unsigned side = 0; side < 2; side++) {
			char key[24];
			snprintf(key, sizeof(key), "%zu", i);
			json_t *answer = json_object_get(json_object_get(line, keys[side]), key);
			gate->entries[i].counts[side][round] =
				json_incref(json_object_get(answer, "metrics"));
		}
	}
	if (round + 1 > gate->count_rounds)
		gate->count_rounds = round + 1;
}

/* Asks for all; where a worker ended at a cell, another one is asked for those behind it. */
static int ask_all(struct gate *gate, unsigned side, const size_t *chosen, size_t count,
		   json_t *by_number)
{
	size_t pending[count + 1], pending_count = count;

	memcpy(pending, chosen, count * sizeof(*chosen));
	while (pending_count > 0) {
		json_t *answers = NULL;
		size_t asked = pending_count;
		bool is_culprit = true;
		int result = gate_ask(gate, side, PASS_COUNT, pending, asked, &answers);

		pending_count = 0;
		for (size_t i = 0; result >= 0 && i < asked; i++) {
			json_t *answer = json_array_get(answers, i);
			char key[24];

			snprintf(key, sizeof(key), "%zu", pending[i]);
			if (!json_is_null(answer))
				json_object_set(by_number, key, answer);
			else if (is_culprit)
				is_culprit = false;
			else
				pending[pending_count++] = pending[i];
		}
		json_decref(answers);
		if (result < 0)
			return result;
	}
	return 0;
}

/* A cell that falls out on one side is still tried on the other: both may be unable. */
static int run_round(struct gate *gate, size_t round)
{
	const json_t *known = gate_record_find(gate->record, "count", round);
	size_t chosen[gate->plan->cells_count + 1], count = gate_chosen(gate, chosen);
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
		take_round(gate, round, known ? known : line);
	if (!err && !known)
		return gate_record_append(gate->record, line);
	json_decref(line);
	return err;
}

/* ---- what they say ---- */

/* The passes of one side that are there. */
static size_t passes_of(const struct gate *gate, size_t cell, unsigned side,
			const json_t *passes[GATE_COUNT_ROUNDS_MAX])
{
	size_t count = 0;

	for (size_t round = 0; round < gate->count_rounds; round++) {
		if (gate->entries[cell].counts[side][round])
			passes[count++] = gate->entries[cell].counts[side][round];
	}
	return count;
}

/* The suite's own budgets come before the program's. */
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
	size_t a_count = passes_of(gate, cell, 0, passes[0]);
	size_t b_count = passes_of(gate, cell, 1, passes[1]);
	size_t budgets_count = budgets_of(gate, budgets, 64);

	if (!a_count || !b_count)
		return 0;
	return counts_compare(out, passes[0], a_count, passes[1], b_count,
			      !gate->plan->cells[cell].cold, budgets, budgets_count);
}

static int look_at_counts(const struct gate *gate, bool *regressed)
{
	struct comparison scratch;
	int err = comparison_init(&scratch, "gate", "", "", gate->settings->threshold_percent);

	*regressed = false;
	for (size_t i = 0; !err && i < gate->plan->cells_count; i++) {
		struct cell_change *cell = comparison_add_cell(&scratch, "");
		err = cell ? gate_compare_counts(gate, i, cell) : -ENOMEM;
		for (size_t k = 0; !err && k < cell->counts_count; k++)
			*regressed |= cell->counts[k].is_regression;
	}
	comparison_release(&scratch);
	return err;
}

int gate_count(struct gate *gate)
{
	int err = gate->settings->inject_syscall ? gate_calibrate_syscall(gate) : 0;

	for (size_t round = 0; !err && round < COUNT_ROUNDS; round++)
		err = run_round(gate, round);
	if (!err)
		err = look_at_counts(gate, &gate->counts_decided);
	/* What differed by chance differs less over twice the rounds. */
	for (size_t round = COUNT_ROUNDS;
	     !err && gate->counts_decided && round < GATE_COUNT_ROUNDS_MAX; round++)
		err = run_round(gate, round);
	return err ? err : look_at_counts(gate, &gate->counts_decided);
}

/* ---- injecting ---- */

enum { DELAY_ENGINE, DELAY_PERMILLE, DELAY_SYSCALL_EVERY, DELAY_OPTIONS };
static const char *const delay_option_names[] = {"engine", "permille", "syscall_every"};

/* The cell through engine delay: every access takes the same way on both sides. */
static int wrap(struct gate *gate, size_t cell)
{
	const struct cell *original = &gate->plan->cells[cell];
	struct gate_entry *entry = &gate->entries[cell];
	int found = table_find(TABLE_ENGINES, "delay", &gate->why);
	const struct engine_ops *delay = found < 0 ? NULL : engine_table[found];
	uint64_t values[OPTIONS_MAX];
	int index[DELAY_OPTIONS];

	if (!delay)
		return -EINVAL;
	option_defaults(delay->options, delay->options_count, values);
	for (size_t i = 0; i < DELAY_OPTIONS; i++) {
		index[i] = option_find(delay->options, delay->options_count, delay_option_names[i],
				       strlen(delay_option_names[i]));
		if (index[i] < 0)
			return why_set(&gate->why, -EINVAL, "engine delay has no option '%s'",
				       delay_option_names[i]);
	}
	int err = option_parse(&delay->options[index[DELAY_ENGINE]], original->engine->name,
			       &values[index[DELAY_ENGINE]], &gate->why);
	if (err)
		return err;
	for (unsigned side = 0; side < 2; side++) {
		entry->wrapped[side] = *original;
		entry->wrapped[side].engine = delay;
		memcpy(entry->wrapped[side].engine_options, values, sizeof(values));
		option_defaults(delay->options, delay->options_count,
				entry->wrapped[side].engine_implied);
	}
	entry->wrapped[1].engine_options[index[DELAY_PERMILLE]] =
		gate->settings->inject_syscall
			? 0
			: (uint64_t)lround(gate->settings->inject_percent * 10);
	entry->is_injected = true;
	if (gate->settings->inject_syscall
		    ? asprintf(&entry->note, "injected: one system call more a walk")
		    : asprintf(&entry->note, "injected: %g %% of its time",
			       gate->settings->inject_percent))
		return 0;
	return -ENOMEM;
}

int gate_inject(struct gate *gate)
{
	const char *expression = gate->settings->inject_cell;
	size_t matched = 0;
	regex_t regex;
	int err = 0;

	if (!expression)
		return 0;
	if (regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB))
		return why_set(&gate->why, -EINVAL, "'%.100s' is no regular expression",
			       expression);
	for (size_t i = 0; !err && i < gate->plan->cells_count; i++) {
		if (regexec(&regex, gate->plan->cells[i].name, 0, NULL, 0) ||
		    gate->plan->cells[i].skipped)
			continue;
		matched++;
		err = wrap(gate, i);
	}
	regfree(&regex);
	if (!err && !matched)
		err = why_set(&gate->why, -EINVAL, "no cell to inject into matches '%.100s'",
			      expression);
	return err;
}

/* Calls of one walk, as the baseline's worker counts them with the option at `every`. */
static int calls_of(struct gate *gate, size_t cell, uint64_t every, double *calls)
{
	struct cell *wrapped = &gate->entries[cell].wrapped[0];
	int index = option_find(wrapped->engine->options, wrapped->engine->options_count,
				"syscall_every", strlen("syscall_every"));
	json_t *answers = NULL;

	wrapped->engine_options[index] = every;
	int result = gate_ask(gate, 0, PASS_COUNT, &cell, 1, &answers);
	wrapped->engine_options[index] = 0;
	json_t *metrics = json_object_get(json_array_get(answers, 0), "metrics");
	*calls = json_number_value(json_object_get(metrics, "syscalls"));
	json_decref(answers);
	return result < 0 ? result : 0;
}

/* With a call behind each operation, a walk makes as many more as it has operations. */
int gate_calibrate_syscall(struct gate *gate)
{
	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		struct gate_entry *entry = &gate->entries[i];
		double without = 0, with = 0;

		if (!entry->is_injected || entry->is_out)
			continue;
		int err = calls_of(gate, i, 0, &without);
		err = err ? err : calls_of(gate, i, 1, &with);
		if (err)
			return err;
		if (entry->is_out || with <= without)
			continue;
		struct cell *candidate = &entry->wrapped[1];
		int index =
			option_find(candidate->engine->options, candidate->engine->options_count,
				    "syscall_every", strlen("syscall_every"));
		candidate->engine_options[index] = (uint64_t)(with - without);
	}
	return 0;
}
