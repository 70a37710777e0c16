/* How many distinct pages of its file one iteration of a cell reads, whatever engine reads them. */
#ifndef IOWALK_PREPARE_TOUCHED_H
#define IOWALK_PREPARE_TOUCHED_H

#include "../../workloads/workload.h"

/*
 * Runs one iteration of the workload through an engine of the harness's own that passes each read on
 * to pread(2) and marks its pages. `env` as for begin(); its engine is not used. Pages of 4096 bytes.
 * The file is in the page cache afterwards. Not timed; takes about a microsecond a read.
 */
int touched_pages(const struct workload_ops *workload, const struct workload_env *env,
		  uint64_t *pages_count, struct why *why);

#endif
