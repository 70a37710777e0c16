/*
 * A run on disk, results/runs/<UTC>-<suite>/:
 *   run.json          suite, command line, seed and all cells
 *   environment.json  the machine (machine/environment.h)
 *   samples.jsonl     one line per sample, appended and flushed as it is taken; in a phase (phase.h)
 *                     it is samples.jsonl.gz, which is only read
 *   benchmark.json, summary.md, plots/   written from the samples at the end
 * All except samples.jsonl are written to a temporary file and renamed.
 * docs/FORMATS.md describes every field.
 *
 * run.json:
 *   {"format":1, "suite":"quick", "summary":"…", "command":["iowalk","run",…], "started":
 *    "2026-01-31T12:00:00Z", "seed":1597463007, "selections":[{"nodes":"100,1000",…}…],
 *    "filter":"…", "exclude":"…", "counters":"none", "limits":[LIMIT…], "claims":[CLAIM…], "cells":[CELL…]}
 *   --resume rebuilds the plan from selections, filter and counters (plan/cell.h)
 *   roofline (if any cell is cold): as written by roofline_json()
 *   "precision":{"asked_percent":2, "budget_s":300, …} with --precision (measure/precision.h)
 * CELL:
 *   {"name":"bfs/chain/slotted/mmap/warm/nodes:1000", "workload":"bfs", "graph":"chain",
 *    "layout":"slotted", "engine":"mmap", "cache":"warm", "nodes_count":1000,
 *    "threads_count":4, "memory_limit_bytes":201326592,   if set
 *    "options":{"bfs.order":"sorted"},     those that differ from their default
 *    "profile":"sqlitegraph-v1",           if the cell was selected by this name
 *    "precision":{"processes_count":14, "reached":true, "figure_ns":…, …}   with --precision
 *    "skipped":"reason"}                   if it cannot run here
 * LIMIT:
 *   {"name":"…", "cell":NAME, "over":NAME, "metric":"real_time_ns", "at_most":1.05, "scale":1}
 *   The value is the median of the cell's metric divided by that of `over`, times scale (default 1);
 *   without "over" the bound is absolute. "per":"node" first divides each by its nodes reached.
 *   With "phase":NAME, `over` is a cell of that phase (judge/targets.h). "or":[NAME,…] are alternative
 *   cells; the one with the best value counts.
 * CLAIM: a LIMIT with "id", "system", "case", "expected", "depends" (texts) and "at_least".
 *
 * A line of samples.jsonl:
 *   {"cell":NAME, "pass":"time"|"latency"|"count", "process":0, "repetition":0, "iterations":120,
 *    "metrics":{"real_time_ns":…, …}, "sources":{"syscalls":"perf:…"}, "verified":true,
 *    "operations_count":1000, "edges_count":999, "file_bytes":…, "root":0,
 *    "residency_percent":100.0, "residency_source":"cachestat",
 *    "roofline":{"pattern":"random"|"sequential", "depth":…, "touched_pages_count":…,
 *                "bound_ns":…},   beside roofline_percent, in time samples of cold cells
 *    "walk":{"levels_hash":"16 hex digits", "reached_count":…, "levels_count":…,
 *            "level_counts":[1,1,…]}, "time":"2026-01-31T12:00:01Z"}
 *   or, without metrics, {"cell":…, "pass":…, "process":…, "repetition":…, "error":"text", "time":…}
 * The metrics of all passes are per walk (per iteration), so they can be compared.
 */
#ifndef IOWALK_RECORD_RUN_H
#define IOWALK_RECORD_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../engines/why.h"
#include "../base/spread.h"
#include "../plan/pass.h"
#include "processes.h"

#define RUNS_FOLDER "results/runs" /* of runs without --out */

struct run {
	char *path;   /* of the folder, without a trailing slash */
	json_t *info; /* run.json */
	json_t *environment;
	json_t *samples;                 /* array: all lines so far */
	struct json_lines *samples_file; /* open for append during a run, else NULL */
	size_t damaged_count; /* lines of samples.jsonl that are not valid JSON; they are ignored */
	size_t damaged_line;  /* number of the first of them, from 1 */
};

