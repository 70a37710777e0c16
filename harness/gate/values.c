/* Growing numbers: see values.h. */
#include "values.h"

#include <stdlib.h>

void gate_values_add(struct gate_values *values, double value)
{
	if (values->count == values->capacity) {
		size_t capacity = values->capacity ? values->capacity * 2 : 256;
		double *grown = realloc(values->values, capacity * sizeof(*grown));
		if (!grown)
			return;
		values->values = grown;
		values->capacity = capacity;
	}
	values->values[values->count++] = value;
}

void gate_values_add_json(struct gate_values *values, const json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		gate_values_add(values, json_number_value(json_array_get(array, i)));
}
