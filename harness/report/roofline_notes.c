/* Warnings about the roofline: see roofline_notes.h. The table, summary.md and the report show
 * them. */
#include <math.h>
#include <string.h>

#include "roofline_notes.h"
#include "../roofline/rates.h"

#define PERCENT_MOST 110.0 /* a margin for the variation of the rates from slice to slice */

static void unsteady_note(const struct roofline *roofline, char *text, size_t size)
{
	struct roofline_line lines[ROOFLINE_LINES_MAX];
	size_t used;

	if (!roofline_is_unsteady(roofline))
		return;
	roofline_lines(roofline, false, lines);
	used = (size_t)snprintf(text, size, "the roofline is unsteady:");
	for (size_t i = 0; i < roofline->reads_count && used < size; i++) {
		if (roofline_read_is_unsteady(&roofline->reads[i]))
			used += (size_t)snprintf(text + used, size - used, " %s;", lines[i].name);
	}
	if (used < size)
		snprintf(text + used, size - used,
			 " something else used the device during the measurement. The result "
			 "was not cached, so the next run measures again. Remedy: stop other "
			 "work, then iowalk roofline --fresh");
}

static void faster_note(const struct cell_summary *summaries, size_t count, char *text, size_t size)
{
	const struct cell_summary *most = NULL;
	size_t above = 0, cold = 0;

	for (size_t i = 0; i < count; i++) {
		double percent = summary_metric(&summaries[i], "roofline_percent");
		cold += isnan(percent) ? 0 : 1;
		if (!(percent > PERCENT_MOST))
			continue;
		above++;
		if (!most || percent > summary_metric(most, "roofline_percent"))
			most = &summaries[i];
	}
	if (most)
		snprintf(text, size,
			 "%zu of %zu cold cells are above %.0f %% of the roofline; the highest "
			 "is %.160s (%.0f %%). The device was faster in them than when it was "
			 "measured, or it has the file in its own cache. Remedy: stop other "
			 "work on the device, iowalk roofline --fresh, then run again",
			 above, cold, PERCENT_MOST, most->name,
			 summary_metric(most, "roofline_percent"));
}

size_t report_roofline_notes(const struct report *report, char notes[ROOFLINE_NOTES_MAX][512])
{
	struct roofline roofline;
	size_t count = 0;

	if (roofline_parse(json_object_get(report->run->info, "roofline"), &roofline) != 0)
		return 0;
	notes[0][0] = '\0';
	unsteady_note(&roofline, notes[0], sizeof(notes[0]));
	count += notes[0][0] != '\0';
	notes[count][0] = '\0';
	faster_note(report->summaries, report->summaries_count, notes[count], sizeof(notes[count]));
	return count + (notes[count][0] != '\0');
}
