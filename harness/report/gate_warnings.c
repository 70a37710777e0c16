/* What changes how the report of a gate is read: see gate_parts.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../gate/finding.h"
#include "../machine/noise.h"
#include "gate_parts.h"

#define OPEN_SHOWN_MOST 4 /* undecided cells that are warned of one by one */

struct gate_notes {
	struct document *document; /* NULL: they are only counted */
	size_t count;
};

static void __attribute__((format(printf, 2, 3)))
warn(struct gate_notes *notes, const char *format, ...)
{
	char text[2048];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	notes->count++;
	if (notes->document != NULL)
		document_item(notes->document, TONE_WARN, "%s", text);
}

static void warn_of_end(struct gate_notes *notes, const struct gate_story *story)
{
	long long status = json_integer_value(json_object_get(story->record.info, "exit_status"));
	if (story->end == STORY_INTERRUPTED)
		warn(notes,
		     "Not finished: the gate was interrupted after %.1f s, or is still running. "
		     "The "
		     "page says what is decided so far. iowalk gate --resume %s continues it, and "
		     "iowalk report --gate %s then writes this page again.",
		     story->elapsed_s, story->record.path, story->record.path);
	else if (story->end == STORY_FAILED)
		warn(notes,
		     "Not finished: the gate ended by an error (exit status %lld) after %.1f s. "
		     "The "
		     "page says what was decided before.",
		     status, story->elapsed_s);
}

static void warn_of_machine(struct gate_notes *notes, const struct gate_story *story)
{
	const json_t *info = story->record.info, *settings = json_object_get(info, "settings");
	const json_t *build = json_object_get(json_object_get(info, "environment"), "build");
	const char *type = json_string_value(json_object_get(build, "build_type"));
	const char *baseline = json_string_value(json_object_get(settings, "baseline"));
	const char *candidate = json_string_value(json_object_get(settings, "candidate"));
	const json_t *programs = json_object_get(info, "programs");
	const char *injected = json_string_value(json_object_get(settings, "inject_cell"));
	const char *addresses = json_string_value(json_object_get(info, "address_randomization"));
	char noise[NOISE_TEXT_MAX];
	noise_text(json_object_get(info, "noise"), noise, sizeof noise);
	if (noise[0] != '\0')
		warn(notes,
		     "While times were measured, %s. The noise affects both builds equally, so it "
		     "leaves cells undecided. Remedy: an idle machine.",
		     noise);
	bool same = baseline != NULL && candidate != NULL && strcmp(baseline, candidate) == 0;
	if (programs != NULL)
		same = json_equal(json_object_get(programs, "baseline"),
				  json_object_get(programs, "candidate"));
	if (same && json_object_get(info, "baseline_plugins") == NULL)
		warn(notes, "Both sides are one program: a difference is noise, or was injected.");
	if (injected != NULL)
		warn(notes,
		     "A test of the gate itself: the candidate was made slower, or to do more, in "
		     "the cells that match '%s'.",
		     injected);
	if (type != NULL && strcmp(type, "release") != 0)
		warn(notes, "A %s build was measured. Remedy: make, without SANITIZE.", type);
	if (addresses != NULL)
		warn(notes, "Addresses were randomised (%s): processes differ more.", addresses);
}

static void warn_of_left_out(struct gate_notes *notes, const struct gate_story *story)
{
	size_t count = 0;
	const char *first = NULL;
	for (size_t i = 0; i < story->cells_count; i++) {
		if (!story->cells[i].is_left_out)
			continue;
		first = count++ == 0 ? story->cells[i].name : first;
	}
	if (count > 0)
		warn(notes,
		     "Left out: the budget of %g s did not suffice for %zu of %zu cells (the "
		     "first: "
		     "%s); of their times nothing is said. Remedy: a larger --budget, or --filter.",
		     story->budget_s, count, story->cells_count, first);
}

/* What would decide the cell. */
static void warn_of_open(struct gate_notes *notes, const struct gate_story *story,
			 const struct story_cell *cell)
{
	char label[GATE_LABEL_MAX], found[40], remedy[256];
	size_t most = gate_blocks_max(cell->state.stage);
	size_t now = cell->state.series[cell->state.stage].count;
	size_t more = cell->blocks_wanted - now;
	gate_cell_label(&story->comparison, cell->name, label, sizeof label);
	gate_percent(found, sizeof found, cell->change->mde_percent, false);
	if (cell->blocks_wanted == 0)
		snprintf(remedy, sizeof remedy,
			 "it has too few blocks to say what would decide it");
	else if (cell->blocks_wanted > most)
		snprintf(remedy, sizeof remedy,
			 "about %zu more blocks would decide it, beyond the %zu that a gate takes: "
			 "a "
			 "quieter machine, or a larger --threshold",
			 more, most);
	else
		snprintf(remedy, sizeof remedy,
			 "about %zu more blocks (%.0f s) would decide it: a larger --budget", more,
			 ceil(story->cell_block_s * (double)more));
	if (isfinite(cell->change->mde_percent) && isfinite(cell->change->high_percent))
		warn(notes,
		     "Undecided: %s after %zu blocks. Slowdowns from %s on would have been found "
		     "in 90 %%; %s.",
		     label, now, found, remedy);
	else
		warn(notes, "Undecided: %s after %zu blocks; %s.", label, now, remedy);
}

static void warn_of_all_open(struct gate_notes *notes, const struct gate_story *story)
{
	size_t count = 0;
	for (size_t i = 0; i < story->cells_count; i++) {
		const struct story_cell *cell = &story->cells[i];
		if (cell->change == NULL || cell->change->verdict != VERDICT_INCONCLUSIVE ||
		    cell->is_left_out)
			continue;
		if (count++ < OPEN_SHOWN_MOST)
			warn_of_open(notes, story, cell);
	}
	if (count > OPEN_SHOWN_MOST)
		warn(notes, "Undecided: %zu more cells, listed below.", count - OPEN_SHOWN_MOST);
}

size_t gate_put_warnings(struct document *document, const struct gate_story *story)
{
	struct gate_notes notes = {.document = document};
	warn_of_end(&notes, story);
	warn_of_machine(&notes, story);
	warn_of_left_out(&notes, story);
	if (story->end == STORY_FINISHED)
		warn_of_all_open(&notes, story);
	if (story->comparison.note != NULL)
		warn(&notes, "Note: %s.", story->comparison.note);
	return notes.count;
}
