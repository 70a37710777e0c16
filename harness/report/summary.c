/* summary.md: the table of a run as GitHub-flavoured Markdown, with the environment and the
 * command. It has the same rows as the table on the terminal (judge/rows.h). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../record/machines.h"
#include "../judge/rows.h"
#include "roofline_notes.h"
#include "table.h"
#include "../roofline/rates.h"
#include "../base/document.h"
#include "../base/files.h"

static void put_titles(struct document *document, const struct report_block *block,
		       const bool *shown)
{
	uint64_t left = 0;
	size_t count = 0;
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		if (shown[i] && report_column_is_left((enum report_column)i))
			left |= (uint64_t)1 << count;
		count += shown[i];
	}
	document_table(document, block->workload, count, left);
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		if (shown[i])
			document_cell(document, TONE_PLAIN, "%s",
				      report_column_title((enum report_column)i, block));
	}
}

static void put_block(struct document *document, const struct report *report,
		      const struct report_block *block, const bool *shown)
{
	char text[LABEL_MAX];
	document_heading(document, 3, "%s%s, %s, %s, %s", block->is_floor ? "Harness floor: " : "",
			 block->workload, block->graph, block->layout, block->cache);
	put_titles(document, block, shown);
	for (size_t i = 0; i < block->count; i++) {
		const struct report_row *row = &report->rows[block->first + i];
		for (size_t column = 0; column < REPORT_COLUMNS; column++) {
			if (!shown[column])
				continue;
			report_cell_text(row, (enum report_column)column, true, text, sizeof text);
			document_cell(document, TONE_PLAIN, "%s", text);
		}
	}
}

static void put_problems(struct document *document, const struct report *report)
{
	static const char *const titles[] = {"cell", "state", "reason"};
	if (report->problems_count > 0) {
		document_heading(document, 2, "Failed or skipped");
		document_table(document, "failed or skipped cells", 3, 0x7);
		document_cells(document, TONE_PLAIN, 3, titles);
	}
	for (size_t i = 0; i < report->problems_count; i++) {
		const struct report_problem *problem = &report->problems[i];
		document_cell(document, TONE_PLAIN, "%s", problem->name);
		document_cell(document, problem->skipped ? TONE_PLAIN : TONE_BAD, "%s",
			      problem->skipped ? "skipped" : "failed");
		document_cell(document, TONE_PLAIN, "%s", problem->reason);
	}
	if (report->missing_count > 0)
		document_text(document, "%zu of %zu cells have no times.", report->missing_count,
			      report->summaries_count);
	if (report->run->damaged_count > 0)
		document_text(document, "%zu damaged lines of samples.jsonl were left out.",
			      report->run->damaged_count);
}

static void put_limits(struct document *document, const struct report *report)
{
	static const char *const titles[] = {"limit", "state", "value", "95 % interval", "at most"};
	if (report->limits_count == 0)
		return;
	document_heading(document, 2, "Limits");
	document_table(document, "limits", 5, 0x3);
	document_cells(document, TONE_PLAIN, 5, titles);
	for (size_t i = 0; i < report->limits_count; i++) {
		const struct limit_result *limit = &report->limits[i];
		bool has_best = limit->reason == NULL && limit->alternatives_count > 0;
		struct limit_texts texts;
		limit_texts(limit, true, &texts);
		document_cell(document, TONE_PLAIN, "%s", limit->name);
		document_cell(document, limit->state == LIMIT_MISSED ? TONE_BAD : TONE_PLAIN,
			      "%s%s%s%s%s", limit_state_text(limit->state),
			      limit->reason != NULL ? ": " : "",
			      limit->reason != NULL ? limit->reason : "",
			      has_best ? ", best: " : "", has_best ? limit->cell : "");
		document_cell(document, TONE_PLAIN, "%s", texts.value);
		document_cell(document, TONE_PLAIN, "%s", texts.interval);
		document_cell(document, TONE_PLAIN, "%s%s",
			      isinf(limit->at_most) ? "at least " : "", texts.bound);
	}
}

static void put_roofline(struct document *document, const struct report *report)
{
	static const char *const titles[] = {"what", "median", "spread"};
	const struct run *run = report->run;
	char notes[ROOFLINE_NOTES_MAX][512];
	struct roofline roofline;
	struct roofline_line lines[ROOFLINE_LINES_MAX];
	if (roofline_parse(json_object_get(run->info, "roofline"), &roofline) != 0)
		return;
	size_t count = roofline_lines(&roofline, true, lines);
	document_heading(document, 2, "Roofline");
	document_text(document,
		      "Limits of the device and the memory, measured %s. The column roofline "
		      "above is the least time that the device needs for the pages of a cold walk, "
		      "as a share of the time that the walk took.",
		      roofline.date);
	document_table(document, "roofline", 3, 0x5);
	document_cells(document, TONE_PLAIN, 3, titles);
	for (size_t i = 0; i < count; i++) {
		document_cell(document, TONE_PLAIN, "%s", lines[i].name);
		document_cell(document, TONE_PLAIN, "%s", lines[i].value);
		document_cell(document, TONE_PLAIN, "%s", lines[i].spread);
	}
	if (roofline.no_device.text[0] != '\0')
		document_text(document, "The device was not measured: %s", roofline.no_device.text);
	size_t notes_count = report_roofline_notes(report, notes);
	for (size_t i = 0; i < notes_count; i++)
		document_note(document, TONE_WARN, "Warning: %s.", notes[i]);
}

/* One row per key. Values below the second level are written as JSON. */
/* `name` of the machine, if there are several. */
static void put_environment(struct document *document, const char *name, json_t *environment)
{
	const char *group, *key;
	json_t *members, *value;
	document_heading(document, 2, "Environment%s%s", name == NULL ? "" : " of ",
			 name == NULL ? "" : name);
	document_table(document, "environment", 2, 0x3);
	document_cell(document, TONE_PLAIN, "setting");
	document_cell(document, TONE_PLAIN, "value");
	json_object_foreach(environment, group, members)
	{
		json_t *lone = json_is_object(members) ? NULL : json_pack("{s:O}", "", members);
		json_object_foreach(lone != NULL ? lone : members, key, value)
		{
			char *plain = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
			const char *text = json_is_string(value) ? json_string_value(value) : plain;
			document_cell(document, TONE_PLAIN, "%s%s%s", group,
				      key[0] == '\0' ? "" : " ", key);
			document_cell(document, TONE_PLAIN, "%s", text == NULL ? "" : text);
			free(plain);
		}
		json_decref(lone);
	}
}

