/* A gate of a calibration without its samples: see calibration_gate.h. */
#include "calibration_gate.h"

#include "state.h"
#include "turns.h"
#include "values.h"
#include "../judge/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Indices of a BLOCK. */
enum { BLOCK_STAGE, BLOCK_EFFECT, BLOCK_MEAN_EFFECT, BLOCK_BASELINE };

/* Number of the stage of blocks that this line belongs to, or -1. */
static int stage_of(const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "stage"));

	for (int stage = 0; name && stage < GATE_STAGES_COUNT; stage++)
		if (strcmp(name, gate_stage_names[stage]) == 0)
			return stage;
	return -1;
}

/* ---- what was injected ---- */

/* Number n of a gate's injections: its own, then those in "also". NULL: no more. */
static const json_t *injection_of(const json_t *gate, size_t n)
{
	return n ? json_array_get(json_object_get(gate, "also"), n - 1) : gate;
}

bool calibration_gate_is(const json_t *gate, const char *kind, json_int_t *cell)
{
	const json_t *injection;

	for (size_t n = 0; (injection = injection_of(gate, n)); n++) {
		const char *name = json_string_value(json_object_get(injection, "kind"));

		if (!name || strcmp(name, kind) != 0)
			continue;
		if (cell)
			*cell = json_integer_value(json_object_get(injection, "cell"));
		return true;
	}
	return false;
}

bool calibration_gate_injects(const json_t *gate, size_t cell)
{
	const json_t *injection;

	for (size_t n = 0; (injection = injection_of(gate, n)); n++)
		if (json_integer_value(json_object_get(injection, "cell")) == (json_int_t)cell)
			return true;
	return false;
}

/* ---- the rank test ---- */

static json_t *rank_of(const json_t *lines, size_t cell)
{
	struct gate_values all[GATE_SIDES] = {{0}}, first[GATE_SIDES] = {{0}};
	json_t *pair = json_array();

	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *line = json_array_get(lines, i);
		const char *order;
		const json_t *processes =
			stage_of(line) == 0 ? gate_processes(line, cell, &order) : NULL;

		for (size_t p = 0; processes && order[p]; p++) {
			const json_t *process = json_array_get(processes, p);
			size_t side = (size_t)(order[p] - 'A');

			gate_values_add_json(&all[side], process);
			if (!first[side].count)
				gate_values_add_json(&first[side], process);
		}
	}
	if (first[0].count && first[1].count) {
		json_array_append_new(pair,
				      json_real(mann_whitney_p(first[0].values, first[0].count,
							       first[1].values, first[1].count)));
		json_array_append_new(pair, json_real(mann_whitney_p(all[0].values, all[0].count,
								     all[1].values, all[1].count)));
	}
	for (size_t side = 0; side < GATE_SIDES; side++) {
		free(all[side].values);
		free(first[side].values);
	}
	return pair;
}

/* ---- blocks ---- */

static void append_process(json_t *block, const json_t *samples)
{
	double least = INFINITY, sum = 0;
	size_t count = json_array_size(samples);

	for (size_t i = 0; i < count; i++) {
		double value = json_number_value(json_array_get(samples, i));

		least = fmin(least, value);
		sum += value;
	}
	json_array_append_new(block, json_real(least));
	json_array_append_new(block, json_real(sum / (double)count));
}

/* NULL if the line has no times of the cell. */
static json_t *block_of(const json_t *line, size_t cell)
{
	struct gate_difference difference;
	const char *order;
	int stage = stage_of(line);

	if (stage < 0 || gate_line_difference(line, cell, &difference))
		return NULL;
	const json_t *processes = gate_processes(line, cell, &order);
	json_t *block = json_pack("[ifff]", stage, difference.effect, difference.mean_effect,
				  difference.baseline);
	for (int side = 'A'; side < 'A' + GATE_SIDES; side++)
		for (size_t p = 0; order[p]; p++)
			if (order[p] == (char)side)
				append_process(block, json_array_get(processes, p));
	return block;
}

static json_t *blocks_of(const json_t *lines, size_t cell)
{
	json_t *blocks = json_array();

	for (size_t i = 0; i < json_array_size(lines); i++) {
		json_t *block = block_of(json_array_get(lines, i), cell);

		if (block)
			json_array_append_new(blocks, block);
	}
	return blocks;
}

int calibration_gate_condense(json_t *gate, size_t cells_count)
{
	const json_t *lines = json_object_get(gate, "lines");

	if (!lines)
		return 0;
	json_t *ranks = json_array(), *blocks = json_array();
	for (size_t cell = 0; cell < cells_count; cell++) {
		json_array_append_new(ranks, rank_of(lines, cell));
		json_array_append_new(blocks, blocks_of(lines, cell));
	}
	bool whole =
		json_array_size(ranks) == cells_count && json_array_size(blocks) == cells_count;
	if (json_object_set_new(gate, "rank", ranks) || json_object_set_new(gate, "blocks", blocks))
		whole = false;
	json_object_del(gate, "lines");
	return whole ? 0 : -ENOMEM;
}

bool calibration_gate_rank(const json_t *gate, size_t cell, double *single, double *pooled)
{
	const json_t *pair = json_array_get(json_object_get(gate, "rank"), cell);

	*single = json_number_value(json_array_get(pair, 0));
	*pooled = json_number_value(json_array_get(pair, 1));
	return json_array_size(pair) == 2;
}

bool calibration_gate_block(const json_t *gate, size_t cell, size_t n, struct gate_difference *out)
{
	const json_t *block =
		json_array_get(json_array_get(json_object_get(gate, "blocks"), cell), n);

	*out = (struct gate_difference){
		.effect = json_number_value(json_array_get(block, BLOCK_EFFECT)),
		.mean_effect = json_number_value(json_array_get(block, BLOCK_MEAN_EFFECT)),
		.baseline = json_number_value(json_array_get(block, BLOCK_BASELINE))};
	return json_array_size(block) > BLOCK_BASELINE;
}
