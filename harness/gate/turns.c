/* The samples of a block by turns: see turns.h. */
#include "turns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The first sample fills the processor's caches again. With more, drift within a turn would
 * matter. */
#define SAMPLES_A_WARM_TURN 3

unsigned gate_samples_a_turn(const struct cell *cell)
{
	return cell->cold ? 1 : SAMPLES_A_WARM_TURN;
}

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
		if (!samples_count || !strchr("ABC", (*order)[p]) ||
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
	turns.count = (samples_count + (size_t)a_turn - 1) / (size_t)a_turn;
	double *least_ns = malloc(strlen(turns.order) * turns.count * sizeof(*least_ns));
	int err = least_ns ? 0 : -ENOMEM;
	for (size_t p = 0; !err && turns.order[p]; p++) {
		for (size_t turn = 0; turn < turns.count; turn++) {
			double least =
				least_in_turn(json_array_get(processes, p), turn * (size_t)a_turn,
					      (turn + 1) * (size_t)a_turn);
			least_ns[p * turns.count + turn] = least;
			if (!(least > 0) || isinf(least))
				err = -EBADMSG;
		}
	}
	turns.least_ns = least_ns;
	if (!err)
		err = gate_difference(&turns, out);
	free(least_ns);
	return err;
}
