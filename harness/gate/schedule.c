/* The schedule of a cell: see schedule.h. */
#include "schedule.h"

/* The first sample of a warm turn finds the processor's caches as another process left them. With
 * more than three, drift within a turn would matter. */
#define WARM_TURNS   5
#define WARM_SAMPLES 3

/* A cold walk fills its caches itself. */
#define COLD_TURNS 9

/* So does a walk that is as long as LONG_NS. Walks of HEAVY_NS take less turns, or they would use up
 * the budget of all other cells. */
#define LONG_NS     5e6
#define HEAVY_NS    20e6
#define HEAVY_TURNS 3

struct gate_schedule gate_schedule(const struct cell *cell, double walk_ns)
{
	bool is_single = cell->cold || walk_ns > LONG_NS;
	unsigned turns = cell->cold ? COLD_TURNS : WARM_TURNS;

	return (struct gate_schedule){.turns_count = walk_ns > HEAVY_NS ? HEAVY_TURNS : turns,
				      .a_turn = is_single ? 1 : WARM_SAMPLES};
}
