/*
 * The kernel's tracepoints, in tracefs: their ids for perf_event_open(2), and the fields of their records.
 *
 * If tracefs is not mounted, a detached mount is made (fsmount(2)), which no other process sees and which
 * ends with its file descriptor.
 */
#ifndef IOWALK_COUNT_TRACEFS_H
#define IOWALK_COUNT_TRACEFS_H

#include <stdint.h>

#include "../../engines/why.h"

/* A file descriptor of the root of a tracefs whose ids can be read, or negative errno with the reason. */
int tracefs_open(struct why *why);

/* `tracepoint` is a path below events/: "sched/sched_waking". 0 or negative errno. */
int tracefs_id(int root_fd, const char *tracepoint, uint64_t *id);

/* The offset in bytes of a field in the tracepoint's raw record. -ENOENT if it has no such field. */
int tracefs_field(int root_fd, const char *tracepoint, const char *field, unsigned *offset);

#endif
