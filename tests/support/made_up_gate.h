/*
 * Made-up gates: the rules of harness/gate/decision.h judge simulated blocks. A process has a factor of its own, a
 * turn has noise like that of real machines, and a sample is longer than the least by a little. All numbers are
 * logarithms unless they say otherwise; all random numbers come from a seed.
 */
#ifndef IOWALK_TESTS_MADE_UP_GATE_H
#define IOWALK_TESTS_MADE_UP_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../harness/gate/decision.h"

struct made_up_noise {
	const char *name;
	double process;     /* standard deviation of a process's factor */
	double unequal;     /* the candidate's is this many times as large; 0: once */
	double turn;        /* standard deviation of a turn */
	double drift;       /* per turn */
	double correlation; /* of consecutive turns */
	double degrees;     /* of freedom of Student's t, 1 or 2; 0: normal */
	double spikes;      /* probability that a process is 30 % slower */
	bool bimodal;       /* each process is 4 % slower with probability 1/2 */
	double spells;      /* probability that the machine is a third faster during a turn */
};

struct made_up_machine {
	const struct made_up_noise *noise;
	uint64_t state;
	double trend, memory;
};

/* What is done to the candidate in one cell. */
struct made_up_change {
	double factor;             /* 1.05: 5 % longer */
	double processes, samples; /* shares that it affects, 1: all */
};

/* The disturbance of a process in one turn, with that of the process itself. */
double made_up_turn(struct made_up_machine *machine);
double made_up_process(struct made_up_machine *machine, bool is_candidate);

/* Runs a gate over cells[cells_count], whose first one has the change. All cells are decided after it. */
void made_up_gate(struct made_up_machine *machine, struct gate_cell *cells, size_t cells_count,
		  const struct made_up_change *change, double threshold_percent);

/* The same with a budget: each cell takes one from it in each block. */
void made_up_gate_within(size_t budget_blocks, struct made_up_machine *machine,
			 struct gate_cell *cells, size_t cells_count,
			 const struct made_up_change *change, double threshold_percent);

#endif
