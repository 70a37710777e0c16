/*
 * summary.md: the table as GitHub-flavoured Markdown, with the environment and the command.
 *
 * How it works: the same rows as the table (model.h), written into memory and then to the
 * file at once. Characters that Markdown or HTML would take for their own are escaped.
 */
#include <errno.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include "../machine/environment.h"
#include "../judge/rows.h"
#include "roofline_notes.h"
#include "table.h"
#include "../roofline/rates.h"
#include "../base/text.h"
#include "../base/units.h"
#include "../base/files.h"

static void put_titles(FILE *out, const bool *shown)
{
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		if (shown[i])
			fprintf(out, "| %s ", report_column_title((enum report_column)i));
	}
	fputs("|\n", out);
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		if (shown[i])
			fputs(i == COLUMN_SERIES || i == COLUMN_SPREAD ? "|:--" : "|--:", out);
	}
	fputs("|\n", out);
}

static void put_block(FILE *out, const struct report *report, const struct report_block *block,
		      const bool *shown)
{
	char text[LABEL_MAX];
	fputs(block->is_floor ? "\n### Harness floor: " : "\n### ", out);
	put_markdown(out, block->workload);
	fputs(", ", out);
	put_markdown(out, block->graph);
	fputs(", ", out);
	put_markdown(out, block->layout);
	fprintf(out, ", %s\n\n", block->cache);
	put_titles(out, shown);
	for (size_t i = 0; i < block->count; i++) {
		const struct report_row *row = &report->rows[block->first + i];
		for (size_t column = 0; column < REPORT_COLUMNS; column++) {
			if (!shown[column])
				continue;
			report_cell_text(row, (enum report_column)column, true, text, sizeof text);
			fputs("| ", out);
			put_markdown(out, text);
			fputc(' ', out);
		}
		fputs("|\n", out);
	}
}

static void put_problems(FILE *out, const struct report *report)
{
	if (report->problems_count > 0)
		fputs("\n## Failed or skipped\n\n| cell | state | reason |\n|:--|:--|:--|\n", out);
	for (size_t i = 0; i < report->problems_count; i++) {
		const struct report_problem *problem = &report->problems[i];
		fputs("| ", out);
		put_markdown(out, problem->name);
		fprintf(out, " | %s | ", problem->skipped ? "skipped" : "**failed**");
		put_markdown(out, problem->reason);
		fputs(" |\n", out);
	}
	if (report->missing_count > 0)
		fprintf(out, "\n%zu of %zu cells have no times.\n", report->missing_count,
			report->summaries_count);
	if (report->run->damaged_count > 0)
		fprintf(out, "\n%zu damaged lines of samples.jsonl were left out.\n",
			report->run->damaged_count);
}

static void put_limits(FILE *out, const struct report *report)
{
	if (report->limits_count == 0)
		return;
	fputs("\n## Limits\n\n| limit | state | value | 95 % interval | at most |\n"
	      "|:--|:--|--:|--:|--:|\n",
	      out);
	for (size_t i = 0; i < report->limits_count; i++) {
		const struct limit_result *limit = &report->limits[i];
		struct limit_texts texts;
		limit_texts(limit, true, &texts);
		fputs("| ", out);
		put_markdown(out, limit->name);
		fprintf(out, limit->state == LIMIT_MISSED ? " | **%s**" : " | %s",
			limit_state_text(limit->state));
		if (limit->reason != NULL) {
			fputs(": ", out);
			put_markdown(out, limit->reason);
		} else if (limit->alternatives_count > 0) {
			fputs(", best: ", out);
			put_markdown(out, limit->cell);
		}
		fprintf(out, " | %s | %s | %s%s |\n", texts.value, texts.interval,
			isinf(limit->at_most) ? "at least " : "", texts.bound);
	}
}

