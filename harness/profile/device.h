/*
 * The reads of a walk as the block layer sees them: how long each took, how large it was after merging, and how many
 * were in flight at each moment. As root only: it needs the block tracepoints. Reads of other processes from the
 * same device are among them.
 */
#ifndef IOWALK_PROFILE_DEVICE_H
#define IOWALK_PROFILE_DEVICE_H

#include <jansson.h>
#include <stdint.h>

#include "../../engines/why.h"

struct device_trace;

/* Of the device that has the file. -EOPNOTSUPP if it is on none that the kernel names (btrfs, tmpfs, a
 * network); -EACCES, -EPERM and others with the reason. */
int device_trace_new(const char *path, struct device_trace **out, struct why *why);
void device_trace_free(struct device_trace *trace);

/* Between the two, requests are recorded. 0 or negative errno. */
int device_trace_begin(struct device_trace *trace);
int device_trace_end(struct device_trace *trace);

/* The walk took from began_ns to ended_ns of CLOCK_MONOTONIC. */
void device_trace_walked(struct device_trace *trace, uint64_t began_ns, uint64_t ended_ns);

/*
 * {"reads_count":…, "read_bytes":…, "lat_ns_p50":…, "lat_ns_p90":…, "lat_ns_p99":…, "lat_ns_max":…, "depth_mean":…,
 * "depth_max":…, "depths":[{"depth":0, "share":0.4}…], "sizes":[{"bytes":4096, "count":900}…]}: depths are
 * shares of the walk's time; depth_mean is over the time with at least one read in flight. NULL if records
 * are missing, or out of memory. New reference.
 */
json_t *device_trace_result(struct device_trace *trace);

#endif
