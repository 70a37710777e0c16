/*
 * The table on the terminal, and as JSON.
 *
 * How it works: all blocks share the widths of their columns, so they are aligned with each other.
 * The harness floor has its own widths, because its labels are longer. Columns without values are
 * left out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../record/machines.h"
#include "../machine/noise.h"
#include "../judge/rows.h"
#include "problems.h"
#include "ranking.h"
#include "roofline_notes.h"
#include "table.h"
#include "../roofline/rates.h"
#include "../base/text.h"
#include "../base/units.h"

struct table {
	FILE *out;
	struct style style;
	const struct report *report;
	bool shown[REPORT_COLUMNS];
};

/* The text of the series column. Rows of the harness floor show their workload, graph, layout and
 * cache state there. */
static void row_text(const struct table *table, const struct report_block *block,
		     const struct report_row *row, enum report_column column, char *text,
		     size_t size)
{
	if (column == COLUMN_SERIES && block->is_floor)
		snprintf(text, size, "%s %s %s %s%s", block->workload, block->graph, block->layout,
			 block->cache, row->series + strlen(row->summary->engine));
	else
		report_cell_text(row, column, table->style.utf8, text, size);
}

static void measure_columns(const struct table *table, bool floor, size_t *widths)
{
	char text[4 * LABEL_MAX];
	for (size_t column = 0; column < REPORT_COLUMNS; column++)
		widths[column] = text_width(report_column_title((enum report_column)column, NULL));
	for (size_t i = 0; i < table->report->blocks_count; i++) {
		const struct report_block *block = &table->report->blocks[i];
		if (block->is_floor != floor)
			continue;
		size_t title = text_width(report_column_title(COLUMN_PER_OPERATION, block));
		if (title > widths[COLUMN_PER_OPERATION])
			widths[COLUMN_PER_OPERATION] = title;
		for (size_t j = 0; j < block->count; j++) {
			for (size_t column = 0; column < REPORT_COLUMNS; column++) {
				row_text(table, block, &table->report->rows[block->first + j],
					 (enum report_column)column, text, sizeof text);
				size_t width = text_width(text);
				if (width > widths[column])
					widths[column] = width;
			}
		}
	}
}

static void print_titles(const struct table *table, const struct report_block *block,
			 const size_t *widths)
{
	fputs(table->style.dim, table->out);
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		enum report_column column = (enum report_column)i;
		if (!table->shown[i])
			continue;
		fputs("  ", table->out);
		print_padded(table->out, report_column_title(column, block), widths[i],
			     report_column_is_left(column));
	}
	fprintf(table->out, "%s\n", table->style.off);
}

static void print_row(const struct table *table, const struct report_block *block,
		      const struct report_row *row, const size_t *widths)
{
	char text[4 * LABEL_MAX];
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		enum report_column column = (enum report_column)i;
		if (!table->shown[i])
			continue;
		row_text(table, block, row, column, text, sizeof text);
		bool absent = strcmp(text, "-") == 0;
		bool bad = column == COLUMN_TIME && row->summary->error != NULL;
		const char *tint = absent ? table->style.dim : bad ? table->style.red : "";
		fprintf(table->out, "  %s", tint);
		print_padded(table->out, text, widths[i], report_column_is_left(column));
		fputs(tint[0] == '\0' ? "" : table->style.off, table->out);
	}
	fputc('\n', table->out);
}

/* Under the rows of a block: walks that are much shorter than their graph, each once. */
static void print_reach(const struct table *table, const struct report_block *block)
{
	char text[512], last[512] = "";
	for (size_t j = 0; j < block->count; j++) {
		report_reach_text(table->report->rows[block->first + j].summary, text, sizeof text);
		if (text[0] == '\0' || strcmp(text, last) == 0)
			continue;
		fputs("  ", table->out);
		print_clean(table->out, text);
		fputc('\n', table->out);
		snprintf(last, sizeof last, "%s", text);
	}
}

static void print_blocks(const struct table *table, bool floor)
{
	size_t widths[REPORT_COLUMNS];
	bool titled = false;
	measure_columns(table, floor, widths);
	for (size_t i = 0; i < table->report->blocks_count; i++) {
		const struct report_block *block = &table->report->blocks[i];
		if (block->is_floor != floor)
			continue;
		if (!floor) {
			fprintf(table->out, "\n%s", table->style.bold);
			print_clean(table->out, block->workload);
			fprintf(table->out, ", ");
			print_clean(table->out, block->graph);
			fprintf(table->out, ", ");
			print_clean(table->out, block->layout);
			fprintf(table->out, ", %s%s\n", block->cache, table->style.off);
		} else if (!titled) {
			fprintf(table->out, "\n%sharness floor (engine null)%s\n",
				table->style.bold, table->style.off);
		}
		if (!floor || !titled)
			print_titles(table, block, widths);
		titled = true;
		for (size_t j = 0; j < block->count; j++)
			print_row(table, block, &table->report->rows[block->first + j], widths);
		print_reach(table, block);
	}
}

