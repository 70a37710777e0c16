/*
 * Phases: runs kept under a name, to compare with later. results/phases/NAME/ holds run.json,
 * environment.json, samples.jsonl.gz and summary.md of the run (run.h) and phase.json:
 *   {"format":1, "name":"…", "note":"…", "commit":"…", "dirty":false, "recorded":"2026-01-31T12:00:00Z",
 *    "started":"…", "suite":"…", "from":"the run folder's own name", "cells_count":…, "samples_count":…}
 * It is a run folder: whatever takes a RUN takes it, by its path or by its name alone.
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
 * Keeps the run FROM as NAME: all of it or nothing. `note` may be NULL. -EEXIST without `replace`
 * where there is one; -ENODATA where the run has no samples. `why` is also set, with 0 returned, where
 * lines of the record are damaged.
 */
int phase_record(const char *name, const char *from, const char *note, bool replace,
		 phase_summary *summary, struct why *why);

/* phase.json of all phases, by the start of their runs; [] where there is no folder. One that cannot
 * be read is left out and named in `why`. New reference in *out. */
int phases_list(json_t **out, struct why *why);

/* phase.json in a run's folder, or NULL: the run is no phase. New reference. */
json_t *phase_about(const char *run_path);

#endif
