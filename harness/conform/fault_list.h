/* The faults that the calls of a history can have. */
#ifndef IOWALK_CONFORM_FAULT_LIST_H
#define IOWALK_CONFORM_FAULT_LIST_H

#include "fault.h"

#include <stdint.h>

struct fault_list {
	struct fault *all; /* [count] */
	size_t count, capacity;
};

/*
 * Each error of each call, once and for ever, short transfers, and memory refused, in the order of a seed. `counts`: calls of the
 * history, as fault_calls[]. -ENOMEM; the caller frees list->all, also then.
 */
int fault_list_make(struct fault_list *list, const unsigned *counts, uint64_t seed);

#endif
