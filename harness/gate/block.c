/* Measuring one block: see block.h. */
#include "block.h"

#include "ask.h"
#include "turns.h"

#include <stdlib.h>
#include <string.h>

/* A block being measured; order has one letter per worker. */
struct block {
	struct gate *gate;
	char order[GATE_POSITIONS + 1];
	size_t positions_count;
	const size_t *chosen;
	size_t chosen_count;
	struct worker *workers[GATE_POSITIONS];
};

static unsigned side_at(const struct block *block, size_t position)
{
	return (unsigned)(block->order[position] - 'A');
}

static struct gate_request request_at(size_t position)
{
	return (struct gate_request){
		.pass = PASS_TIME, .paced = true, .position = (unsigned)position};
}

static int start_all(struct block *block)
{
	int err = 0;

	for (size_t p = 0; !err && p < block->positions_count; p++) {
		struct gate_request request = request_at(p);

		err = gate_start(block->gate, side_at(block, p), &request, block->chosen,
				 block->chosen_count, &block->workers[p]);
	}
	return err;
}

/*
 * Lets each worker take some steps, one worker after the other; every second time in reverse order,
 * so that drift of the device or of the load affects all workers equally. Returns the
 * position of the worker that did not reply with `wanted`, or positions_count.
 */
static size_t take_turns(struct block *block, bool backwards, unsigned steps_count,
			 enum worker_step_result wanted)
{
	for (size_t i = 0; i < block->positions_count; i++) {
		size_t p = backwards ? block->positions_count - 1 - i : i;

		for (unsigned step = 0; step < steps_count; step++)
			if (worker_step(block->workers[p]) != wanted)
				return p;
	}
	return block->positions_count;
}

/*
 * All turns of a cell; the same return value. The first sample of a warm turn runs with the
 * processor's caches as another process left them; the minimum of a turn comes from the samples
 * after it.
 */
static size_t take_cell_turns(struct block *block, const struct cell *cell)
{
	unsigned a_turn = gate_samples_a_turn(cell), taken = 0, turn = 1;
	size_t culprit = take_turns(block, false, 1, WORKER_STEP_DONE); /* opening */

	for (; culprit == block->positions_count && taken < cell->repetitions; turn++) {
		unsigned left = cell->repetitions - taken;
		unsigned steps_count = left < a_turn ? left : a_turn;

		culprit = take_turns(block, turn % 2, steps_count, WORKER_STEP_DONE);
		taken += steps_count;
	}
	if (culprit == block->positions_count) /* closing; then comes the reply with the samples */
		culprit = take_turns(block, turn % 2, 1, WORKER_CELL_DONE);
	return culprit;
}

/* All turns of all cells; the same return value. */
static size_t take_all_turns(struct block *block)
{
	size_t culprit = block->positions_count;

	for (size_t i = 0; i < block->chosen_count && culprit == block->positions_count; i++)
		culprit = take_cell_turns(block, &block->gate->plan->cells[block->chosen[i]]);
	return culprit;
}

/* Adds the samples of one worker to those of the others. */
static void add_samples(const struct block *block, const json_t *replies, json_t *cells)
{
	for (size_t i = 0; i < block->chosen_count; i++) {
		char key[24];

		snprintf(key, sizeof(key), "%zu", block->chosen[i]);
		if (!json_object_get(cells, key))
			json_object_set_new(cells, key, json_array());
		json_array_append(json_object_get(cells, key),
				  json_object_get(json_array_get(replies, i), "real_time_ns"));
	}
}

static int finish_one(struct block *block, size_t position, json_t *cells)
{
	struct gate_request request = request_at(position);
	struct worker *worker = block->workers[position];
	json_t *replies = NULL;

	block->workers[position] = NULL;
	int result = gate_finish(block->gate, side_at(block, position), &request, block->chosen,
				 block->chosen_count, worker, &replies);
	if (!result)
		add_samples(block, replies, cells);
	json_decref(replies);
	return result;
}

static json_t *samples_a_turn(const struct block *block)
{
	json_t *counts = json_object();

	for (size_t i = 0; i < block->chosen_count; i++) {
		const struct cell *cell = &block->gate->plan->cells[block->chosen[i]];
		char key[24];

		snprintf(key, sizeof(key), "%zu", block->chosen[i]);
		json_object_set_new(counts, key,
				    json_integer((json_int_t)gate_samples_a_turn(cell)));
	}
	return counts;
}

json_t *gate_measure_block(struct gate *gate, enum gate_stage stage, size_t number,
			   const size_t *chosen, size_t chosen_count, int *result)
{
	struct block block = {.gate = gate, .chosen = chosen, .chosen_count = chosen_count};
	json_t *cells = json_object(), *line = NULL;

	gate_order(gate->settings->order_seed, stage, number, block.order);
	block.positions_count = strlen(block.order);
	*result = gate_load_sides(gate);
	if (!*result)
		*result = start_all(&block);
	if (!*result) {
		size_t culprit = take_all_turns(&block);

		if (culprit < block.positions_count)
			*result = finish_one(&block, culprit, cells);
		for (size_t p = 0; !*result && p < block.positions_count; p++) {
			if (block.workers[p])
				*result = finish_one(&block, p, cells);
		}
	}
	for (size_t p = 0; p < block.positions_count; p++) {
		if (block.workers[p])
			worker_abandon(block.workers[p]);
	}
	if (!*result) {
		line = gate_line(gate, gate_stage_names[stage], number);
		json_object_set_new(line, "order", json_string(block.order));
		json_object_set(line, "cells", cells);
		json_object_set_new(line, "samples_a_turn", samples_a_turn(&block));
	}
	json_decref(cells);
	return line;
}
