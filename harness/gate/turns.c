/* The samples of a block by turns: see turns.h. */
#include "turns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const json_t *gate_processes(const json_t *line, size_t cell, const char **order)
{
	char key[24];

	snprintf(key, sizeof(key), "%zu", cell);
	*order = json_string_value(json_object_get(line, "order"));
	const json_t *processes = json_object_get(json_object_get(line, "cells"), key);
	if (!*order || !**order || strlen(*order) > GATE_POSITIONS ||
	    json_array_size(processes) != strlen(*order))
		return NULL;
	size_t samples_count = json_array_size(json_array_get(processes, 0));
	for (size_t p = 0; (*order)[p]; p++)
		if (!samples_count || !strchr("AB", (*order)[p]) ||
		    json_array_size(json_array_get(processes, p)) != samples_count)
			return NULL;
	return processes;
}

static double least_in_turn(const json_t *samples, size_t begin, size_t end)
{
	double least = INFINITY;

	for (size_t i = begin; i < end && i < json_array_size(samples); i++)
		least = fmin(least, json_number_value(json_array_get(samples, i)));
	return least;
}

static double mean_of(const json_t *samples)
{
	size_t count = json_array_size(samples);
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += json_number_value(json_array_get(samples, i));
	return sum / (double)count;
}

/* Fills least_ns[count * turns] and mean_ns[count] of struct gate_turns. -EBADMSG if a time is not above 0. */
static int fill_turns(const json_t *processes, size_t a_turn, const struct gate_turns *turns,
		      double *least_ns, double *mean_ns)
{
	for (size_t p = 0; turns->order[p]; p++) {
		const json_t *samples = json_array_get(processes, p);

		mean_ns[p] = mean_of(samples);
		for (size_t turn = 0; turn < turns->count; turn++) {
			double least = least_in_turn(samples, turn * a_turn, (turn + 1) * a_turn);

			least_ns[p * turns->count + turn] = least;
			if (!(least > 0) || isinf(least))
				return -EBADMSG;
		}
	}
	return 0;
}

int gate_line_difference(const json_t *line, size_t cell, struct gate_difference *out)
{
	char key[24];
	struct gate_turns turns;
	const json_t *processes = gate_processes(line, cell, &turns.order);

	snprintf(key, sizeof(key), "%zu", cell);
	json_int_t a_turn =
		json_integer_value(json_object_get(json_object_get(line, "samples_a_turn"), key));
	if (!processes || a_turn < 1)
		return -EBADMSG;
	size_t samples_count = json_array_size(json_array_get(processes, 0));
	double mean_ns[GATE_POSITIONS];
	turns.count = (samples_count + (size_t)a_turn - 1) / (size_t)a_turn;
	double *least_ns = malloc(strlen(turns.order) * turns.count * sizeof(*least_ns));
	int err = least_ns ? fill_turns(processes, (size_t)a_turn, &turns, least_ns, mean_ns)
			   : -ENOMEM;

	turns.least_ns = least_ns;
	turns.mean_ns = mean_ns;
	if (!err)
		err = gate_difference(&turns, out);
	free(least_ns);
	return err;
}