static void put_roofline(FILE *out, const struct report *report)
{
	const struct run *run = report->run;
	char notes[ROOFLINE_NOTES_MAX][512];
	struct roofline roofline;
	struct roofline_line lines[ROOFLINE_LINES_MAX];
	if (roofline_parse(json_object_get(run->info, "roofline"), &roofline) != 0)
		return;
	size_t count = roofline_lines(&roofline, true, lines);
	fputs("\n## Roofline\n\nWhat the device and the memory can do, measured ", out);
	put_markdown(out, roofline.date);
	fputs("; `roofline` above is the least time\nthe device needs for the pages of a cold "
	      "walk, "
	      "as a share of the time it took.\n\n| | median | spread |\n|:--|--:|:--|\n",
	      out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "| %s | %s | %s |\n", lines[i].name, lines[i].value, lines[i].spread);
	if (roofline.no_device.text[0] != '\0') {
		fputs("\nThe device was not measured: ", out);
		put_markdown(out, roofline.no_device.text);
		fputs("\n", out);
	}
	size_t notes_count = report_roofline_notes(report, notes);
	for (size_t i = 0; i < notes_count; i++) {
		fputs("\n**Warning**: ", out);
		put_markdown(out, notes[i]);
		fputs(".\n", out);
	}
}

/* A row a key; what lies deeper than a group is written as JSON. */
static void put_environment(FILE *out, json_t *environment)
{
	const char *group, *key;
	json_t *members, *value;
	fputs("\n## Environment\n\n| | |\n|:--|:--|\n", out);
	json_object_foreach(environment, group, members)
	{
		json_t *lone = json_is_object(members) ? NULL : json_pack("{s:O}", "", members);
		json_object_foreach(lone != NULL ? lone : members, key, value)
		{
			char *plain = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
			const char *text = json_is_string(value) ? json_string_value(value) : plain;
			fputs("| ", out);
			put_markdown(out, group);
			fputs(key[0] == '\0' ? "" : " ", out);
			put_markdown(out, key);
			fputs(" | ", out);
			put_markdown(out, text == NULL ? "" : text);
			fputs(" |\n", out);
			free(plain);
		}
		json_decref(lone);
	}
}

static void put_summary(FILE *out, const struct report *report)
{
	const struct run *run = report->run;
	const char *summary = json_string_value(json_object_get(run->info, "summary"));
	char heading[256], machine[256] = "", build[256] = "", command[4096];
	bool shown[REPORT_COLUMNS];
	run_heading(run, heading, sizeof heading);
	run_command_text(run, command, sizeof command);
	environment_caption(run->environment, machine, sizeof machine, build, sizeof build);
	fputs("# iowalk: ", out);
	put_markdown(out, heading);
	fputs("\n\n", out);
	if (summary != NULL && summary[0] != '\0') {
		put_markdown(out, summary);
		fputs("\n\n", out);
	}
	put_markdown(out, machine);
	fputs("  \n", out); /* two blanks: the line ends here */
	put_markdown(out, build);
	fprintf(out, "\n\n    %s\n\n", command);
	fputs("Times are medians of one walk, ± half the distance of the quartiles; counts are a "
	      "walk's;\nfaults are minor+major, device bytes read+written; `-` was not measured.\n",
	      out);
	put_problems(out, report);
	put_limits(out, report);
	fputs("\n## Cells\n", out);
	for (size_t i = 0; i < REPORT_COLUMNS; i++)
		shown[i] = report_has_column(report, (enum report_column)i);
	for (size_t i = 0; i < report->blocks_count; i++)
		put_block(out, report, &report->blocks[i], shown);
	put_roofline(out, report);
	put_environment(out, run->environment);
}

int summary_write(const struct run *run, const char *path)
{
	struct report report;
	char *text = NULL;
	size_t len = 0;
	int err = report_init(&report, run);
	if (err != 0)
		return err;
	FILE *out = open_memstream(&text, &len);
	if (out == NULL) {
		report_release(&report);
		return -errno;
	}
	put_summary(out, &report);
	report_release(&report);
	err = ferror(out) ? -ENOMEM : 0;
	if (fclose(out) != 0)
		err = -ENOMEM;
	if (err == 0)
		err = write_text_file(path, text, len);
	free(text);
	return err;
}
