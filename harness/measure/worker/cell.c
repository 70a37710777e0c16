/* The JSON of a cell in a request: see protocol.h. */
#include "protocol.h"

#include "../../plugin/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX 1000000 /* of one pass */

static json_t *hex_json(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	return json_string(text);
}

static json_t *expected_json(const struct answer *answer)
{
	const struct walk_summary *walk = &answer->walk;
	uint64_t levels =
		walk->levels_count < LEVELS_RECORDED ? walk->levels_count : LEVELS_RECORDED;
	json_t *counts = json_array();

	for (uint64_t i = 0; i < levels; i++)
		json_array_append_new(counts, json_integer((json_int_t)walk->level_counts[i]));
	return json_pack("{so sI sI sI so so sI}", "levels_hash", hex_json(walk->levels_hash),
			 "reached_count", (json_int_t)walk->reached_count, "edges_count",
			 (json_int_t)walk->edges_count, "levels_count",
			 (json_int_t)walk->levels_count, "level_counts", counts, "fold",
			 hex_json(answer->fold), "operations_count",
			 (json_int_t)answer->operations_count);
}

json_t *worker_cell_json(const struct cell *cell, const struct prepared *prepared,
			 uint64_t iterations, unsigned samples_count)
{
	json_t *selection = cell_selection(cell);
	char min_time[32];

	snprintf(min_time, sizeof(min_time), "%g", cell->min_time_s);
	if (selection)
		json_object_set_new(selection, selection_keys[KEY_MIN_TIME].name,
				    json_string(min_time));
	return json_pack("{so ss sI sI sI sI so sI si}", "selection", selection, "path",
			 prepared->path, "nodes_count", (json_int_t)prepared->nodes_count,
			 "edges_count", (json_int_t)prepared->edges_count, "root",
			 (json_int_t)prepared->root, "file_bytes", (json_int_t)prepared->file_bytes,
			 "expected", expected_json(&prepared->expected), "iterations",
			 (json_int_t)iterations, "samples", (int)samples_count);
}

json_t *worker_run_cell_json(const struct cell *cell, const struct prepared *prepared,
			     const struct worker_passes *passes)
{
	json_t *json = worker_cell_json(cell, prepared, cell->iterations, 1);
	json_t *samples = json_object();

	for (unsigned pass = 0; pass < PASSES_COUNT; pass++)
		json_object_set_new(samples, pass_names[pass], json_integer(passes->samples[pass]));
	json_object_set_new(json, "passes", samples);
	json_object_set_new(json, "working_set_pages_count",
			    json_integer((json_int_t)prepared->working_set_pages_count));
	return json;
}

json_t *worker_run_request(json_t *cells, enum counters_mode counters, double step_s)
{
	return json_pack("{si ss sb ss sf so so}", "protocol", WORKER_PROTOCOL, "pass", "time",
			 "paced", 1, "counters", counters_mode_word(counters), "step_s", step_s,
			 "plugins", plugins_json(), "cells", cells);
}

/* ---- reading ---- */

static int get_count(const json_t *json, const char *key, uint64_t *value, struct why *why)
{
	const json_t *number = json_object_get(json, key);

	if (!json_is_integer(number) || json_integer_value(number) < 0)
		return why_set(why, -EBADMSG, "the request's '%s' is not a whole number", key);
	*value = (uint64_t)json_integer_value(number);
	return 0;
}

static int get_hex(const json_t *json, const char *key, uint64_t *value, struct why *why)
{
	const char *text = json_string_value(json_object_get(json, key));

	if (!text || sscanf(text, "%16" SCNx64, value) != 1)
		return why_set(why, -EBADMSG, "the request's '%s' is not a hexadecimal number",
			       key);
	return 0;
}

static int parse_expected(const json_t *json, struct answer *answer, struct why *why)
{
	struct walk_summary *walk = &answer->walk;
	const json_t *counts = json_object_get(json, "level_counts"), *count;
	size_t i;
	int err = get_hex(json, "levels_hash", &walk->levels_hash, why);

	err = err ? err : get_hex(json, "fold", &answer->fold, why);
	err = err ? err : get_count(json, "reached_count", &walk->reached_count, why);
	err = err ? err : get_count(json, "edges_count", &walk->edges_count, why);
	err = err ? err : get_count(json, "levels_count", &walk->levels_count, why);
	err = err ? err : get_count(json, "operations_count", &answer->operations_count, why);
	if (err)
		return err;
	json_array_foreach(counts, i, count)
	{
		if (i < LEVELS_RECORDED)
			walk->level_counts[i] = (uint64_t)json_integer_value(count);
	}
	return 0;
}

static int parse_selection(json_t *json, struct plan *plan, struct why *why)
{
	struct selection selection = {0};
	const char *key;
	json_t *value;
	int err = json_is_object(json) ? 0 : why_set(why, -EBADMSG, "the request has no selection");

	json_object_foreach(json, key, value)
	{
		if (!err)
			err = json_is_string(value)
				      ? selection_set(&selection, key, json_string_value(value),
						      why)
				      : why_set(why, -EBADMSG, "selection: '%.40s' is not a text",
						key);
	}
	err = err ? err : plan_add(plan, &selection, why);
	selection_release(&selection);
	if (!err && plan->cells_count != 1)
		err = why_set(why, -EBADMSG, "the selection has %zu cells, not one",
			      plan->cells_count);
	return err;
}

/* What only a run asks for. */
static int parse_passes(const json_t *json, struct prepared *prepared, struct worker_passes *passes,
			struct why *why)
{
	const json_t *given = json_object_get(json, "passes");
	uint64_t count = 0;
	int err = 0;

	*passes = (struct worker_passes){.given = given != NULL};
	if (!given)
		return 0;
	for (unsigned pass = 0; !err && pass < PASSES_COUNT; pass++) {
		count = 0;
		if (json_object_get(given, pass_names[pass]))
			err = get_count(given, pass_names[pass], &count, why);
		passes->samples[pass] = count < SAMPLES_MAX ? (unsigned)count : SAMPLES_MAX;
	}
	return err ? err
		   : get_count(json, "working_set_pages_count", &prepared->working_set_pages_count,
			       why);
}

int worker_cell_parse(const json_t *json, struct plan *plan, struct prepared *prepared,
		      unsigned *samples_count, struct worker_passes *passes, struct why *why)
{
	const char *path = json_string_value(json_object_get(json, "path"));
	uint64_t samples = 0;

	memset(prepared, 0, sizeof(*prepared));
	int err = parse_selection(json_object_get(json, "selection"), plan, why);
	if (err)
		return err;
	err = path && strlen(path) < sizeof(prepared->path)
		      ? 0
		      : why_set(why, -EBADMSG, "the request has no valid 'path'");
	err = err ? err : get_count(json, "nodes_count", &prepared->nodes_count, why);
	err = err ? err : get_count(json, "edges_count", &prepared->edges_count, why);
	err = err ? err : get_count(json, "root", &prepared->root, why);
	err = err ? err : get_count(json, "file_bytes", &prepared->file_bytes, why);
	err = err ? err : get_count(json, "iterations", &plan->cells[0].iterations, why);
	err = err ? err : get_count(json, "samples", &samples, why);
	err = err ? err
		  : parse_expected(json_object_get(json, "expected"), &prepared->expected, why);
	err = err ? err : parse_passes(json, prepared, passes, why);
	if (err)
		return err;
	snprintf(prepared->path, sizeof(prepared->path), "%s", path);
	*samples_count = samples < SAMPLES_MAX ? (unsigned)samples : SAMPLES_MAX;
	return 0;
}
