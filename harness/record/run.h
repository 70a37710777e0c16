/*
 * A run on disk, results/runs/<UTC>-<suite>/:
 *   run.json          what was asked: suite, command line, seed, and all cells with their fields
 *   environment.json  the machine (machine/environment.h)
 *   samples.jsonl     one line a sample and pass, appended and flushed as they come; in a phase
 *                     (phase.h) samples.jsonl.gz, which is only read
 *   benchmark.json, summary.md, plots/   written from the samples at the end (export.h, plots.h)
 * All but samples.jsonl are written to a temporary name and renamed.
 *
 * run.json:
 *   {"format":1, "suite":"quick", "summary":"…", "command":["iowalk","run",…], "started":
 *    "2026-01-31T12:00:00Z", "seed":1597463007, "selections":[{"nodes":"100,1000",…}…],
 *    "filter":"…", "counters":"none", "limits":[LIMIT…], "claims":[CLAIM…], "cells":[CELL…]}
 *   selections, filter, counters: what --resume makes the same plan from (plan/cell.h)
 * CELL:
 *   {"name":"bfs/chain/slotted/mmap/warm/nodes:1000", "workload":"bfs", "graph":"chain",
 *    "layout":"slotted", "engine":"mmap", "cache":"warm", "nodes_count":1000,
 *    "threads_count":4, "memory_limit_bytes":201326592,   only where there is one
 *    "options":{"bfs.order":"sorted"},     those that are not the default, by their owner
 *    "profile":"sqlitegraph-v1",           only where it was asked for by that name
 *    "skipped":"why it cannot be run here"}  only where so
 * roofline (only with cold cells): as roofline_json() writes it
 * LIMIT:
 *   {"name":"…", "cell":NAME, "over":NAME, "metric":"real_time_ns", "at_most":1.05, "scale":1}
 *   median of cell's metric over that of `over`, times scale (1 where absent); without "over" the
 *   bound is absolute; with "per":"node" each is divided by its nodes reached first; with "phase":NAME
 *   `over` is a cell of that phase (judge/targets.h); "or":[NAME,…] are cells that would do as well: the one
 *   with the best figure counts
 *
 * CLAIM: as LIMIT, with "id", "system", "case", "expected", "depends" (texts) and "at_least"; export/claims.c
 *
 * A line of samples.jsonl:
 *   {"cell":NAME, "pass":"time"|"latency"|"count", "repetition":0, "iterations":120,
 *    "metrics":{"real_time_ns":…, …}, "sources":{"syscalls":"perf:…"}, "verified":true,
 *    "operations_count":1000, "edges_count":999, "file_bytes":…, "root":0,
 *    "residency_percent":100.0, "residency_source":"cachestat",
 *    "roofline":{"pattern":"random"|"sequential", "depth":…, "touched_pages_count":…,
 *                "bound_ns":…},   beside roofline_percent, in time samples of cold cells
 *    "walk":{"levels_hash":"16 hex digits", "reached_count":…, "levels_count":…,
 *            "level_counts":[1,1,…]}, "time":"2026-01-31T12:00:01Z"}
 *   or {"cell":…, "pass":…, "repetition":…, "error":"text", "time":…}: no metrics
 * Metrics of all passes are per walk (per iteration), so every pass can be put beside the others.
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

struct run {
	char *path;   /* of the folder, without a trailing slash */
	json_t *info; /* run.json */
	json_t *environment;
	json_t *samples;      /* array: all lines so far */
	FILE *samples_file;   /* open for append while the run is going on, else NULL */
	size_t damaged_count; /* lines of samples.jsonl that were no JSON and were left out */
	size_t damaged_line;  /* the first of them, from 1 */
};

/* Makes the folder (parents too) and writes run.json and environment.json; borrows both. -EEXIST
 * where it is there. */
int run_create(const char *path, json_t *info, json_t *environment, struct run *out,
	       struct why *why);

/*
 * Reads a run: a folder, or a phase by its name alone (phase.h). A last line cut off by a crash is dropped; other damage is counted and named in
 * `why` (line number) while the rest is used. `append`: cuts a half-written last line off the file
 * and opens it for more. -ENOENT, -ENOTDIR, -EBADMSG (run.json is no run) with the reason.
 */
int run_load(const char *path, bool append, struct run *out, struct why *why);

/* Opens samples.jsonl, or samples.jsonl.gz where there is only that. Caller closes. */
int run_open_samples(const char *folder, FILE **out);

/* Appends one line and flushes it; takes the reference, also where it fails. */
int run_append(struct run *run, json_t *sample);

void run_release(struct run *run);

/* A line of samples.jsonl that counts. */
struct sample_ref {
	size_t cell; /* index in run.json's cells */
	enum sample_pass pass;
	json_int_t repetition; /* -1 where the line has none */
	size_t line;           /* index in run->samples */
	const json_t *sample;  /* borrowed */
};

/*
 * The samples by cell (run.json's order), pass, repetition. Of lines for the same cell, pass and
 * repetition the last one counts: a resumed run repeats what failed. Samples of unknown cells are
 * left out. Caller frees with free().
 */
int run_sort_samples(const struct run *run, struct sample_ref **out, size_t *count);

/* Why a sample must not be used: its error, or that its answer was wrong; NULL where it may be. */
const char *sample_error(const json_t *sample);

struct cell_summary {
	const json_t *cell; /* CELL of run.json; its strings serve as ours */
	const char *name, *workload, *graph, *layout, *engine, *cache;
	uint64_t nodes_count;
	uint64_t reached_count, walked_edges_count; /* 0 where not a walk */
	uint64_t file_bytes;                        /* of the graph file; 0 where unknown */
	bool verified;       /* every sample of every pass was, and there is at least one */
	const char *error;   /* of the first sample that failed, or NULL */
	const char *skipped; /* or NULL */
	struct spread real_time_ns, cpu_time_ns; /* time pass */
	json_t *metrics; /* owned: name → median over the repetitions of the pass that has it; whole
			    where all repetitions agree, else a real */
	json_t *sources; /* owned: name → source */
};

/*
 * One entry a cell, in run.json's order; caller frees with summaries_free(). A metric that several
 * passes have is taken from the count pass, else the latency pass, else the time pass; times and
 * rates of the whole walk from the time pass only, the others slow it down.
 */
int run_summarize(const struct run *run, struct cell_summary **out, size_t *count);
void summaries_free(struct cell_summary *summaries, size_t count);

/* A metric's median, or NaN where it is absent. */
double summary_metric(const struct cell_summary *summary, const char *name);

/*
 * The values that the median of `metric` of cell number `cell` was taken from, in the order of the
 * repetitions; refs is what run_sort_samples() gave. Caller frees; *out is NULL where *count is 0.
 */
int metric_values(const struct sample_ref *refs, size_t refs_count, size_t cell, const char *metric,
		  double **out, size_t *count);

#endif
