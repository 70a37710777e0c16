/* One step of a build made ready by a thread of its own while the step before is used. */
#ifndef IOWALK_AHEAD_H
#define IOWALK_AHEAD_H

#include <sys/types.h>

#define AHEAD_SLOTS 2

struct ahead;

/*
 * Makes what goes into a slot, 0 or 1: on the thread, one call at a time, slots in turn. > 0: made; 0: there is no more;
 * negative errno: the last, too. What it uses besides the slot, nobody else may touch until ahead_stop().
 */
typedef ssize_t ahead_make_fn(void *context, unsigned slot);

/* Starts the thread. `context` is borrowed. 0 or negative errno. */
int ahead_start(ahead_make_fn *make, void *context, struct ahead **out);

/* What make() returned for the next slot, *slot: it is the caller's until the next call. After 0 or an error: the same again. */
ssize_t ahead_next(struct ahead *self, unsigned *slot);

/* Waits for the call that is under way, and ends the thread. NULL does nothing. */
void ahead_stop(struct ahead *self);

#endif
