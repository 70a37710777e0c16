/* Whether a run may be continued: with the program, on the machine, in the cache folder and on the graph
 * files with which it began. */
#ifndef IOWALK_RECORD_RESUME_H
#define IOWALK_RECORD_RESUME_H

#include "../plan/cell.h"
#include "run.h"

/* For run.json: the graph files that the cells of a plan read, as
 * [{"path":"g.txt", "absolute":"/…/g.txt", "bytes":…, "hash":"16 hex digits"}…]. New reference. */
json_t *resume_graph_files(const struct plan *plan);

/* 0; or -EINVAL with what differs in `why`. `environment` is that of now. Records of versions that wrote
 * less are compared by what they have. */
int resume_check(const struct run *run, const struct plan *plan, const json_t *environment,
		 struct why *why);

#endif
