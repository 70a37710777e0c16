/* Which histories of a layout the group `power` plays. */
#ifndef IOWALK_CONFORM_POWER_HISTORIES_H
#define IOWALK_CONFORM_POWER_HISTORIES_H

#include "graph_history.h"

#define POWER_EXHAUSTIVE_MAX 3 /* operations of the histories that are all played */

/*
 * History number i of a seed. First the one that has everything; then, in turn, all histories of at most
 * POWER_EXHAUSTIVE_MAX operations (on an empty file, and on a graph that was loaded and synced, whose two operations come in
 * addition), and longer ones of the seed. *is_exhaustive: of the former kind.
 */
void power_generate(struct graph_history *history, uint64_t seed, uint64_t i, bool *is_exhaustive);

/* How many histories of the exhaustive kind there are; number i of power_generate() of the k-th of them, from 0. */
uint64_t power_exhaustive_count(void);
uint64_t power_exhaustive_number(uint64_t k);

/* -EINVAL with the reason if the history has an operation that is only of the groups model and faults. */
int power_refuses(const struct graph_history *history, struct why *why);

#endif