static void print_problems(const struct table *table)
{
	const struct report *report = table->report;

	problems_print(table->out, report, &table->style);
	if (report->missing_count > 0)
		fprintf(table->out, "\n%zu of %zu cells have no times yet: finish with --resume\n",
			report->missing_count, report->summaries_count);
}

static void print_roofline(const struct table *table)
{
	struct roofline roofline;
	char notes[ROOFLINE_NOTES_MAX][512];
	const json_t *json = json_object_get(table->report->run->info, "roofline");
	if (roofline_parse(json, &roofline) != 0)
		return;
	fprintf(table->out, "\n%sroofline%s\n", table->style.bold, table->style.off);
	roofline_print(table->out, &roofline, "  ", table->style.utf8);
	size_t count = report_roofline_notes(table->report, notes);
	for (size_t i = 0; i < count; i++) {
		fprintf(table->out, "  %swarning: ", table->style.red);
		print_clean(table->out, notes[i]);
		fprintf(table->out, "%s\n", table->style.off);
	}
}

static void print_limits(const struct table *table)
{
	const struct report *report = table->report;
	size_t name_width = 0;
	if (report->limits_count == 0)
		return;
	for (size_t i = 0; i < report->limits_count; i++) {
		size_t width = text_width(report->limits[i].name);
		name_width = width > name_width ? width : name_width;
	}
	fprintf(table->out, "\n%slimits%s\n", table->style.bold, table->style.off);
	for (size_t i = 0; i < report->limits_count; i++) {
		const struct limit_result *limit = &report->limits[i];
		struct limit_texts texts;
		limit_texts(limit, table->style.utf8, &texts);
		const char *tint = limit->state == LIMIT_MET      ? table->style.green
				   : limit->state == LIMIT_MISSED ? table->style.red
								  : table->style.dim;
		fputs("  ", table->out);
		print_padded(table->out, limit->name, name_width, true);
		fprintf(table->out, "  %s%-12s%s", tint, limit_state_text(limit->state),
			table->style.off);
		if (limit->state == LIMIT_UNMEASURED)
			fprintf(table->out, "  %s", limit->reason);
		else if (isnan(limit->low))
			fprintf(table->out, "  %s (one sample), %s %s", texts.value, texts.sense,
				texts.bound);
		else
			fprintf(table->out, "  %s (95%%: %s), %s %s", texts.value, texts.interval,
				texts.sense, texts.bound);
		if (limit->state != LIMIT_UNMEASURED && limit->alternatives_count > 0)
			fprintf(table->out, "; best of %zu: %s", limit->alternatives_count + 1,
				limit->cell);
		fputc('\n', table->out);
	}
}

static void print_noise(const struct table *table)
{
	char text[NOISE_TEXT_MAX];
	noise_text(json_object_get(table->report->run->info, "noise"), text, sizeof text);
	if (text[0] != '\0')
		fprintf(table->out, "\n%swhile it was measured, %s: times are doubtful%s\n",
			table->style.red, text, table->style.off);
}

void table_print(FILE *out, const struct run *run, bool color)
{
	struct report report;
	char heading[256], machine[MACHINES_TEXT_MAX] = "", build[256] = "";
	if (report_init(&report, run) != 0) {
		fputs("out of memory\n", out);
		return;
	}
	struct table table = {.out = out, .style = style_for(color), .report = &report};
	for (size_t i = 0; i < REPORT_COLUMNS; i++)
		table.shown[i] = report_has_column(&report, (enum report_column)i);
	run_heading(run, heading, sizeof heading);
	machines_caption(run, machine, sizeof machine, build, sizeof build);
	fprintf(out, "%s", table.style.bold);
	print_clean(out, heading);
	fprintf(out, "%s\n%s", table.style.off, table.style.dim);
	print_clean(out, machine);
	fputs(machine[0] != '\0' && build[0] != '\0' ? "; " : "", out);
	print_clean(out, build);
	fprintf(out, "%s\n", table.style.off);
	print_blocks(&table, false);
	if (table.shown[COLUMN_P50] && report.blocks_count > 0)
		fprintf(out,
			"\n%sp50, p99: of single nodes, in walks that expand one at a time: no "
			"batches, also with engines that have them%s\n",
			table.style.dim, table.style.off);
	ranking_print(out, &report, &table.style);
	print_noise(&table);
	print_problems(&table);
	print_blocks(&table, true);
	print_roofline(&table);
	print_limits(&table);
	report_release(&report);
}

/* Sets a number. JSON has no NaN or infinity; they are left out. */
static void set_number(json_t *object, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(object, key, json_real(value));
}

json_t *table_spread_json(const struct spread *spread)
{
	if (spread->count == 0)
		return json_null();
	return json_pack("{s:I,s:f,s:f,s:f,s:f,s:f}", "count", (json_int_t)spread->count, "median",
			 spread->median, "low", spread->low, "high", spread->high, "min",
			 spread->min, "max", spread->max);
}

