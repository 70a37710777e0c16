/* How often a calibration's gates found a slowdown of one cell, by its size. */
#ifndef IOWALK_GATE_CALIBRATION_POWER_H
#define IOWALK_GATE_CALIBRATION_POWER_H

#include <jansson.h>
#include <stddef.h>

/* Of one size. 0 %: identical builds, and "found" is a false alarm: of any cell. */
struct calibration_power {
	double slower_percent;
	size_t gates, found;
	size_t rank_gates,
		rank_found; /* by the two-sided rank test on one process of each side (calibration_gate.h) */
};

/* Fills out[most], sorted by size, and returns how many there are. `gates` as from calibration_load(). */
size_t calibration_power(const json_t *gates, struct calibration_power *out, size_t most);

#endif
