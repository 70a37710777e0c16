/* The counts of both sides, and what was left out: see gate_parts.h. */
#include <math.h>

#include "../base/units.h"
#include "../judge/sums.h"
#include "gate_parts.h"
#include "parts.h"

const struct gate_metric gate_metrics[] = {{"syscalls", "system calls"},
					   {"faults_minor", "minor faults"},
					   {"faults_major", "major faults"},
					   {"logical_read_bytes", "bytes asked for"},
					   {"device_read_bytes", "device bytes"}};
const size_t gate_metrics_count = COUNT_OF(gate_metrics);

static void put_count(struct document *document, const char *metric, double a, double b)
{
	char a_text[UNIT_TEXT_MAX], b_text[UNIT_TEXT_MAX];
	format_metric(a_text, sizeof a_text, metric, a, true);
	format_metric(b_text, sizeof b_text, metric, b, true);
	if (a == b || (isnan(a) && isnan(b)))
		document_cell_value(document, TONE_PLAIN, a, "%s", a_text);
	else
		document_cell(document, TONE_STRONG, "%s → %s", a_text, b_text);
}

void gate_put_counts(struct document *document, const struct gate_story *story)
{
	document_heading(document, 2, "Counts of both sides");
	document_text(document,
		      "Of one walk, the median of all rounds. One number: both sides have "
		      "it; otherwise baseline → candidate.");
	document_fold(document, "%zu cells", story->cells_count);
	document_table(document, "counts", 1 + gate_metrics_count, 0x1);
	document_cell(document, TONE_PLAIN, "cell");
	for (size_t k = 0; k < gate_metrics_count; k++)
		document_cell(document, TONE_PLAIN, "%s", gate_metrics[k].title);
	for (size_t i = 0; i < story->cells_count; i++) {
		document_row_key(document, story->cells[i].name);
		document_cell(document, TONE_PLAIN, "%s", story->cells[i].name);
		for (size_t k = 0; k < gate_metrics_count; k++) {
			const char *metric = gate_metrics[k].metric;
			put_count(document, metric, gate_story_count(story, i, 0, metric),
				  gate_story_count(story, i, 1, metric));
		}
	}
	document_fold_end(document);
}

void gate_put_left_out(struct document *document, const struct gate_story *story)
{
	const json_t *info = story->record.info;
	const char *filter = json_string_value(json_object_get(info, "filter"));
	const char *exclude = json_string_value(json_object_get(info, "exclude"));
	size_t count = 0;
	document_heading(document, 2, "Left out");
	for (size_t i = 0; i < story->cells_count; i++) {
		const struct cell_change *change = story->cells[i].change;
		if (change != NULL && cell_was_compared(change) && !story->cells[i].is_left_out)
			continue;
		if (count++ == 0) {
			document_table(document, "cells that were left out", 3, 0x7);
			document_cell(document, TONE_PLAIN, "cell");
			document_cell(document, TONE_PLAIN, "state");
			document_cell(document, TONE_PLAIN, "reason");
		}
		document_row_key(document, story->cells[i].name);
		document_cell(document, TONE_PLAIN, "%s", story->cells[i].name);
		document_cell(document, change == NULL ? TONE_PLAIN : verdict_tone(change->verdict),
			      "%s", change == NULL ? "no result" : verdict_text(change->verdict));
		document_cell(document, TONE_PLAIN, "%s",
			      change == NULL || change->note == NULL ? "" : change->note);
	}
	if (filter != NULL)
		document_text(document,
			      "Only cells of the suite that match --filter '%s' took part.",
			      filter);
	if (exclude != NULL)
		document_text(document,
			      "Cells of the suite that match --exclude '%s' did not take "
			      "part.",
			      exclude);
	if (count == 0 && filter == NULL && exclude == NULL)
		document_text(document, "No cell of the suite.");
}
