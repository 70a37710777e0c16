/* The report of a gate as a whole: see gate_report.h. */
#include "gate_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../gate/finding.h"
#include "../machine/environment.h"
#include "../record/labels.h"
#include "environment_table.h"
#include "gate_parts.h"

int gate_title(const struct gate_story *story, char *text, size_t size)
{
	char finding[GATE_FINDING_MAX];
	int err = finding_of_gate(&story->comparison, finding, sizeof finding);
	if (story->end != STORY_FINISHED && finding[0] >= 'A' && finding[0] <= 'Z')
		finding[0] = (char)(finding[0] - 'A' + 'a');
	snprintf(text, size, "%s%s",
		 story->end == STORY_FINISHED ? "" : "Not finished. So far: ", finding);
	return err;
}

/* What a side is: its command, or its build as its workers said, or the commit of the phase, or its program. */
static const char *side_text(const struct gate_story *story, const char *side)
{
	const json_t *info = story->record.info;
	const char *keys[] = {"programs", "builds", "settings"};
	const char *text = json_string_value(
		json_object_get(json_object_get(json_object_get(info, "phases"), side), "commit"));
	for (size_t i = 0; text == NULL && i < 3; i++)
		text = json_string_value(json_object_get(json_object_get(info, keys[i]), side));
	return text == NULL ? "?" : text;
}

void gate_put_byline(struct document *document, const struct gate_story *story)
{
	const json_t *info = story->record.info;
	const char *started = json_string_value(json_object_get(info, "started"));
	const char *suite = json_string_value(json_object_get(info, "suite"));
	char machine[256] = "", build[256] = "";
	environment_caption(json_object_get(info, "environment"), machine, sizeof machine, build,
			    sizeof build);
	document_text(document,
		      "Baseline %s, candidate %s · suite %s · %s · %.10s %.5s UTC · %.1f s · "
		      "threshold %g %%",
		      side_text(story, "baseline"), side_text(story, "candidate"),
		      suite == NULL ? "?" : suite, machine[0] == '\0' ? "machine unknown" : machine,
		      started == NULL ? "?" : started,
		      started == NULL || strlen(started) < 16 ? "" : started + 11, story->elapsed_s,
		      story->threshold_percent);
}

static void put_commands(struct document *document, const struct gate_story *story,
			 const char *command)
{
	char text[4096];
	command_words_text(json_object_get(story->record.info, "command"), text, sizeof text);
	document_heading(document, 2, "How to repeat");
	document_text(document, "The gate, with another --out:");
	document_command(document, "%s", text);
	if (story->end != STORY_FINISHED) {
		document_text(document, "To continue it:");
		json_t *words = json_pack("[sss]", "iowalk", "gate", "--resume");
		json_array_append_new(words, json_text(story->record.path));
		command_words_text(words, text, sizeof text);
		json_decref(words);
		document_command(document, "%s", text);
	}
	document_text(document, "The report:");
	document_command(document, "%s", command);
}

void gate_report(struct document *document, const struct gate_story *story, const char *command)
{
	char title[GATE_FINDING_MAX + 32];
	struct story_cell **order = gate_story_order(story);
	if (order == NULL || gate_title(story, title, sizeof title) != 0) {
		document->err = -ENOMEM;
		free(order);
		return;
	}
	document_heading(document, 1, "%s", title);
	gate_put_byline(document, story);
	gate_put_warnings(document, story);
	gate_put_sums(document, story);
	gate_put_figure(document, story);
	document_controls(document);
	gate_put_cells(document, story, order);
	gate_put_blocks(document, story, order);
	gate_put_stalls(document, story, order);
	gate_put_counts(document, story);
	gate_put_left_out(document, story);
	put_commands(document, story, command);
	document_heading(document, 2, "Environment");
	report_environment(document, json_object_get(story->record.info, "environment"));
	free(order);
}
