/*
 * Phases: runs that are kept under a name, for later comparison. results/phases/NAME/ holds
 * run.json, environment.json, samples.jsonl.gz and summary.md of the run (run.h), and phase.json:
 *   {"format":1, "name":"…", "note":"…", "commit":"…", "dirty":false, "recorded":"2026-01-31T12:00:00Z",
 *    "started":"…", "suite":"…", "from":"the run folder's own name", "cells_count":…, "samples_count":…}
 * A phase is a run folder: every command that takes a RUN accepts it, by its path or by its name.
 */
#ifndef IOWALK_RECORD_PHASE_H
#define IOWALK_RECORD_PHASE_H

#include <jansson.h>
#include <stdbool.h>

#include "../../engines/why.h"
#include "run.h"

/* Writes summary.md of a run to PATH; 0 or negative errno. */
typedef int phase_summary(const struct run *run, const char *path);

/*
 * Keeps the run FROM as phase NAME, whole or not at all. `note` may be NULL. -EEXIST if the phase
 * exists and `replace` is false; -ENODATA if the run has no samples. `why` is also set, with 0
 * returned, if lines of the record are damaged.
 */
int phase_record(const char *name, const char *from, const char *note, bool replace,
		 phase_summary *summary, struct why *why);

/* phase.json of all phases, in the order in which their runs started; [] if there is no folder. A phase
 * that cannot be read is left out and named in `why`. *out is a new reference. */
int phases_list(json_t **out, struct why *why);

/* phase.json in the folder of a run, or NULL if the run is no phase. New reference. */
json_t *phase_about(const char *run_path);

/* Renames the folder `aside` to `path`. An existing one is exchanged for it and removed if `replace`, else -EEXIST.
 * Negative errno. */
int phase_folder_replace(const char *aside, const char *path, bool replace);

/* Removes a folder that has no folders in it. */
void phase_folder_remove(const char *path);

#endif