static void put_summary(struct document *document, const struct report *report)
{
	const struct run *run = report->run;
	const char *summary = json_string_value(json_object_get(run->info, "summary"));
	char heading[256], machine[MACHINES_TEXT_MAX] = "", build[256] = "", command[4096];
	bool shown[REPORT_COLUMNS];
	run_heading(run, heading, sizeof heading);
	run_command_text(run, command, sizeof command);
	machines_caption(run, machine, sizeof machine, build, sizeof build);
	document_heading(document, 1, "iowalk: %s", heading);
	if (summary != NULL && summary[0] != '\0')
		document_text(document, "%s", summary);
	document_text(document, "%s", machine);
	document_line(document, "%s", build);
	document_code(document, "%s", command);
	document_text(document, "Times are medians of one walk, ± half the interquartile range. "
				"Counts are per walk; faults are minor+major, device bytes "
				"read+written. - was not measured.");
	for (size_t i = 0; i < REPORT_COLUMNS; i++)
		shown[i] = report_has_column(report, (enum report_column)i);
	if (shown[COLUMN_BETWEEN])
		document_text(document,
			      "Each cell was measured in several processes: between is "
			      "half the interquartile range of their medians, slow is how "
			      "many of them are more than 15 %% above the fastest.");
	if (shown[COLUMN_PRECISION])
		document_text(document, "95 %% is the interval of the median over processes; ! "
					"marks cells that did not reach the precision asked for.");
	put_problems(document, report);
	put_limits(document, report);
	document_heading(document, 2, "Cells");
	for (size_t i = 0; i < report->blocks_count; i++)
		put_block(document, report, &report->blocks[i], shown);
	put_roofline(document, report);
	const char *name;
	json_t *environment;
	for (size_t i = 0; machine_at(run, i, &name, &environment); i++)
		put_environment(document, name, environment);
}

int summary_write(const struct run *run, const char *path)
{
	struct report report;
	struct document document;
	char *text = NULL;
	size_t len = 0;
	int err = report_init(&report, run);
	if (err != 0)
		return err;
	document_init(&document);
	put_summary(&document, &report);
	report_release(&report);
	FILE *out = open_memstream(&text, &len);
	err = out == NULL ? -errno : document.err;
	if (err == 0)
		document_write_markdown(&document, out);
	document_release(&document);
	if (out != NULL && fclose(out) != 0)
		err = -ENOMEM;
	if (err == 0)
		err = write_text_file(path, text, len);
	free(text);
	return err;
}
