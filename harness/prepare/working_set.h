/* The working set of a cell: the distinct pages of its file that one iteration reads. It is the same for
 * every engine. */
#ifndef IOWALK_PREPARE_WORKING_SET_H
#define IOWALK_PREPARE_WORKING_SET_H

#include "../../workloads/workload.h"

/*
 * Runs one iteration of the workload through an engine that passes each read on to pread(2) and
 * marks its pages of 4096 bytes. `env` as for begin(); its engine is not used. Afterwards the file
 * is in the page cache. Not timed; takes about a microsecond per read. Negative errno with the
 * reason in `why`.
 */
int working_set_pages(const struct workload_ops *workload, const struct workload_env *env,
		      uint64_t *pages_count, struct why *why);

#endif
