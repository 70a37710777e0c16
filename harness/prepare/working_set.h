/* The working set of a cell: the distinct pages of its file that one iteration reads. It is the same for
 * every engine. */
#ifndef IOWALK_PREPARE_WORKING_SET_H
#define IOWALK_PREPARE_WORKING_SET_H

#include "../../workloads/workload.h"

/*
 * Runs one iteration of the workload through an engine that marks the pages of 4096 bytes of each
 * read and passes it on to pread(2) or, `by_engine`, to the engine of `env`. pread: about a
 * microsecond per read if the file is in the page cache, where it is afterwards. By engine: as long
 * as a walk of the cell. `env` as for begin(). Not timed. Negative errno with the reason in `why`.
 */
int working_set_pages(const struct workload_ops *workload, const struct workload_env *env,
		      bool by_engine, uint64_t *pages_count, struct why *why);

#endif
