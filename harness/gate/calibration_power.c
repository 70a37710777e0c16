/* The power of a calibrated gate: see calibration_power.h. */
#include "calibration_power.h"

#include "calibration.h"
#include "calibration_gate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Slower in all processes of one cell, or not at all. */
static bool is_shown(const struct calibration_kind *kind)
{
	bool is_alike = kind->inject_percent <= 0 && !kind->inject_syscall && !kind->other_layout;

	return is_alike || (kind->inject_percent > 0 && kind->share_percent <= 0 && !kind->stalls);
}

/* *has_rank becomes true if the cell has times. */
static bool differs(const json_t *gate, size_t cell, bool *has_rank)
{
	double single, pooled;
	bool has = calibration_gate_rank(gate, cell, &single, &pooled);

	*has_rank |= has;
	return has && single < CALIBRATION_RANK_ALPHA;
}

static void add_gate(struct calibration_power *power, const json_t *gate, json_int_t injected)
{
	const json_t *verdicts = json_object_get(gate, "verdicts");
	bool found = false, rank_found = false, has_rank = false;

	for (size_t i = 0; i < json_array_size(verdicts); i++) {
		const char *verdict = json_string_value(json_array_get(verdicts, i));

		if (power->slower_percent > 0 && (json_int_t)i != injected)
			continue;
		found |= verdict && strcmp(verdict, "regression") == 0;
		rank_found |= differs(gate, i, &has_rank);
	}
	power->gates++;
	power->found += found;
	power->rank_gates += has_rank;
	power->rank_found += rank_found;
}

static int order_power(const void *a, const void *b)
{
	const struct calibration_power *x = a, *y = b;

	return (x->slower_percent > y->slower_percent) - (x->slower_percent < y->slower_percent);
}

/* The point of this size, a new one if there is none and room for it; else NULL. */
static struct calibration_power *point_of(double percent, struct calibration_power *out,
					  size_t *count, size_t most)
{
	for (size_t p = 0; p < *count; p++)
		if (out[p].slower_percent == percent)
			return &out[p];
	if (*count == most)
		return NULL;
	out[*count] = (struct calibration_power){.slower_percent = percent};
	return &out[(*count)++];
}

size_t calibration_power(const json_t *gates, struct calibration_power *out, size_t most)
{
	size_t count = 0;

	for (size_t k = 0; k < CALIBRATION_KINDS_COUNT; k++) {
		const struct calibration_kind *kind = &calibration_kinds[k];

		for (size_t i = 0; is_shown(kind) && i < json_array_size(gates); i++) {
			const json_t *gate = json_array_get(gates, i);
			json_int_t injected;

			if (!calibration_gate_is(gate, kind->name, &injected))
				continue;
			struct calibration_power *point =
				point_of(kind->inject_percent, out, &count, most);
			if (point)
				add_gate(point, gate, injected);
		}
	}
	qsort(out, count, sizeof(*out), order_power);
	return count;
}
