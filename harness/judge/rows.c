/*
 * A run as blocks of rows.
 *
 * How it works: cells that differ only in nodes and engine share a block; a JSON object maps its
 * label to its index. Rows are sorted by block, then by nodes, then in the suite's order. Cells
 * without times become problems, or are counted as missing.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/engine.h"
#include "rows.h"
#include "../base/text.h"
#include "../base/units.h"

/* A row before it is sorted. */
struct placed_row {
	size_t block, order;
	struct report_row row;
};

static int order_rows(const void *a, const void *b)
{
	const struct placed_row *x = a, *y = b;
	uint64_t x_nodes = x->row.summary->nodes_count, y_nodes = y->row.summary->nodes_count;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	if (x_nodes != y_nodes)
		return x_nodes < y_nodes ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* What holds for the whole cell, where it is not the default: " threads:2". */
static void append_setting(char *text, size_t size, const char *name, const json_t *value,
			   void (*format)(char *, size_t, double))
{
	char number[UNIT_TEXT_MAX];
	if (value == NULL)
		return;
	format(number, sizeof number, json_number_value(value));
	text_append(text, size, " %s:%s", name, number);
}

static void fill_block(struct report_block *block, const struct cell_summary *summary)
{
	*block = (struct report_block){.cache = summary->cache};
	const char *operation = operation_name(summary);
	snprintf(block->per_operation, sizeof block->per_operation, "per %s",
		 operation != NULL ? operation : "node");
	cell_label(summary, summary->workload, false, block->workload, sizeof block->workload);
	append_setting(block->workload, sizeof block->workload, "threads",
		       json_object_get(summary->cell, "threads_count"), format_count);
	append_setting(block->workload, sizeof block->workload, "memory limit",
		       json_object_get(summary->cell, "memory_limit_bytes"), format_bytes_short);
	graph_label(summary, block->graph, sizeof block->graph);
	cell_label(summary, summary->layout, false, block->layout, sizeof block->layout);
	if (json_object_get(summary->cell, "profile") !=
	    NULL) /* profiles are compared in one block */
		snprintf(block->layout, sizeof block->layout, "profiles");
	block->is_floor = summary_engine_capabilities(summary) & ENGINE_NO_DATA;
}

/* The index of the cell's block, which is added if it is new; negative errno. */
static json_int_t place(struct report *report, json_t *index, const struct cell_summary *summary)
{
	struct report_block *block = &report->blocks[report->blocks_count];
	char key[4 * LABEL_MAX + 16];
	fill_block(block, summary);
	snprintf(key, sizeof key, "%d/%s/%s/%s/%s", block->is_floor, block->workload, block->graph,
		 block->layout, block->cache);
	const json_t *known = json_object_get(index, key);
	if (known != NULL)
		return json_integer_value(known);
	json_int_t number = (json_int_t)report->blocks_count;
	if (json_object_set_new_nocheck(index, key, json_integer(number)) != 0)
		return -ENOMEM;
	report->blocks_count++;
	return number;
}

static int order_blocks(const void *a, const void *b)
{
	const struct report_block *x = a, *y = b;
	if (x->is_floor != y->is_floor)
		return x->is_floor ? 1 : -1;
	return x->first < y->first ? -1 : 1;
}

static double memory_time_ns(const struct report *report, const struct report_block *block,
			     uint64_t nodes_count)
{
	const struct report_row *found = NULL;
	for (size_t i = block->first; i < block->first + block->count; i++) {
		const struct report_row *row = &report->rows[i];
		if (row->summary->nodes_count != nodes_count ||
		    !(summary_engine_capabilities(row->summary) & ENGINE_HOLDS_FILE))
			continue;
		if (found == NULL || strcmp(row->series, row->summary->engine) == 0)
			found = row;
	}
	return found == NULL ? (double)NAN : found->summary->real_time_ns.median;
}

static void fill_ratios(struct report *report, const struct report_block *block)
{
	uint64_t nodes_count = 0;
	double base_ns = NAN;
	for (size_t i = block->first; i < block->first + block->count; i++) {
		struct report_row *row = &report->rows[i];
		if (i == block->first || row->summary->nodes_count != nodes_count) {
			nodes_count = row->summary->nodes_count;
			base_ns = memory_time_ns(report, block, nodes_count);
		}
		row->ratio_to_memory =
			base_ns > 0 ? row->summary->real_time_ns.median / base_ns : (double)NAN;
	}
}

static struct report_row make_row(const struct cell_summary *summary)
{
	struct report_row row = {.summary = summary};
	cell_label(summary, summary->engine, true, row.series, sizeof row.series);
	const char *profile = json_string_value(json_object_get(summary->cell, "profile"));
	if (profile != NULL)
		snprintf(row.series, sizeof row.series, "%s", profile);
	row.per_operation_ns = time_per_operation_ns(summary, summary->real_time_ns.median);
	row.syscalls_per_edge = metric_per_edge(summary, "syscalls");
	row.ratio_to_memory = NAN;
	return row;
}

static void note_problem(struct report *report, const struct cell_summary *summary)
{
	if (summary->error == NULL && summary->skipped == NULL) {
		/* A cell that was only profiled was not to have times. */
		report->missing_count += summary->real_time_ns.count == 0 &&
					 isnan(summary_metric(summary, "wall_ns"));
		return;
	}
	report->problems[report->problems_count++] = (struct report_problem){
		.name = summary->name,
		.skipped = summary->error == NULL,
		.reason = summary->error != NULL ? summary->error : summary->skipped};
}

static int fill_rows(struct report *report, struct placed_row *placed)
{
	size_t rows_count = 0;
	json_t *index = json_object();
	if (index == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < report->summaries_count; i++) {
		const struct cell_summary *summary = &report->summaries[i];
		note_problem(report, summary);
		if (summary->real_time_ns.count == 0)
			continue;
		json_int_t block = place(report, index, summary);
		if (block < 0) {
			json_decref(index);
			return (int)block;
		}
		placed[rows_count++] = (struct placed_row){(size_t)block, i, make_row(summary)};
	}
	json_decref(index);
	qsort(placed, rows_count, sizeof *placed, order_rows);
	for (size_t i = 0; i < rows_count; i++) {
		struct report_block *block = &report->blocks[placed[i].block];
		report->rows[i] = placed[i].row;
		if (block->count++ == 0)
			block->first = i;
	}
	qsort(report->blocks, report->blocks_count, sizeof *report->blocks, order_blocks);
	for (size_t i = 0; i < report->blocks_count; i++)
		fill_ratios(report, &report->blocks[i]);
	return 0;
}

int report_init(struct report *report, const struct run *run)
{
	*report = (struct report){.run = run};
	int err = run_summarize(run, &report->summaries, &report->summaries_count);
	if (err != 0)
		return err;
	size_t room = report->summaries_count + 1;
	struct placed_row *placed = calloc(room, sizeof *placed);
	report->rows = calloc(room, sizeof *report->rows);
	report->blocks = calloc(room, sizeof *report->blocks);
	report->problems = calloc(room, sizeof *report->problems);
	if (placed == NULL || report->rows == NULL || report->blocks == NULL ||
	    report->problems == NULL)
		err = -ENOMEM;
	if (err == 0)
		err = fill_rows(report, placed);
	if (err == 0)
		err = limits_evaluate(
			json_object_get(run->info, "limits"),
			&(struct limit_side){NULL, run, report->summaries, report->summaries_count},
			NULL, 0, &report->limits, &report->limits_count);
	free(placed);
	if (err != 0)
		report_release(report);
	return err;
}

void report_release(struct report *report)
{
	summaries_free(report->summaries, report->summaries_count);
	free(report->rows);
	free(report->blocks);
	free(report->problems);
	free(report->limits);
	*report = (struct report){0};
}

bool report_column_is_left(enum report_column column)
{
	return column == COLUMN_SERIES || column == COLUMN_SPREAD || column == COLUMN_BETWEEN ||
	       column == COLUMN_PRECISION;
}

const char *report_column_title(enum report_column column, const struct report_block *block)
{
	static const char *const titles[REPORT_COLUMNS] = {
		[COLUMN_NODES] = "nodes",       [COLUMN_SERIES] = "engine",
		[COLUMN_TIME] = "time",         [COLUMN_SPREAD] = "spread",
		[COLUMN_BETWEEN] = "between",   [COLUMN_SLOW] = "slow",
		[COLUMN_PRECISION] = "95 %",    [COLUMN_PER_OPERATION] = "per node",
		[COLUMN_P50] = "p50",           [COLUMN_P99] = "p99",
		[COLUMN_SYSCALLS] = "syscalls", [COLUMN_SYSCALLS_EDGE] = "/1k edges",
		[COLUMN_FAULTS] = "faults",     [COLUMN_DEVICE] = "device B",
		[COLUMN_RATIO] = "/memory",     [COLUMN_PEAK] = "peak B",
		[COLUMN_ROOFLINE] = "roofline"};
	return column == COLUMN_PER_OPERATION && block != NULL ? block->per_operation
							       : titles[column];
}

/* "12+3" for two metrics; "12" if the second is unknown. */
static void format_pair(char *text, size_t size, double first, double second,
			void (*format)(char *, size_t, double))
{
	char second_text[UNIT_TEXT_MAX];
	format(text, size, first);
	if (isnan(second))
		return;
	format(second_text, sizeof second_text, second);
	text_append(text, size, "+%s", second_text);
}

/* "±1.4%", with a mark if that is more than was asked for; "-" without --precision. */
static void precision_text(const struct cell_summary *summary, bool utf8, char *text, size_t size)
{
	const json_t *precision = json_object_get(summary->cell, "precision");
	const json_t *percent = json_object_get(precision, "half_width_percent");
	const char *mark = json_is_true(json_object_get(precision, "reached")) ? "" : " !";
	if (!json_is_object(precision))
		snprintf(text, size, "-");
	else if (!json_is_number(percent))
		snprintf(text, size, "?%s", mark);
	else
		snprintf(text, size, "%s%.1f%%%s", utf8 ? "±" : "+-", json_number_value(percent),
			 mark);
}

static void format_nodes(char *text, size_t size, uint64_t nodes_count)
{
	snprintf(text, size, "%llu", (unsigned long long)nodes_count);
	if (nodes_count == 0) /* of a command */
		snprintf(text, size, "-");
}

void report_cell_text(const struct report_row *row, enum report_column column, bool utf8,
		      char *text, size_t size)
{
	const struct cell_summary *summary = row->summary;
	const struct spread *time_ns = &summary->real_time_ns;
	const struct spread *processes = &summary->processes.medians;
	switch (column) {
	case COLUMN_NODES:
		format_nodes(text, size, summary->nodes_count);
		return;
	case COLUMN_SERIES:
		snprintf(text, size, "%s", row->series);
		return;
	case COLUMN_TIME:
		format_time_ns(text, size, time_ns->median, utf8);
		return;
	case COLUMN_SPREAD:
		format_spread(text, size, time_ns->count > 1 ? time_ns->median : (double)NAN,
			      time_ns->low, time_ns->high, utf8);
		return;
	case COLUMN_BETWEEN:
		format_spread(text, size, processes->count > 1 ? processes->median : (double)NAN,
			      processes->low, processes->high, utf8);
		return;
	case COLUMN_SLOW:
		if (processes->count < 2)
			break;
		snprintf(text, size, "%zu/%zu", summary->processes.slow_count, processes->count);
		return;
	case COLUMN_PRECISION:
		precision_text(summary, utf8, text, size);
		return;
	case COLUMN_PER_OPERATION:
		format_time_ns(text, size, row->per_operation_ns, utf8);
		return;
	case COLUMN_P50:
		format_time_ns(text, size, summary_metric(summary, "lat_ns_p50"), utf8);
		return;
	case COLUMN_P99:
		format_time_ns(text, size, summary_metric(summary, "lat_ns_p99"), utf8);
		return;
	case COLUMN_SYSCALLS:
		format_count(text, size, summary_metric(summary, "syscalls"));
		return;
	case COLUMN_SYSCALLS_EDGE:
		format_count(text, size, 1000 * row->syscalls_per_edge);
		return;
	case COLUMN_FAULTS:
		format_pair(text, size, summary_metric(summary, "faults_minor"),
			    summary_metric(summary, "faults_major"), format_count);
		return;
	case COLUMN_DEVICE:
		format_pair(text, size, summary_metric(summary, "device_read_bytes"),
			    summary_metric(summary, "device_write_bytes"), format_bytes_short);
		return;
	case COLUMN_RATIO:
		format_ratio(text, size, row->ratio_to_memory, utf8);
		return;
	case COLUMN_PEAK:
		format_bytes_short(text, size, summary_metric(summary, "memory_peak_bytes"));
		return;
	case COLUMN_ROOFLINE:
		format_metric(text, size, "roofline_percent",
			      summary_metric(summary, "roofline_percent"), utf8);
		return;
	case REPORT_COLUMNS:
		break;
	}
	snprintf(text, size, "-");
}

bool report_has_column(const struct report *report, enum report_column column)
{
	char text[LABEL_MAX];
	for (size_t i = 0; i < report->blocks_count; i++) {
		const struct report_block *block = &report->blocks[i];
		for (size_t j = block->first; j < block->first + block->count; j++) {
			report_cell_text(&report->rows[j], column, false, text, sizeof text);
			if (strcmp(text, "-") != 0)
				return true;
		}
	}
	return false;
}

void report_reach_text(const struct cell_summary *summary, char *text, size_t size)
{
	text[0] = '\0';
	if (summary->reached_count > 0 && summary->reached_count < summary->nodes_count / 2)
		snprintf(text, size,
			 "a walk of %s reaches %llu of %llu nodes: other roots by --root ID,ID or "
			 "--roots N",
			 summary->graph, (unsigned long long)summary->reached_count,
			 (unsigned long long)summary->nodes_count);
}
