/* What is made of a run's samples: a table, summary.md, Google Benchmark's JSON, CSV, plots. */
#ifndef IOWALK_EXPORT_FORMATS_H
#define IOWALK_EXPORT_FORMATS_H

#include "../record/run.h"

/*
 * The table on stdout: a block a (workload, graph, layout, cache), in it a row a (nodes, engine):
 * median time with its spread, time a node, p50 and p99 latency, system calls and faults (minor,
 * major) a walk and an edge where that says more, device bytes, the ratio to `memory` of the same
 * block; then cells that failed or were skipped with their reasons; then the harness floor (cells on
 * engine null) and the limits with met / missed. Units scale for people (1.25 ms); columns align.
 */
void table_print(FILE *out, const struct run *run, bool color);

/* The same as one JSON document. New reference. */
json_t *table_json(const struct run *run);

/* The same as Markdown, with the environment and the command; PATH is written whole or not at all. */
int summary_write(const struct run *run, const char *path);

/* Google Benchmark's schema: iteration rows, and mean/median/stddev/cv aggregates. New reference. */
json_t *export_gbench(const struct run *run);

/* One row a sample, all metrics that any sample has as columns, RFC 4180 quoting. */
int export_csv(const struct run *run, FILE *out);

/* Bencher's Metric Format: cell → measure → value; `latency` with the quartiles. New reference. */
json_t *export_bmf(const struct run *run);

/* github-action-benchmark's customSmallerIsBetter: a row a cell and metric. New reference. */
json_t *export_smaller(const struct run *run);

/* A header and one row for Apache Otava: time, attributes, a column a cell and metric. */
int export_otava(const struct run *run, FILE *out);

/* JUnit XML: a test case a cell and a limit. */
int export_junit(const struct run *run, FILE *out);
/* The claims of the run's suite held against what was measured, as Markdown: a table a system. */
int export_claims(const struct run *run, FILE *out);

/*
 * Draws every figure of the plots folder into <run>/plots/ as SVG and PNG by one gnuplot process.
 * -ENOENT with the remedy in `why` where there is no gnuplot or no plots folder (it is looked for in
 * $IOWALK_DATA_DIR, then beside the program); cells.tsv is written anyway. -ENODATA where no cell has
 * times; -EIO where gnuplot failed, with what it said: pictures of an earlier call then stay as they are.
 */
int plots_draw(const struct run *run, struct why *why);

#endif
