/* What follows the first screen of a report: environment, times, latency, counts, bytes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "../base/units.h"

/* ---- environment ---- */

static void put_value(struct document *document, const json_t *value, enum tone tone)
{
	char *plain = NULL;
	const char *text = json_string_value(value);
	if (value == NULL || json_is_null(value))
		text = "-";
	else if (text == NULL)
		text = plain = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	document_cell(document, tone, "%s", text == NULL ? "?" : text);
	free(plain);
}

static void put_phase_titles(struct document *document, const struct history *history)
{
	for (size_t i = 0; i < history->phases_count; i++)
		document_cell(document, TONE_PLAIN, "%s", history->phases[i].name);
}

static void put_differences(struct document *document, const struct history *history)
{
	size_t count = json_array_size(history->differences);
	document_heading(document, 3, "What differs between the phases");
	if (count == 0) {
		document_text(document, "Nothing of what was recorded.");
		return;
	}
	document_table(document, "what differs between the phases", history->phases_count + 2,
		       ~(uint64_t)0);
	document_cell(document, TONE_PLAIN, "setting");
	put_phase_titles(document, history);
	document_cell(document, TONE_PLAIN, "times can be compared");
	for (size_t i = 0; i < count; i++) {
		const json_t *difference = json_array_get(history->differences, i);
		const json_t *values = json_object_get(difference, "values");
		bool same = json_is_true(json_object_get(difference, "same_machine"));
		document_cell(document, TONE_PLAIN, "%s",
			      json_string_value(json_object_get(difference, "key")));
		for (size_t j = 0; j < history->phases_count; j++)
			put_value(document, json_array_get(values, j), TONE_PLAIN);
		document_cell(document, same ? TONE_DIM : TONE_WARN, "%s",
			      same ? "yes" : "no: another machine or setting");
	}
}

void report_environment(struct document *document, const struct history *history)
{
	json_t *environment = history_last(history)->run.environment;
	const char *group, *key;
	json_t *members, *value;
	document_heading(document, 2, "Environment");
	if (history->phases_count > 1)
		put_differences(document, history);
	document_heading(document, 3, "Of %s", history_last(history)->name);
	document_table(document, "environment", 2, 0x3);
	document_cell(document, TONE_PLAIN, "setting");
	document_cell(document, TONE_PLAIN, "value");
	json_object_foreach(environment, group, members)
	{
		json_t *lone = json_is_object(members) ? NULL : json_pack("{s:O}", "", members);
		json_object_foreach(lone != NULL ? lone : members, key, value)
		{
			document_cell(document, TONE_PLAIN, "%s%s%s", group,
				      key[0] == '\0' ? "" : ".", key);
			put_value(document, value, TONE_PLAIN);
		}
		json_decref(lone);
	}
}

/* ---- times ---- */

/* "1.23 ms ±2%" */
static void put_time(struct document *document, const struct cell_summary *summary)
{
	char time[UNIT_TEXT_MAX], spread[UNIT_TEXT_MAX];
	if (summary == NULL) {
		document_cell(document, TONE_DIM, "-");
		return;
	}
	const struct spread *time_ns = &summary->real_time_ns;
	format_time_ns(time, sizeof time, time_ns->median, true);
	format_spread(spread, sizeof spread, time_ns->count > 1 ? time_ns->median : (double)NAN,
		      time_ns->low, time_ns->high, true);
	document_cell(document, summary->error != NULL ? TONE_BAD : TONE_PLAIN, "%s %s%s", time,
		      spread, summary->error != NULL ? " (failed)" : "");
}

/* layout, cache, nodes, engine: what a cell is, within its graph. */
#define CELL_COLUMNS 4
#define CELL_LEFT    0xB /* but nodes all are texts */

