/* Bytes that a walk reads, and sizes of the graph files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/units.h"
#include "../parts.h"
#include "../section.h"

static void put_files(struct document *document, const struct history *history)
{
	static const char *const titles[] = {"workload", "graph", "layout",
					     "nodes",    "file",  "bytes per edge"};
	json_t *seen = json_object();
	document_heading(document, 3, "File sizes");
	document_table(document, "file sizes", COUNT_OF(titles), 0x7);
	for (size_t i = 0; i < COUNT_OF(titles); i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		const struct cell_summary *summary = report_last_of(history, cell);
		char key[4 * LABEL_MAX], bytes[UNIT_TEXT_MAX], per_edge[UNIT_TEXT_MAX];
		if (summary == NULL || summary->file_bytes == 0)
			continue;
		snprintf(key, sizeof key, "%zu/%s/%llu/%llu", cell->group, cell->block->layout,
			 (unsigned long long)summary->nodes_count,
			 (unsigned long long)summary->file_bytes);
		if (json_object_get(seen, key) != NULL)
			continue;
		json_object_set_new(seen, key, json_true());
		double edges = (double)summary->walked_edges_count;
		format_bytes(bytes, sizeof bytes, (double)summary->file_bytes);
		format_count(per_edge, sizeof per_edge,
			     edges > 0 ? (double)summary->file_bytes / edges : (double)NAN);
		document_cell(document, TONE_PLAIN, "%s", cell->block->workload);
		document_cell(document, TONE_PLAIN, "%s", cell->block->graph);
		document_cell(document, TONE_PLAIN, "%s", cell->block->layout);
		document_cell(document, TONE_PLAIN, "%llu",
			      (unsigned long long)summary->nodes_count);
		document_cell(document, TONE_PLAIN, "%s", bytes);
		document_cell(document, TONE_PLAIN, "%s", per_edge);
	}
	json_decref(seen);
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	static const struct metric_column columns[] = {
		{"logical_read_bytes", "requested"},
		{"device_read_bytes", "read from the device"},
		{"device_write_bytes", "written to the device"},
		{"read_amplification", "read amplification"},
		{"roofline_percent", "roofline"}};
	document_heading(document, 2, "Bytes and files");
	document_text(document,
		      "Per walk%s. Read amplification: bytes read from the device divided by "
		      "bytes requested.",
		      history->has_changes ? "; first phase → last phase if they differ" : "");
	if (!report_metrics(document, history, "bytes read", columns, COUNT_OF(columns), true))
		document_text(document, "Not measured.");
	put_files(document, history);
}
const struct report_section section_bytes = {
	.order = 800,
	.write = put,
};
