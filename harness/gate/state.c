/* The state of a gate: see state.h. */
#include "state.h"

#include "../measure/worker/library_path.h"

#include "../base/clock.h"
#include "../base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gate_stage_names[GATE_STAGES_COUNT] = {"screen", "confirm"};
const char *const gate_side_labels[GATE_SIDES] = {"baseline", "candidate"};

double gate_elapsed_s(const struct gate *gate)
{
	return gate->earlier_s + clock_now_s() - gate->began_s;
}

json_t *gate_line(const struct gate *gate, const char *stage, size_t block)
{
	return json_pack("{ss sI sf}", "stage", stage, "block", (json_int_t)block, "elapsed_s",
			 gate_elapsed_s(gate));
}

bool gate_is_timed(const struct gate *gate, size_t cell)
{
	return gate->plan->cells[cell].passes & 1u << PASS_TIME;
}

bool gate_injects_syscall(const struct gate_entry *entry)
{
	return entry->injection && entry->injection->is_syscall;
}

size_t gate_remaining(const struct gate *gate, size_t *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		if (!gate->entries[i].is_excluded)
			chosen[count++] = i;
	}
	return count;
}

/* ---- cells that fail ---- */

static enum verdict verdict_of_error(unsigned side, const char *kind)
{
	if (strcmp(kind, "failed") == 0)
		return VERDICT_FAILED;
	return side == 1 ? VERDICT_ONLY_A : VERDICT_ONLY_B;
}

static void exclude(struct gate *gate, size_t cell, unsigned side, const char *kind,
		    const char *text)
{
	struct gate_entry *entry = &gate->entries[cell];
	enum verdict verdict = verdict_of_error(side, kind);
	char *note = NULL;

	/* A cell that neither side supports is skipped, not failed. */
	bool both = entry->is_excluded && entry->verdict != VERDICT_FAILED &&
		    verdict != VERDICT_FAILED && verdict != entry->verdict;
	if (entry->is_excluded && !both)
		return;
	if (asprintf(&note, "%s: %s", both ? "skipped" : gate_side_labels[side], text) < 0)
		note = NULL;
	free(entry->note);
	entry->note = note;
	entry->verdict = both ? VERDICT_SKIPPED : verdict;
	entry->is_excluded = true;
	gate->cells[cell].is_decided = true;
}

int gate_exclude(struct gate *gate, size_t cell, unsigned side, const char *kind,
		 const char *reason)
{
	char letter[2] = {(char)('A' + side), '\0'}, text[512];
	json_t *line = gate_line(gate, "error", 0);

	cell_reason(&gate->plan->cells[cell], reason, text, sizeof(text));
	exclude(gate, cell, side, kind, text);
	json_object_set_new(line, "cell", json_integer((json_int_t)cell));
	json_object_set_new(line, "side", json_string(letter));
	json_object_set_new(line, "kind", json_string(kind));
	json_object_set_new(line, "error", json_text(text));
	return gate_record_append(gate->record, line);
}

void gate_replay_errors(struct gate *gate)
{
	json_t *line;
	size_t i;

	json_array_foreach(gate->record->lines, i, line)
	{
		const char *stage = json_string_value(json_object_get(line, "stage"));
		const char *side = json_string_value(json_object_get(line, "side"));
		const char *kind = json_string_value(json_object_get(line, "kind"));
		const char *text = json_string_value(json_object_get(line, "error"));
		json_int_t cell = json_integer_value(json_object_get(line, "cell"));

		gate->earlier_s = fmax(gate->earlier_s,
				       json_number_value(json_object_get(line, "elapsed_s")));
		if (stage && side && kind && text && strcmp(stage, "error") == 0 && *side >= 'A' &&
		    *side < 'A' + GATE_SIDES && cell >= 0 && (size_t)cell < gate->plan->cells_count)
			exclude(gate, (size_t)cell, (unsigned)(*side - 'A'), kind, text);
	}
}

void gate_release(struct gate *gate)
{
	for (size_t i = 0; gate->entries && i < gate->plan->cells_count; i++) {
		for (size_t k = 0; k < 2 * GATE_COUNT_ROUNDS_MAX; k++)
			json_decref(gate->entries[i].counts[k / GATE_COUNT_ROUNDS_MAX]
							   [k % GATE_COUNT_ROUNDS_MAX]);
		free(gate->entries[i].note);
	}
	free(gate->entries);
	free(gate->cells);
}

/* ---- builds ---- */

int gate_load_sides(struct gate *gate)
{
	int err = 0;

	for (unsigned side = 0; !err && side < GATE_SIDES; side++)
		err = worker_binary_load(&gate->sides[side], &gate->why);
	library_paths_match(gate->sides[0].library_path, gate->sides[1].library_path,
			    sizeof(gate->sides[0].library_path));
	return err;
}
