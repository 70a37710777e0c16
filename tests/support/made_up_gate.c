/* Made-up gates: see made_up_gate.h. */
#include "made_up_gate.h"

#include <math.h>
#include <string.h>

#include "../../harness/gate/promote.h"
#include "../../workloads/support/mix.h"
#include "random.h"

#define TURNS   5
#define SAMPLES 3    /* of a turn */
#define TAIL    0.01 /* mean of what a sample is longer than the least possible */

/* Student's t of 1 or 2 degrees by its quantile function. */
static double heavy(uint64_t *state, double degrees)
{
	double share = random_uniform(state);
	if (degrees == 1)
		return tan(M_PI * (share - 0.5));
	return (2 * share - 1) / sqrt(2 * share * (1 - share));
}

double made_up_process(struct made_up_machine *machine, bool is_candidate)
{
	const struct made_up_noise *noise = machine->noise;
	double slow = noise->bimodal && mix_next(&machine->state) & 1 ? 0.04 : 0;
	double wide = is_candidate && noise->unequal > 0 ? noise->unequal : 1;

	slow += noise->process * wide * random_normal(&machine->state);
	return slow + (random_uniform(&machine->state) < noise->spikes ? 0.3 : 0);
}

double made_up_turn(struct made_up_machine *machine)
{
	const struct made_up_noise *noise = machine->noise;
	double shock = noise->degrees > 0 ? heavy(&machine->state, noise->degrees)
					  : random_normal(&machine->state);
	machine->trend = fmod(machine->trend + noise->drift, 1);
	machine->memory = noise->correlation * machine->memory +
			  sqrt(1 - noise->correlation * noise->correlation) * shock;
	double fast = random_uniform(&machine->state) < noise->spells ? 0.4 : 0;
	return fmin(300, fmax(-300, machine->trend + noise->turn * machine->memory - fast));
}

/* The samples of a process in a turn, ns: their least; their sum is added to *sum. */
static double take_turn(struct made_up_machine *machine, double level, double factor, double share,
			double *sum)
{
	double least = INFINITY;

	for (size_t i = 0; i < SAMPLES; i++) {
		double ns = exp(level - TAIL * log(random_uniform(&machine->state)));
		if (factor != 1 && (share >= 1 || random_uniform(&machine->state) < share))
			ns *= factor;
		least = fmin(least, ns);
		*sum += ns;
	}
	return least;
}

static void run_block(struct made_up_machine *machine, struct gate_cell *cell, const char *order,
		      const struct made_up_change *change)
{
	double least_ns[GATE_POSITIONS * TURNS], mean_ns[GATE_POSITIONS] = {0}, own[GATE_POSITIONS],
						 factor[GATE_POSITIONS];
	struct gate_difference difference;

	for (size_t p = 0; p < GATE_POSITIONS; p++) {
		bool is_candidate = order[p] == 'B';
		own[p] = made_up_process(machine, is_candidate);
		factor[p] = is_candidate && change &&
					    (change->processes >= 1 ||
					     random_uniform(&machine->state) < change->processes)
				    ? change->factor
				    : 1;
	}
	for (size_t turn = 0; turn < TURNS; turn++) {
		for (size_t i = 0; i < GATE_POSITIONS; i++) {
			size_t p = turn % 2 ? i : GATE_POSITIONS - 1 - i;
			least_ns[p * TURNS + turn] =
				take_turn(machine, own[p] + made_up_turn(machine), factor[p],
					  change ? change->samples : 1, &mean_ns[p]);
		}
	}
	gate_difference(&(struct gate_turns){order, TURNS, least_ns, mean_ns}, &difference);
	gate_add(cell, &difference);
}

/* Is there time for a block of all cells that want one? As in harness/gate/stages.c. */
static bool has_time(const struct gate_cell *cells, size_t cells_count, enum gate_stage stage,
		     size_t left, size_t kept)
{
	size_t needed = stage == GATE_SCREEN ? kept : 0;

	for (size_t i = 0; i < cells_count; i++)
		needed += gate_wants(&cells[i], stage) +
			  (stage == GATE_SCREEN ? gate_blocks_reserved(&cells[i]) : 0);
	return needed <= left;
}

/* Returns what is left of the blocks. */
static size_t run_stage(size_t left, struct made_up_machine *machine, struct gate_cell *cells,
			size_t cells_count, enum gate_stage stage, size_t kept,
			const struct made_up_change *change, double threshold_percent)
{
	for (size_t block = 0;
	     block < GATE_BLOCKS_MAX && has_time(cells, cells_count, stage, left, kept); block++) {
		bool wanted = false;
		for (size_t i = 0; i < cells_count; i++) {
			char order[GATE_POSITIONS + 1];
			if (!gate_wants(&cells[i], stage))
				continue;
			wanted = true;
			left--;
			gate_order(mix_next(&machine->state), stage, block, order);
			run_block(machine, &cells[i], order, i == 0 ? change : NULL);
		}
		if (!wanted)
			break;
		gate_look(cells, cells_count, stage, threshold_percent);
	}
	return left;
}

void made_up_gate_within(size_t budget_blocks, struct made_up_machine *machine,
			 struct gate_cell *cells, size_t cells_count,
			 const struct made_up_change *change, double threshold_percent)
{
	memset(cells, 0, cells_count * sizeof(*cells));
	size_t kept = (size_t)((double)budget_blocks * (1 - GATE_SCREEN_SHARE));
	size_t left = run_stage(budget_blocks, machine, cells, cells_count, GATE_SCREEN, kept,
				change, threshold_percent);
	size_t promoted[cells_count + 1];
	gate_promote(cells, cells_count, threshold_percent, (double)left, promoted);
	run_stage(left, machine, cells, cells_count, GATE_CONFIRM, 0, change, threshold_percent);
	gate_give_up(cells, cells_count, "the budget");
}

void made_up_gate(struct made_up_machine *machine, struct gate_cell *cells, size_t cells_count,
		  const struct made_up_change *change, double threshold_percent)
{
	made_up_gate_within(SIZE_MAX, machine, cells, cells_count, change, threshold_percent);
}
