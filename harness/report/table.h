/* A run as a table: on a terminal, as JSON, and as summary.md. */
#ifndef IOWALK_REPORT_TABLE_H
#define IOWALK_REPORT_TABLE_H

#include "../judge/rows.h"
#include "../record/run.h"

/*
 * The table on stdout. Each block is one (workload, graph, layout, cache state); each of its rows
 * is one (nodes, engine) with the median time and its spread, the time per node, p50 and p99
 * latency, system calls and faults (minor, major) per walk, some of them also per edge, device
 * bytes, and the ratio to `memory` in the same block. After the blocks follow the cells that failed
 * or were skipped with their reasons, the harness floor (cells of engines without data), and the
 * limits, met or missed. Values have readable units (1.25 ms); columns are aligned.
 */
void table_print(FILE *out, const struct run *run, bool color);

/* The same as one JSON document. New reference. */
json_t *table_json(const struct run *run);

/* The same as Markdown, with the environment and the command. The file PATH is written whole or not
 * at all. 0 or negative errno. */
int summary_write(const struct run *run, const char *path);

/* A row, a limit (or target) and a spread of it. New reference; NULL if out of memory. */
json_t *table_row_json(const struct report_row *row);
json_t *table_limit_json(const struct limit_result *limit);
json_t *table_spread_json(const struct spread *spread);

#endif
