/* The end of the screening's budget: see promote.h. */
#include "promote.h"

#include <math.h>

/* Of the confirmation: at this look a slowdown of 30 % in a quarter of the processes is found, a larger one before. */
#define BLOCKS 60

#define LEAN 1.0 /* mean by standard error */

/* Mean by standard error; 0 if the cell does not lean. */
static double lean(const struct gate_cell *cell, double threshold)
{
	const struct gate_series *series = &cell->series[GATE_SCREEN];

	if (!gate_wants(cell, GATE_SCREEN) || series->count < gate_blocks_min())
		return 0;
	double count = (double)series->count, mean = sample_mean(series->effect, series->count);
	return mean > threshold
		       ? mean / sqrt(sample_variance(series->effect, series->count) / count)
		       : 0;
}

/* The cell that leans most; cells_count if there is none. */
static size_t most_leaning(const struct gate_cell *cells, size_t cells_count,
			   double threshold_percent)
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

size_t gate_promote(struct gate_cell *cells, size_t cells_count, double threshold_percent,
		    double blocks, size_t *promoted)
{
	size_t count = 0;

	for (size_t i = 0; i < cells_count; i++)
		blocks -= gate_wants(&cells[i], GATE_CONFIRM) ? BLOCKS : 0;
	size_t room = blocks > 0 ? (size_t)(blocks / BLOCKS) : 0;
	for (; room > 0; room--) {
		size_t cell = most_leaning(cells, cells_count, threshold_percent);

		if (cell == cells_count)
			break;
		cells[cell].stage = GATE_CONFIRM;
		promoted[count++] = cell;
	}
	return count;
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
