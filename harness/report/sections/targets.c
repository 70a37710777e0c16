/* The targets of results/targets.ini, and which of them are met. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../parts.h"
#include "../section.h"

#define MISSED_SHOWN 40 /* cells that miss a target, at most */

static enum tone state_tone(enum limit_state state)
{
	return state == LIMIT_MET ? TONE_GOOD : state == LIMIT_MISSED ? TONE_BAD : TONE_DIM;
}

static void put_target(struct document *document, const struct target_result *target)
{
	const struct limit_result *worst = target->worst;
	struct limit_texts texts = {"-", "-", "-", ""};
	char by[64] = "";
	if (worst != NULL)
		limit_texts(worst, true, &texts);
	if (target->state == LIMIT_MISSED)
		target_missed_by(worst, by, sizeof by);
	document_cell(document, TONE_PLAIN, "%s", target->name);
	document_cell(document, TONE_PLAIN, "%s", target->require);
	document_cell(document, state_tone(target->state), "%s%s%s",
		      limit_state_text(target->state), by[0] == '\0' ? "" : " by ", by);
	document_cell(document, TONE_PLAIN, "%zu of %zu", target->met_count,
		      target->met_count + target->missed_count + target->unmeasured_count);
	document_cell(document, TONE_PLAIN, "%s", texts.value);
	document_cell(document, TONE_DIM, "%s", texts.interval);
	document_cell(document, TONE_PLAIN, "%s", texts.bound);
	document_cell(document, TONE_PLAIN, "%s", worst == NULL ? target->reason : worst->cell);
}

/* The table of cells that miss a target. It is written if there are at least two. */
static void put_missed(struct document *document, const struct targets *targets)
{
	static const char *const titles[] = {"target",        "cell",    "value",
					     "95 % interval", "at most", "missed by"};
	size_t missed = 0, shown = 0;
	for (size_t i = 0; i < targets->cells_count; i++)
		missed += targets->cells[i].state == LIMIT_MISSED;
	if (missed < 2)
		return;
	document_table(document, "cells that miss a target", 6, 0x3);
	for (size_t i = 0; i < 6; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
	for (size_t i = 0; i < targets->cells_count && shown < MISSED_SHOWN; i++) {
		const struct limit_result *cell = &targets->cells[i];
		struct limit_texts texts;
		char by[64];
		if (cell->state != LIMIT_MISSED)
			continue;
		limit_texts(cell, true, &texts);
		target_missed_by(cell, by, sizeof by);
		document_cell(document, TONE_PLAIN, "%s", cell->name);
		document_cell(document, TONE_PLAIN, "%s", cell->cell);
		document_cell(document, TONE_PLAIN, "%s", texts.value);
		document_cell(document, TONE_DIM, "%s", texts.interval);
		document_cell(document, TONE_PLAIN, "%s", texts.bound);
		document_cell(document, TONE_BAD, "%s", by);
		shown++;
	}
	if (missed > shown)
		document_text(document, "%zu more cells miss a target.", missed - shown);
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	static const char *const titles[] = {
		"target", "requires",      "state",   "cells met",
		"value",  "95 % interval", "at most", "nearest or worst cell"};
	const struct targets *targets = &history->targets;
	if (!history->has_targets || targets->results_count == 0)
		return;
	document_heading(document, 2, "Targets");
	document_text(document,
		      "Measured in %s. The values are those of the cell that is nearest to "
		      "its bound or farthest beyond it.",
		      history_last(history)->name);
	document_table(document, "targets", 8, 0x87);
	for (size_t i = 0; i < 8; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
	for (size_t i = 0; i < targets->results_count; i++)
		put_target(document, &targets->results[i]);
	put_missed(document, targets);
}

const struct report_section section_targets = {
	.order = 250,
	.write = put,
};