static void put_cell_titles(struct document *document)
{
	static const char *const titles[CELL_COLUMNS] = {"layout", "cache", "nodes", "engine"};
	for (size_t i = 0; i < CELL_COLUMNS; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
}

static void put_cell_name(struct document *document, const struct history_cell *cell)
{
	document_cell(document, TONE_PLAIN, "%s", cell->block->layout);
	document_cell(document, TONE_PLAIN, "%s", cell->block->cache);
	document_cell(document, TONE_PLAIN, "%llu",
		      (unsigned long long)cell->row->summary->nodes_count);
	document_cell(document, TONE_PLAIN, "%s", cell->row->series);
}

/* The heading of a new group; true where cell i begins one. */
static bool begin_group(struct document *document, const struct history *history, size_t i)
{
	const struct history_cell *cell = &history->cells[i];
	if (i > 0 && history->cells[i - 1].group == cell->group)
		return false;
	document_heading(document, 3, "%s, %s", cell->block->workload, cell->block->graph);
	return true;
}

static void begin_times(struct document *document, const struct history *history,
			const struct history_cell *cell)
{
	char label[2 * LABEL_MAX + 16];
	size_t phases_count = history->phases_count;
	bool changes = history->has_changes;
	size_t columns = CELL_COLUMNS + phases_count + (changes ? 3 : 2);
	uint64_t left = CELL_LEFT | (changes ? (uint64_t)1 << (columns - 1) : 0);
	snprintf(label, sizeof label, "times of %s, %s", cell->block->workload, cell->block->graph);
	document_table(document, label, columns, left);
	put_cell_titles(document);
	put_phase_titles(document, history);
	document_cell(document, TONE_PLAIN, "%s", changes ? "change" : "per node");
	document_cell(document, TONE_PLAIN, "%s", changes ? "95 % interval" : "to memory");
	if (changes)
		document_cell(document, TONE_PLAIN, "verdict");
}

void report_times(struct document *document, const struct history *history, const char *plots)
{
	document_heading(document, 2, "Times");
	document_text(document,
		      "Medians of one walk, ± half the distance of the quartiles of one process%s.",
		      history->has_changes ? "; change of the last phase over the first" : "");
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		if (begin_group(document, history, i))
			begin_times(document, history, cell);
		put_cell_name(document, cell);
		for (size_t j = 0; j < history->phases_count; j++)
			put_time(document, cell->times[j]);
		if (history->has_changes) {
			report_change(document, cell->change);
			continue;
		}
		static const enum report_column columns[] = {COLUMN_PER_NODE, COLUMN_RATIO};
		for (size_t j = 0; j < 2; j++) {
			char text[LABEL_MAX];
			report_cell_text(cell->row, columns[j], true, text, sizeof text);
			document_cell(document, TONE_PLAIN, "%s", text);
		}
	}
	report_figure(document, plots, "time_by_nodes",
		      "Time of one walk against nodes, both logarithmic, a line an engine with its "
		      "quartiles, a panel a graph and cache state; the figures are in the tables "
		      "above.",
		      "Time of one walk against nodes; bars are the quartiles.");
	report_figure(
		document, plots, "time_per_edge",
		"Time per edge against nodes, a line an engine; the same times over the edges "
		"walked.",
		"Time per edge: a line that rises no longer fits a cache.");
	report_figure(document, plots, "cold_warm",
		      "Time of a cold walk over that of the same walk warm, against nodes, a line "
		      "an engine; a line across at 1.",
		      "Cold over warm: at 1 a cold cache costs nothing.");
	report_figure(document, plots, "heatmap",
		      "Time per edge as a grid of engines by layouts, written in each field.",
		      "Time per edge by engine and layout, at the largest size that most have.");
	report_figure(document, plots, "trend",
		      "Time of each engine over the phases, relative to the first.",
		      "Trend over the phases: geometric mean over each engine's cells, relative to "
		      "the first phase; cells that all phases have.");
	report_figure(document, plots, "roofline",
		      "Share of what the device can do, by nodes, a line an engine, cold cells.",
		      "The least time the device needs over the time of the walk: at 100 % the "
		      "device is the limit.");
}

/* ---- metrics of the last phase ---- */

static const struct cell_summary *last_of(const struct history *history,
					  const struct history_cell *cell)
{
	return cell->times[history->phases_count - 1];
}

/* A column of a metric, where any cell of the last phase has it. */
struct metric_column {
	const char *metric, *title;
};

static bool has_metric(const struct history *history, const char *metric)
{
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct cell_summary *summary = last_of(history, &history->cells[i]);
		if (summary != NULL && !isnan(summary_metric(summary, metric)))
			return true;
	}
	return false;
}

/* "199 → 99" where the first phase had another count. */
static void put_metric(struct document *document, const struct history *history,
		       const struct history_cell *cell, const char *metric, bool with_first)
{
	const struct cell_summary *last = last_of(history, cell), *first = cell->times[0];
	double value = summary_metric(last, metric);
	double before = with_first && first != NULL ? summary_metric(first, metric) : value;
	char text[UNIT_TEXT_MAX], before_text[UNIT_TEXT_MAX];
	format_metric(text, sizeof text, metric, value, true);
	format_metric(before_text, sizeof before_text, metric, before, true);
	if (strcmp(text, before_text) != 0 && !isnan(before))
		document_cell(document, TONE_PLAIN, "%s → %s", before_text, text);
	else
		document_cell(document, isnan(value) ? TONE_DIM : TONE_PLAIN, "%s", text);
}

