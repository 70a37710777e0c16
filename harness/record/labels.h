/* Names of cells and runs as tables and figures show them, and figures per node and per edge. */
#ifndef IOWALK_RECORD_LABELS_H
#define IOWALK_RECORD_LABELS_H

#include "run.h"

/*
 * Capabilities (enum engine_capability, …) of the parts that a record names; 0 for a part that this
 * build does not have.
 */
uint32_t summary_engine_capabilities(const struct cell_summary *summary);
uint32_t summary_layout_capabilities(const struct cell_summary *summary);
uint32_t summary_workload_capabilities(const struct cell_summary *summary);

#define LABEL_MAX 128 /* bytes of a label; longer ones are truncated */

/*
 * "mmap" and the options of the cell that OWNER has: "mmap_advised window:64". With `rest`, also
 * those that belong to neither workload, graph nor layout, so that none is lost.
 */
void cell_label(const struct cell_summary *summary, const char *owner, bool rest, char *text,
		size_t size);

/* The graph with its options; in a run of several kinds of machine "random on machine 2", so that tables and figures keep
 * them apart (machines.h). */
void graph_label(const struct cell_summary *summary, char *text, size_t size);

/* What a merged run lacks: "2 of 6 shards missing, 1 of 6 shards interrupted". False and an empty text if it is whole. */
bool partial_text(const struct run *run, char *text, size_t size);

/* The time of one node: by nodes reached; of a workload that creates by nodes made; else NaN. */
double time_per_node_ns(const struct cell_summary *summary, double time_ns);

/* What the workload has many of beside nodes: "query", "read"; NULL: nodes, or unknown. */
const char *operation_name(const struct cell_summary *summary);

/* The time of one such operation; without a name, of one node. Or NaN. */
double time_per_operation_ns(const struct cell_summary *summary, double time_ns);

/* The time of one edge walked; of what walks none, of one operation; else all of it. Never NaN for a time. */
double time_per_edge_ns(const struct cell_summary *summary, double time_ns);

/* A metric by edge walked, or NaN. */
double metric_per_edge(const struct cell_summary *summary, const char *metric);

/* One line: what ran, when. */
void run_heading(const struct run *run, char *text, size_t size);

/* The words of a command line, quoted for a shell. */
void command_words_text(const json_t *command, char *text, size_t size);

/* The command as a shell would take it, without control characters. */
void run_command_text(const struct run *run, char *text, size_t size);

#endif
