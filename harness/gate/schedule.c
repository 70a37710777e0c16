/* The schedule of a cell: see schedule.h. */
#include "schedule.h"

#include "../measure/passes.h"
#include "decision.h"

#include <math.h>

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

/* Where each walk begins anew, a sample is one walk, however short: a turn has as many as fill the
 * samples of others. */
#define SINGLE_SAMPLES_MAX 15

/* Starting a process, opening a cell and closing it; and dropping a file's pages before a cold walk: as measured. */
#define PROCESS_S .005
#define DROP_S    .0005
#define WARM_UPS  2

/* Seconds of a block, roughly: to say what a budget covers before it is spent. */
static double block_s(const struct gate_schedule *schedule, const struct cell *cell, double walk_s)
{
	double samples = schedule->turns_count * schedule->a_turn;
	double sample_s = walk_s * (double)schedule->iterations + (cell->cold ? DROP_S : 0);

	return GATE_POSITIONS * (PROCESS_S + WARM_UPS * walk_s + samples * sample_s);
}

struct gate_schedule gate_schedule(const struct cell *cell, double walk_ns)
{
	bool is_alone = cell->cold || walk_ns > LONG_NS;
	struct cell timed = *cell;

	timed.min_time_s = GATE_MIN_TIME_S;
	struct gate_schedule schedule = {
		.iterations = measurement_iterations(&timed, walk_ns * 1e-9),
		.turns_count = cell->cold ? COLD_TURNS : WARM_TURNS,
		.a_turn = is_alone ? 1 : WARM_SAMPLES,
	};
	if (walk_ns > HEAVY_NS)
		schedule.turns_count = HEAVY_TURNS;
	if (!is_alone && cell->workload->prepare && walk_ns > 0)
		schedule.a_turn = (unsigned)fmin(
			fmax(WARM_SAMPLES, WARM_SAMPLES * GATE_MIN_TIME_S * 1e9 / walk_ns),
			SINGLE_SAMPLES_MAX);
	schedule.block_s = block_s(&schedule, cell, walk_ns * 1e-9);
	return schedule;
}
