/* A run as a table: on a terminal, as JSON, and as summary.md. */
#ifndef IOWALK_REPORT_TABLE_H
#define IOWALK_REPORT_TABLE_H

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

#endif
