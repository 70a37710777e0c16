/*
 * Counters of the processor around walks, in a pass of their own: each is an event by itself, so a processor with fewer
 * counters than events takes them in turns. Their values are then scaled to the whole time, and say so.
 */
#ifndef IOWALK_COUNT_HARDWARE_H
#define IOWALK_COUNT_HARDWARE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/why.h"

#define HARDWARE_COUNT 5

struct hardware_event {
	const char *name;  /* as it is recorded */
	const char *event; /* libpfm4's name */
	const char *help;
};

/* cycles, instructions, cache_misses, dtlb_load_misses, branch_misses */
extern const struct hardware_event hardware_events[HARDWARE_COUNT];

struct hardware;

/*
 * Opens events[events_count] (borrowed), disabled, for the calling thread and the threads ids[count]. Events that this machine
 * does not have are left out; -EOPNOTSUPP with the reason if it has none of them.
 */
int hardware_new(const struct hardware_event *events, size_t events_count, const pid_t *ids,
		 size_t count, struct hardware **out, struct why *why);
void hardware_free(struct hardware *hardware);

/* Between the two, events are counted. 0 or negative errno. */
int hardware_begin(struct hardware *hardware);
int hardware_end(struct hardware *hardware);

struct hardware_value {
	const char *name;
	double count; /* over all threads, scaled if the event was not counted all the time */
	double running_percent; /* of the time in which it was counted; 100: not scaled */
};

/* The value number i since hardware_begin(). -ENOENT after the last one; -EIO if it cannot be read. */
int hardware_read(const struct hardware *hardware, size_t i, struct hardware_value *out);

#endif
