/* A history, of an engine or of a layout, with each fault that its calls can have. */
#ifndef IOWALK_CONFORM_FAULT_LIST_H
#define IOWALK_CONFORM_FAULT_LIST_H

#include "setup.h"

struct fault_history {
	void *context;
	size_t operations_count;
	/* Plays it with a fault; if its ordinal is 0 without one, and counts the calls. As trial_run(). */
	int (*play)(void *context, const struct fault *fault, struct trial *trial);
	/* It has failed as in *trial, with a fault or without (NULL): makes it shorter, and notes it. As conform_shrink(). */
	int (*shrink)(void *context, struct fault *fault, struct trial *trial,
		      struct outcome *outcome);
};

/*
 * Plays the history without a fault, then with each error of each call, once and for ever, short transfers, and memory refused, in
 * the order of the seed, until one fails or the time of the setup is over. 0; -ENOMEM, or an error of play() or shrink().
 */
int fault_list_play(const struct fault_history *history, const struct conform_setup *setup,
		    uint64_t seed, struct outcome *outcome);

#endif