json_t *table_row_json(const struct report_row *row)
{
	const struct cell_summary *summary = row->summary;
	json_t *object = json_pack("{s:s,s:s,s:s,s:I,s:b}", "cell", summary->name, "engine",
				   summary->engine, "series", row->series, "nodes_count",
				   (json_int_t)summary->nodes_count, "verified", summary->verified);
	if (object == NULL)
		return NULL;
	json_object_set_new(object, "real_time_ns", table_spread_json(&summary->real_time_ns));
	json_object_set_new(object, "cpu_time_ns", table_spread_json(&summary->cpu_time_ns));
	if (summary->processes.medians.count > 1) {
		json_object_set_new(object, "processes",
				    table_spread_json(&summary->processes.medians));
		json_object_set_new(object, "slow_processes_count",
				    json_integer((json_int_t)summary->processes.slow_count));
		set_number(object, "low_ns", summary->processes.low);
		set_number(object, "high_ns", summary->processes.high);
	}
	if (json_object_get(summary->cell, "precision") != NULL)
		json_object_set(object, "precision", json_object_get(summary->cell, "precision"));
	const char *operation = operation_name(summary);
	char key[48];
	snprintf(key, sizeof key, "time_per_%s_ns", operation != NULL ? operation : "node");
	set_number(object, key, row->per_operation_ns);
	set_number(object, "syscalls_per_edge", row->syscalls_per_edge);
	set_number(object, "ratio_to_memory", row->ratio_to_memory);
	set_number(object, "roofline_percent", summary_metric(summary, "roofline_percent"));
	json_object_set(object, "metrics", summary->metrics);
	json_object_set(object, "sources", summary->sources);
	if (summary->error != NULL)
		json_object_set_new(object, "error", json_string(summary->error));
	return object;
}

static json_t *block_json(const struct report *report, const struct report_block *block)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < block->count; i++)
		json_array_append_new(rows, table_row_json(&report->rows[block->first + i]));
	return json_pack("{s:s,s:s,s:s,s:s,s:o}", "workload", block->workload, "graph",
			 block->graph, "layout", block->layout, "cache", block->cache, "rows",
			 rows);
}

json_t *table_limit_json(const struct limit_result *limit)
{
	json_t *object =
		json_pack("{s:s,s:s,s:s,s:b,s:s}", "name", limit->name, "cell", limit->cell,
			  "metric", limit->metric, "per_node", limit->per_node, "state",
			  limit->state == LIMIT_MET      ? "met"
			  : limit->state == LIMIT_MISSED ? "missed"
							 : "not measured");
	if (object == NULL)
		return NULL;
	set_number(object, "at_most", limit->at_most);
	if (limit->over != NULL)
		json_object_set_new(object, "over", json_string(limit->over));
	if (limit->state == LIMIT_UNMEASURED) {
		json_object_set_new(object, "reason", json_string(limit->reason));
		return object;
	}
	set_number(object, "value", limit->value);
	set_number(object, "low", limit->low);
	set_number(object, "high", limit->high);
	return object;
}

json_t *table_json(const struct run *run)
{
	struct report report;
	if (report_init(&report, run) != 0)
		return NULL;
	json_t *blocks = json_array(), *floors = json_array();
	json_t *problems = json_array(), *limits = json_array();
	for (size_t i = 0; i < report.blocks_count; i++) {
		const struct report_block *block = &report.blocks[i];
		json_array_append_new(block->is_floor ? floors : blocks,
				      block_json(&report, block));
	}
	for (size_t i = 0; i < report.problems_count; i++) {
		const struct report_problem *problem = &report.problems[i];
		json_array_append_new(problems,
				      json_pack("{s:s,s:s,s:s}", "cell", problem->name, "state",
						problem->skipped ? "skipped" : "failed", "reason",
						problem->reason));
	}
	for (size_t i = 0; i < report.limits_count; i++)
		json_array_append_new(limits, table_limit_json(&report.limits[i]));
	json_t *suite = json_object_get(run->info, "suite");
	json_t *started = json_object_get(run->info, "started");
	json_t *document = json_pack(
		"{s:i,s:s,s:O?,s:O?,s:o,s:o,s:o,s:o,s:I,s:I}", "format", 1, "run", run->path,
		"suite", suite, "started", started, "blocks", blocks, "floor", floors, "problems",
		problems, "limits", limits, "missing_cells_count", (json_int_t)report.missing_count,
		"damaged_lines_count", (json_int_t)run->damaged_count);
	json_t *noise = json_object_get(run->info, "noise");
	if (noise != NULL)
		json_object_set(document, "noise", noise);
	json_object_set_new(document, "rankings", ranking_json(&report));
	json_t *roofline = json_object_get(run->info, "roofline");
	if (roofline != NULL)
		json_object_set(document, "roofline", roofline);
	report_release(&report);
	return document;
}
