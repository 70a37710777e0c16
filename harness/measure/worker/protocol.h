/*
 * A worker: a process that measures the cells of a request and writes a reply for each. A run and a
 * gate measure in workers only. A gate starts workers of both builds, so the protocol has a version.
 *
 * Request, one JSON object on the standard input of the worker:
 *   {"protocol":2, "pass":"time"|"count", "paced":false, "cells":[{
 *      "selection":{"workload":"bfs", "graph":"chain", …},   keys of a selection, all values are texts (plan/cell.h)
 *      "path":"/…/x.graph", "nodes_count":…, "edges_count":…, "root":…, "file_bytes":…,
 *      "expected":{"levels_hash":"16 hex digits", "reached_count":…, "edges_count":…,
 *                  "levels_count":…, "level_counts":[…], "fold":"16 hex digits",
 *                  "operations_count":…},
 *      "iterations":120,   walks per sample; 0: as many as fill min_time of the selection
 *      "samples":5}…]}
 * Replies, one JSON object per line on its standard output:
 *   {"protocol":2, "program":"iowalk", "version":"0.1.0", "build":"…"}   before it reads the request
 *   {"cell":0, "iterations":120, "real_time_ns":[…], "levels_hash":"…"}   time pass: ns per walk, one per sample
 *   {"cell":0, "iterations":1, "metrics":{…}, "sources":{…}, "levels_hash":"…"}         count pass
 *   {"cell":0, "error":"text", "kind":"unknown"|"unsupported"|"failed"}   if the cell failed
 *   {"end":true}
 * The worker opens a cell, walks it once, and then takes the samples; it checks the result of every
 * walk. unknown: this build has no such engine, layout, …; unsupported: this machine cannot run the
 * cell.
 *
 * "plugins":[…], which may be absent: the plug-ins that the worker loads before it reads the cells, as in run.json
 * (docs/FORMATS.md). It refuses the request if a file has changed.
 *
 * "cpus":[0,1], which may be absent: a worker that is pinned uses them while a cell has several threads.
 *
 * "paced":true: workers of both builds are alive at the same time and take turns. Before each step
 * (opening a cell, each sample, closing it) the worker waits for a byte on file descriptor 3. After
 * each step but the last it writes {"step":true}; after the last it writes the reply. After a step
 * of a cold cell it keeps no page of the file mapped or cached, because that would keep the file
 * warm for the others. End of file on descriptor 3 ends the worker.
 *
 * A run asks for whole samples of several passes. Its requests are paced and have, in addition,
 *   "counters":"auto"|"ptrace"|"none",   of the count pass
 *   "step_s":0.05,                       a step takes samples for this long, at least one
 * and in each cell, instead of "samples" and the "pass" of the request,
 *   "passes":{"time":10, "latency":1},   samples of each, in the order of enum sample_pass
 *   "working_set_pages_count":…                     0: unknown
 * A step with samples replies
 *   {"step":true, "pass":"time", "samples":[SAMPLE…]}   SAMPLE: record/run.h, without its first keys
 * and with "samples":[] if the workload does not have the pass. kind is then also "damaged": the
 * walk or its answer was wrong, and a damaged graph file is one cause.
 */
#ifndef IOWALK_MEASURE_WORKER_PROTOCOL_H
#define IOWALK_MEASURE_WORKER_PROTOCOL_H

#include <jansson.h>

#include "../../count/counters.h"
#include "../../plan/cell.h"
#include "../../prepare/preparer.h"

#define WORKER_PROTOCOL 2 /* both sides refuse any other version */
#define WORKER_PACE_FD  3

/* An entry of "cells". New reference; NULL if out of memory. */
json_t *worker_cell_json(const struct cell *cell, const struct prepared *prepared,
			 uint64_t iterations, unsigned samples_count);

/* The samples that a run asks of a cell. */
struct worker_passes {
	bool given;                     /* false: a request of a gate */
	unsigned samples[PASSES_COUNT]; /* of each pass */
};

/* The entry of a run's cell. New reference; NULL if out of memory. */
json_t *worker_run_cell_json(const struct cell *cell, const struct prepared *prepared,
			     const struct worker_passes *passes);

/* The request of a run, of an array of entries, which is taken over. */
json_t *worker_run_request(json_t *cells, enum counters_mode counters, double step_s);

/*
 * Reads an entry of "cells" and adds its cell to the initialised `plan`. -EINVAL: a name that this
 * build does not know; -EBADMSG: not a valid entry.
 */
int worker_cell_parse(const json_t *json, struct plan *plan, struct prepared *prepared,
		      unsigned *samples_count, struct worker_passes *passes, struct why *why);

/* Reads a request from `in`, writes the replies to `out` and closes `out`. -EBADMSG, -EPROTO with the reason in `why`, or
 * the error of writing. */
int worker_serve(FILE *in, FILE *out, struct why *why);

#endif
