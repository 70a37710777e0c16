/*
 * Figures of merit, for tools that search the output of a program with regular expressions (ReFrame, Ramble, a shell): one line
 *   FOM <cell> <metric> <value> <unit>
 * for each metric of each measured cell, its words separated by one blank, and at the end
 *   VERDICT <pass|fail|incomplete> measured=N failed=N skipped=N missing=N limits_missed=N
 * Values are medians of one walk. Blanks and control characters in a name (of a graph's file) are written %20. The lines are
 * an interface: words are added at the end of the last line only.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "../judge/rows.h"
#include "format.h"

/* The unit of a metric, from its name. */
static const char *unit_of(const char *metric)
{
	static const struct {
		const char *part, *unit;
	} units[] = {{"_per_second", "1/s"}, {"_ns", "ns"}, {"_bytes", "B"}, {"_percent", "%"}};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const char *found = strstr(metric, units[i].part);
		/* lat_ns_p50: in the middle, too. */
		if (found != NULL &&
		    (found[strlen(units[i].part)] == '\0' || found[strlen(units[i].part)] == '_'))
			return units[i].unit;
	}
	return "1";
}

static void put_word(FILE *out, const char *word)
{
	for (; *word != '\0'; word++) {
		if (isspace((unsigned char)*word) || iscntrl((unsigned char)*word))
			fprintf(out, "%%%02X", (unsigned char)*word);
		else
			fputc(*word, out);
	}
}

static void put_line(FILE *out, const char *cell, const char *metric, double value)
{
	if (!isfinite(value))
		return;
	fputs("FOM ", out);
	put_word(out, cell);
	fprintf(out, value == rint(value) ? " %s %.0f %s\n" : " %s %.9g %s\n", metric, value,
		unit_of(metric));
}

static void put_cell(FILE *out, const struct cell_summary *summary)
{
	const char *metric;
	json_t *value;

	if (summary->real_time_ns.count > 0)
		put_line(out, summary->name, "real_time_ns", summary->real_time_ns.median);
	json_object_foreach(summary->metrics, metric, value)
	{
		if (json_is_number(value) && strcmp(metric, "real_time_ns") != 0)
			put_line(out, summary->name, metric, json_number_value(value));
	}
}

static int write_fom(const struct run *run, FILE *out)
{
	size_t measured = 0, failed = 0, skipped = 0, missing = 0, missed = 0;
	struct report report;
	char partial[128];
	int err = report_init(&report, run);

	if (err != 0)
		return err;
	for (size_t i = 0; i < report.summaries_count; i++) {
		const struct cell_summary *summary = &report.summaries[i];
		bool has_values = json_object_size(summary->metrics) > 0;

		failed += summary->error != NULL;
		skipped += summary->error == NULL && summary->skipped != NULL;
		measured += summary->error == NULL && summary->skipped == NULL && has_values;
		missing += summary->error == NULL && summary->skipped == NULL && !has_values;
		if (summary->error == NULL)
			put_cell(out, summary);
	}
	for (size_t i = 0; i < report.limits_count; i++)
		missed += report.limits[i].state == LIMIT_MISSED;
	bool is_partial = partial_text(run, partial, sizeof partial);
	fprintf(out,
		"VERDICT %s measured=%zu failed=%zu skipped=%zu missing=%zu limits_missed=%zu\n",
		failed > 0                  ? "fail"
		: missing > 0 || is_partial ? "incomplete"
					    : "pass",
		measured, failed, skipped, missing, missed);
	report_release(&report);
	if (fflush(out) != 0 || ferror(out))
		return errno != 0 ? -errno : -EIO;
	return 0;
}

const struct export_format export_fom = {
	.name = "fom",
	.summary =
		"lines `FOM <cell> <metric> <value> <unit>` and a verdict, for ReFrame and Ramble",
	.write = write_fom,
};
