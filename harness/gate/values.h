/* Numbers that grow one by one, for the reports of calibrations. */
#ifndef IOWALK_GATE_VALUES_H
#define IOWALK_GATE_VALUES_H

#include <jansson.h>
#include <stddef.h>

/* All zero: empty. The owner frees `values`. */
struct gate_values {
	double *values;
	size_t count, capacity;
};

/* Without memory the value is left out. */
void gate_values_add(struct gate_values *values, double value);
void gate_values_add_json(struct gate_values *values, const json_t *array);

#endif
