/*
 * The gate's worker: a process that measures cells as it is told and says what it found. The gate
 * starts it from both builds, so what they say to each other is versioned.
 *
 * Request, one JSON object on the worker's standard input:
 *   {"protocol":2, "pass":"time"|"count", "paced":false, "cells":[{
 *      "selection":{"workload":"bfs", "graph":"chain", …},   keys of a selection, all texts (plan/cell.h)
 *      "path":"/…/x.graph", "nodes_count":…, "edges_count":…, "root":…, "file_bytes":…,
 *      "expected":{"levels_hash":"16 hex digits", "reached_count":…, "edges_count":…,
 *                  "levels_count":…, "level_counts":[…], "fold":"16 hex digits",
 *                  "operations_count":…},
 *      "iterations":120,   walks a sample; 0: as many as fill min_time of the selection
 *      "samples":5}…]}
 * Answer, a JSON object a line on its standard output:
 *   {"protocol":2, "program":"iowalk", "version":"0.1.0", "build":"…"}   before it reads the request
 *   {"cell":0, "iterations":120, "real_time_ns":[…], "levels_hash":"…"}   time: a walk's, a sample each
 *   {"cell":0, "iterations":1, "metrics":{…}, "sources":{…}, "levels_hash":"…"}         count
 *   {"cell":0, "error":"text", "kind":"unknown"|"unsupported"|"failed"}   in place of either
 *   {"end":true}
 * A cell is opened, walked once and checked, then sampled; every walk's answer is compared. unknown:
 * this build has no such engine, layout, …; unsupported: this machine cannot.
 *
 * "paced":true: workers of both builds live side by side and take turns. Before each step (opening a
 * cell, each sample, closing it) the worker waits for a byte on descriptor 3, and says {"step":true}
 * after all but the last, whose line is the answer. After a step a cold cell leaves nothing of its file
 * mapped or cached, which would keep it warm for the others. The end of descriptor 3 ends the worker.
 */
#ifndef IOWALK_GATE_WORKER_H
#define IOWALK_GATE_WORKER_H

#include <jansson.h>

#include "../plan/cell.h"
#include "../prepare/preparer.h"

#define WORKER_PROTOCOL 2 /* another one is refused by either side */
#define WORKER_PACE_FD  3

/* An entry of "cells". New reference; NULL without memory. */
json_t *worker_cell_json(const struct cell *cell, const struct prepared *prepared,
			 uint64_t iterations, unsigned samples_count);

/*
 * The same read back: `plan` (initialised) gets the one cell. -EINVAL: words that this build does not
 * know; -EBADMSG: no such entry.
 */
int worker_cell_parse(const json_t *json, struct plan *plan, struct prepared *prepared,
		      unsigned *samples_count, struct why *why);

/* Serves the request read from `in`, and closes `out`. 0, -EBADMSG or -EPROTO with `why`, or what writing failed with. */
int worker_serve(FILE *in, FILE *out, struct why *why);

#endif