/* Makes the folder and its parents, and writes run.json and environment.json; borrows both. -EEXIST
 * if the folder exists. */
int run_create(const char *path, json_t *info, json_t *environment, struct run *out,
	       struct why *why);

/*
 * Reads a run from a folder, or a phase by its name (phase.h). A last line cut off by a crash is
 * ignored. Other damaged lines are counted, the first is named in `why`, and the rest is used.
 * `append`: truncates a half-written last line and opens the file for more lines. -ENOENT,
 * -ENOTDIR, -EBADMSG (run.json is not valid) with the reason.
 */
int run_load(const char *path, bool append, struct run *out, struct why *why);

/* Opens samples.jsonl or, if there is none, samples.jsonl.gz. The caller closes *out. */
int run_open_samples(const char *folder, FILE **out);

/* Appends one line and flushes it. Takes over the reference, also on failure. */
int run_append(struct run *run, json_t *sample);

void run_release(struct run *run);

/* A valid line of samples.jsonl. */
struct sample_ref {
	size_t cell; /* index in run.json's cells */
	enum sample_pass pass;
	json_int_t process;    /* in which it was taken, from 0; 0 in records without processes */
	json_int_t repetition; /* within its process; -1 if the line has none */
	size_t line;           /* index in run->samples */
	const json_t *sample;  /* borrowed */
};

/*
 * The samples sorted by cell (in the order of run.json), pass, process and repetition. If several
 * lines agree in all four, the last one is used: a resumed run repeats failed samples.
 * Samples of unknown cells are ignored. The caller frees *out with free().
 */
int run_sort_samples(const struct run *run, struct sample_ref **out, size_t *count);

/* Why a sample must not be used: its error, or a wrong answer. NULL if it may be used. */
const char *sample_error(const json_t *sample);

struct cell_summary {
	const json_t *cell; /* CELL of run.json; the strings below are borrowed from it */
	const char *name, *workload, *graph, *layout, *engine, *cache;
	uint64_t nodes_count;
	uint64_t reached_count, walked_edges_count; /* 0 if the workload is no walk */
	uint64_t operations_count;                  /* of one iteration: nodes, queries, … */
	uint64_t file_bytes;                        /* of the graph file; 0 if unknown */
	bool verified;       /* there are samples, and all of them are verified */
	const char *error;   /* of the first sample that failed, or NULL */
	const char *skipped; /* or NULL */
	struct spread real_time_ns, cpu_time_ns; /* time pass: quartiles and ends of all samples of
						    all processes; the median over processes of
						    their medians */
	struct process_figures processes; /* of real_time_ns; the count of its medians is 1 in
					     records of one process */
	json_t *metrics; /* owned: name → median over processes of the median over the repetitions
			    of its pass; an integer if all repetitions agree, else a real */
	json_t *sources; /* owned: name → source */
};

/*
 * One entry per cell, in the order of run.json. The caller frees *out with summaries_free(). A
 * metric that several passes record is taken from the count pass, else the latency pass, else the
 * time pass. Times and rates of the whole walk come only from the time pass, because the other
 * passes slow it down.
 */
int run_summarize(const struct run *run, struct cell_summary **out, size_t *count);
void summaries_free(struct cell_summary *summaries, size_t count);

/* Is it a program of the user? It has no graph, layout and nodes. */
bool summary_is_command(const struct cell_summary *summary);

/* The median of a metric, or NaN if it is absent. */
double summary_metric(const struct cell_summary *summary, const char *name);

/*
 * The values of `metric` of the cell with index `cell`, from the pass that its median comes from, in
 * the order of processes and repetitions. `refs` is the result of run_sort_samples(). The caller
 * frees *out, which is NULL if *count is 0.
 */
int metric_samples(const struct sample_ref *refs, size_t refs_count, size_t cell,
		   const char *metric, double **out, size_t *count);

/*
 * The same, as independent values: if several processes have the metric, the median of each, because
 * samples of one process have its placement in memory and its moment in common. So the median of the
 * values of one process is that of its samples, and that of several is the median over processes.
 */
int metric_values(const struct sample_ref *refs, size_t refs_count, size_t cell, const char *metric,
		  double **out, size_t *count);

#endif
