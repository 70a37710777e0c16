/* The settings that may be tried: see space.h. */
#include "space.h"

#include "../base/text.h"

#include <stdio.h>
#include <string.h>

static const enum table owners[] = {TABLE_WORKLOADS, TABLE_LAYOUTS, TABLE_ENGINES};
#define OWNERS_COUNT (sizeof(owners) / sizeof(owners[0]))

struct owner {
	const char *name;
	const struct option_spec *options;
	uint32_t options_count;
	uint64_t *values;
};

static struct owner owner_of(struct cell *cell, enum table table)
{
	if (table == TABLE_WORKLOADS)
		return (struct owner){cell->workload->name, cell->workload->options,
				      cell->workload->options_count, cell->workload_options};
	if (table == TABLE_LAYOUTS)
		return (struct owner){cell->layout->name, cell->layout->options,
				      cell->layout->options_count, cell->layout_options};
	return (struct owner){cell->engine->name, cell->engine->options,
			      cell->engine->options_count, cell->engine_options};
}

/* Is "owner.key=" at the begin of a word of `given`? */
static bool is_given(const char *given, const char *owner, const char *key)
{
	char word[128];

	snprintf(word, sizeof(word), "%s.%s=", owner, key);
	for (const char *at = given; at && (at = strstr(at, word)) != NULL; at++) {
		if (at == given || at[-1] == ',' || at[-1] == ' ')
			return true;
	}
	return false;
}

static void add_option(struct tune_space *space, const struct owner *owner, enum table table,
		       uint32_t index)
{
	const struct option_spec *spec = &owner->options[index];
	struct tune_option *option = &space->options[space->options_count];

	*option = (struct tune_option){.owner = owner->name,
				       .spec = spec,
				       .table = table,
				       .index = index,
				       .values = {owner->values[index]},
				       .values_count = 1};
	for (size_t i = 0; spec->tunable[i] && option->values_count < TUNE_VALUES_MAX; i++) {
		uint64_t value;

		if (option_parse(spec, spec->tunable[i], &value, NULL) == 0 &&
		    value != option->values[0])
			option->values[option->values_count++] = value;
	}
	space->options_count += option->values_count > 1;
}

/* May walks of the cell go up? A graph from a file may have each edge in both directions; a generated one has not. */
static bool may_go_up(const struct cell *cell)
{
	const struct layout_ops *layout = cell->layout;
	int in_edges =
		option_with_role(layout->options, layout->options_count, OPTION_ROLE_IN_EDGES);

	return layout->in_neighbors_batch && ((cell->graph->capabilities & GRAPH_FROM_FILE) ||
					      (in_edges >= 0 && cell->layout_options[in_edges]));
}

static bool is_searched(const struct cell *cell, const struct owner *owner,
			const struct option_spec *spec, const char *given)
{
	return spec->tunable && !is_given(given, owner->name, spec->name) &&
	       (spec->role != OPTION_ROLE_DIRECTION || may_go_up(cell));
}

void tune_space_init(struct tune_space *space, const struct cell *base, const char *given)
{
	struct cell cell = *base;

	*space = (struct tune_space){.base = base};
	for (size_t t = 0; t < OWNERS_COUNT; t++) {
		struct owner owner = owner_of(&cell, owners[t]);

		for (uint32_t k = 0; k < owner.options_count; k++) {
			if (is_searched(base, &owner, &owner.options[k], given))
				add_option(space, &owner, owners[t], k);
		}
	}
}

struct cell tune_space_cell(const struct tune_space *space, const struct tune_choice *choice)
{
	struct cell cell = *space->base;

	cell.name = cell.profile = cell.skipped = NULL;
	for (size_t i = 0; i < space->options_count; i++) {
		const struct tune_option *option = &space->options[i];
		struct owner owner = owner_of(&cell, option->table);

		owner.values[option->index] = option->values[choice->values[i]];
	}
	return cell;
}

void tune_space_text(const struct tune_space *space, const struct tune_choice *choice, char *text,
		     size_t size)
{
	struct cell cell = tune_space_cell(space, choice);

	*text = '\0';
	for (size_t t = 0; t < OWNERS_COUNT; t++) {
		struct owner owner = owner_of(&cell, owners[t]);

		for (uint32_t k = 0; k < owner.options_count; k++) {
			const struct option_spec *spec = &owner.options[k];
			char value[64];

			if (owner.values[k] == spec->default_value ||
			    (owners[t] == TABLE_WORKLOADS && !spec->tunable))
				continue;
			option_format(spec, owner.values[k], value, sizeof(value));
			text_append(text, size, "%s%s.%s=%s", *text ? "," : "", owner.name,
				    spec->name, value);
		}
	}
}

void tune_option_key(const struct tune_option *option, char *text, size_t size)
{
	snprintf(text, size, "%s.%s", option->owner, option->spec->name);
}

void tune_option_value(const struct tune_option *option, size_t i, char *text, size_t size)
{
	option_format(option->spec, option->values[i], text, size);
}