/* A table a graph of the columns that any cell fills; false where there are none. */
static bool put_metrics(struct document *document, const struct history *history, const char *label,
			const struct metric_column *wanted, size_t wanted_count, bool with_first)
{
	const struct metric_column *columns[32];
	size_t count = 0;
	bool begun = false;
	for (size_t i = 0; i < wanted_count && count < 32; i++) {
		if (has_metric(history, wanted[i].metric))
			columns[count++] = &wanted[i];
	}
	for (size_t i = 0; count > 0 && i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		bool new_group = i == 0 || history->cells[i - 1].group != cell->group;
		begun = begun && !new_group;
		if (last_of(history, cell) == NULL)
			continue;
		if (!begun) {
			begun = true;
			document_heading(document, 3, "%s, %s", cell->block->workload,
					 cell->block->graph);
			document_table(document, label, CELL_COLUMNS + count, CELL_LEFT);
			put_cell_titles(document);
			for (size_t j = 0; j < count; j++)
				document_cell(document, TONE_PLAIN, "%s", columns[j]->title);
		}
		put_cell_name(document, cell);
		for (size_t j = 0; j < count; j++)
			put_metric(document, history, cell, columns[j]->metric, with_first);
	}
	return count > 0;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

void report_latency(struct document *document, const struct history *history, const char *plots)
{
	static const struct metric_column columns[] = {
		{"lat_ns_p50", "p50"},    {"lat_ns_p90", "p90"},    {"lat_ns_p95", "p95"},
		{"lat_ns_p99", "p99"},    {"lat_ns_p999", "p99.9"}, {"lat_ns_p9999", "p99.99"},
		{"lat_ns_max", "largest"}};
	document_heading(document, 2, "Latency");
	document_text(document,
		      "Of expanding one node in %s, from a pass of its own; about 25 ns of "
		      "each value is the clock.",
		      history_last(history)->name);
	if (!put_metrics(document, history, "latency percentiles", columns, COUNT_OF(columns),
			 false))
		document_text(document, "Not measured.");
	report_figure(document, plots, "latency",
		      "Latency by percentile, from 50 to 99.99 on a scale of nines, a line an "
		      "engine.",
		      "Latency by percentile, at the largest size of each panel.");
}

/* Names of metrics beginning with `prefix`, in order; keys of an object. New reference. */
static json_t *metrics_like(const struct history *history, const char *prefix)
{
	json_t *names = json_object();
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct cell_summary *summary = last_of(history, &history->cells[i]);
		const char *name;
		json_t *value;
		if (summary == NULL)
			continue;
		json_object_foreach(summary->metrics, name, value)
		{
			if (strncmp(name, prefix, strlen(prefix)) == 0)
				json_object_set(names, name, value);
		}
	}
	return names;
}

void report_syscalls(struct document *document, const struct history *history, const char *plots)
{
	struct metric_column columns[32] = {{"syscalls", "all"}};
	size_t count = 1;
	json_t *names = metrics_like(history, "syscalls_");
	const char *name;
	json_t *value;
	json_object_foreach(names, name, value)
	{
		bool self = strcmp(name, "syscalls_self") == 0;
		if (count < COUNT_OF(columns) && !self)
			columns[count++] = (struct metric_column){name, name + strlen("syscalls_")};
	}
	if (count < COUNT_OF(columns))
		columns[count++] = (struct metric_column){"syscalls_self", "counted by the engine"};
	document_heading(document, 2, "System calls");
	document_text(document, "Of one walk, by name%s; - was not made or not counted.",
		      history->has_changes ? "; first phase → last where they differ" : "");
	if (!put_metrics(document, history, "system calls by name", columns, count, true))
		document_text(document, "Not measured.");
	report_figure(document, plots, "syscalls_per_edge",
		      "System calls per edge against nodes, a line an engine; 0 has a band of its "
		      "own.",
		      "System calls per edge.");
	json_decref(names);
}

void report_faults(struct document *document, const struct history *history, const char *plots)
{
	static const struct metric_column columns[] = {{"faults_minor", "minor"},
						       {"faults_major", "major"},
						       {"faults_minor_rusage", "minor, getrusage"},
						       {"faults_major_rusage", "major, getrusage"},
						       {"context_switches", "context switches"}};
	document_heading(document, 2, "Page faults");
	document_text(document, "Of one walk%s.",
		      history->has_changes ? "; first phase → last where they differ" : "");
	if (!put_metrics(document, history, "page faults", columns, COUNT_OF(columns), true))
		document_text(document, "Not measured.");
	report_figure(document, plots, "faults_per_edge",
		      "Page faults per edge against nodes, minor and major together, a line an "
		      "engine.",
		      "Page faults per edge.");
}

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
		const struct cell_summary *summary = last_of(history, cell);
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

void report_bytes(struct document *document, const struct history *history, const char *plots)
{
	static const struct metric_column columns[] = {
		{"logical_read_bytes", "asked for"},
		{"device_read_bytes", "read from the device"},
		{"device_write_bytes", "written to it"},
		{"read_amplification", "read amplification"},
		{"roofline_percent", "roofline"}};
	(void)plots;
	document_heading(document, 2, "Bytes and files");
	document_text(document,
		      "Of one walk%s. Read amplification: bytes from the device over bytes "
		      "asked for.",
		      history->has_changes ? "; first phase → last where they differ" : "");
	if (!put_metrics(document, history, "bytes read", columns, COUNT_OF(columns), true))
		document_text(document, "Not measured.");
	put_files(document, history);
}
