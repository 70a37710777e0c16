/*
 * Phases: runs that are kept under a name, for later comparison. results/phases/NAME/ holds
 * run.json, environment.json, samples.jsonl.gz and summary.md of the run (run.h), and phase.json:
 *   {"format":1, "name":"…", "note":"…", "commit":"…", "dirty":false, "recorded":"2026-01-31T12:00:00Z",
 *    "started":"…", "suite":"…", "from":"the run folder's own name", "runs":["…", …],
 *    "cells_count":…, "samples_count":…}
 * A phase is a run folder: every command that takes a RUN accepts it, by its path or by its name. A phase
 * of several runs is a joined one (joined.h); `runs` has the names of their folders, "from" the first.
 */
#ifndef IOWALK_RECORD_PHASE_H
#define IOWALK_RECORD_PHASE_H

#include <jansson.h>
#include <stdbool.h>

#include "../../engines/why.h"
#include "run.h"

/* Writes summary.md of a run to PATH; 0 or negative errno. */
typedef int phase_summary(const struct run *run, const char *path);

/* May the two runs be in one phase? 0, or negative errno with the reason in `why`; a doubt is `why` with 0. */
typedef int phase_check(const struct run *first, const struct run *other, struct why *why);

/*
 * Keeps the runs from[from_count], 1 ≤ from_count, as phase NAME, whole or not at all. `note` may be
 * NULL. `check` is called for each run after the first. -EEXIST if the phase exists and `replace` is
 * false; -ENODATA if a run has no samples; what `check` returns. `why` is also set, with 0 returned, if
 * lines of the record are damaged.
 */
int phase_record(const char *name, const char *const *from, size_t from_count, const char *note,
		 bool replace, phase_summary *summary, phase_check *check, struct why *why);

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
