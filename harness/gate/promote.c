/* The end of the screening's budget: see promote.h. */
#include "promote.h"

#include <math.h>

/* Of the confirmation: at this look a slowdown of 30 % in a quarter of the processes is found, a larger one before. */
#define BLOCKS 60

/* Mean by its standard error. With fewer than the blocks of a first look it says nothing. */
#define LEAN 1.0

size_t gate_promotions(const struct gate_cell *cells, size_t cells_count, double blocks)
{
	double left = blocks;

	for (size_t i = 0; i < cells_count; i++)
		left -= gate_wants(&cells[i], GATE_CONFIRM) ? BLOCKS : 0;
	return left > 0 ? (size_t)(left / BLOCKS) : 0;
}

static double lean(const struct gate_cell *cell, double threshold)
{
	const struct gate_series *series = &cell->series[GATE_SCREEN];
	double count = (double)series->count, mean = 0, squares = 0;

	if (!gate_wants(cell, GATE_SCREEN) || series->count < gate_blocks_min())
		return 0;
	for (size_t i = 0; i < series->count; i++)
		mean += series->effect[i] / count;
	for (size_t i = 0; i < series->count; i++)
		squares += (series->effect[i] - mean) * (series->effect[i] - mean);
	return mean > threshold ? mean / sqrt(squares / (count - 1) / count) : 0;
}

size_t gate_leaning(const struct gate_cell *cells, size_t cells_count, double threshold_percent)
{
	double most = LEAN;
	size_t found = cells_count;

	for (size_t i = 0; i < cells_count; i++) {
		double strength = lean(&cells[i], gate_threshold(&cells[i], threshold_percent));

		if (strength <= most)
			continue;
		most = strength;
		found = i;
	}
	return found;
}

void gate_take_promoted(const json_t *line, struct gate_cell *cells, size_t cells_count)
{
	json_t *promoted;
	size_t i;

	json_array_foreach(json_object_get(line, "promoted"), i, promoted)
	{
		json_int_t cell = json_integer_value(promoted);

		if (cell >= 0 && (size_t)cell < cells_count && !cells[cell].is_decided)
			cells[cell].stage = GATE_CONFIRM;
	}
}
