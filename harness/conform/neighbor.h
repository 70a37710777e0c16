/* Another instance of an engine, on a file of its own: faults of the first must not harm it. */
#ifndef IOWALK_CONFORM_NEIGHBOR_H
#define IOWALK_CONFORM_NEIGHBOR_H

#include "subject.h"

struct neighbor {
	struct engine *engine;
	char path[4096];
};

/* Makes a file beside `path` and writes to it, without sync. 0, or negative errno with the reason. */
int neighbor_open(struct neighbor *neighbor, const struct conform_subject *subject,
		  const char *path, struct why *why);

/* Reads what was written, closes the instance, reads it again and removes the file. Returns as above. */
int neighbor_close(struct neighbor *neighbor, struct why *why);

/* Removes the file of a process that has ended before it could. */
void neighbor_remove(const char *path);

#endif
