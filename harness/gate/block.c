/* Measuring one block: see block.h. */
#include "block.h"

#include "ask.h"
#include "injection.h"
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
	uint64_t process_seed; /* of what is injected; one number per worker */
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

/* Which worker takes which place of a turn. Each turn is a palindrome of sides, so that drift affects
 * both equally; over four turns each worker has each place once; and none takes two turns running, which
 * would be worth .7 % to it, because it finds the processor's caches as it left them. */
static const unsigned places[][GATE_POSITIONS] = {
	{0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1}};

/*
 * Lets each worker take some steps, one worker after the other. Returns the position of the worker
 * that did not reply with `wanted`, or positions_count.
 */
static size_t take_turns(struct block *block, unsigned turn, unsigned steps_count,
			 enum worker_step_result wanted)
{
	for (size_t i = 0; i < block->positions_count; i++) {
		size_t p = places[turn % (sizeof(places) / sizeof(places[0]))][i];

		for (unsigned step = 0; step < steps_count; step++)
			if (worker_step(block->workers[p]) != wanted)
				return p;
	}
	return block->positions_count;
}

/* All turns of a cell; the same return value. */
static size_t take_cell_turns(struct block *block, const struct gate_schedule *schedule)
{
	unsigned turn = 0;
	size_t culprit = take_turns(block, turn++, 1, WORKER_STEP_DONE); /* opening */

	for (; culprit == block->positions_count && turn <= schedule->turns_count; turn++)
		culprit = take_turns(block, turn, schedule->a_turn, WORKER_STEP_DONE);
	if (culprit == block->positions_count) /* closing; then comes the reply with the samples */
		culprit = take_turns(block, turn, 1, WORKER_CELL_DONE);
	return culprit;
}

/* All turns of all cells; the same return value. */
static size_t take_all_turns(struct block *block)
{
	size_t culprit = block->positions_count;

	for (size_t i = 0; i < block->chosen_count && culprit == block->positions_count; i++)
		culprit = take_cell_turns(block, &block->gate->entries[block->chosen[i]].schedule);
	return culprit;
}

/* Adds the samples of one worker to those of the others. */
static void add_samples(const struct block *block, size_t position, const json_t *replies,
			json_t *cells)
{
	for (size_t i = 0; i < block->chosen_count; i++) {
		char key[24];

		snprintf(key, sizeof(key), "%zu", block->chosen[i]);
		if (!json_object_get(cells, key))
			json_object_set_new(cells, key, json_array());
		json_t *times = json_object_get(json_array_get(replies, i), "real_time_ns");
		if (block->order[position] == 'B')
			gate_inject_times(block->gate, block->chosen[i],
					  block->process_seed + position, times);
		json_array_append(json_object_get(cells, key), times);
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
		add_samples(block, position, replies, cells);
	json_decref(replies);
	return result;
}

static json_t *samples_a_turn(const struct block *block)
{
	json_t *counts = json_object();

	for (size_t i = 0; i < block->chosen_count; i++) {
		const struct gate_entry *entry = &block->gate->entries[block->chosen[i]];
		char key[24];

		snprintf(key, sizeof(key), "%zu", block->chosen[i]);
		json_object_set_new(counts, key, json_integer((json_int_t)entry->schedule.a_turn));
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
	block.process_seed = gate->settings->order_seed +
			     ((uint64_t)number * GATE_STAGES_COUNT + stage) * GATE_POSITIONS;
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
