/* The cells of a plan: adding, filtering by name, releasing. See cell.h. */
#include "internal.h"

#include <errno.h>
#include "../base/pattern.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_init(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->seed = GRAPH_DEFAULT_SEED;
	plan->selections = json_array();
	plan->limits = json_array();
	plan->claims = json_array();
	plan->budgets = json_array();
	plan->accepts = json_array();
}

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++)
		cell_release(&plan->cells[i]);
	free(plan->cells);
	free(plan->suite);
	free(plan->summary);
	free(plan->filter);
	free(plan->exclude);
	free(plan->prepare);
	json_decref(plan->selections);
	json_decref(plan->shard);
	json_decref(plan->limits);
	json_decref(plan->claims);
	json_decref(plan->budgets);
	json_decref(plan->accepts);
	memset(plan, 0, sizeof(*plan));
}

/* Two cells with the same name are one cell, unless their graphs are different files with the same
 * name, or their commands are different. */
static int check_same(const struct cell *known, const struct cell *cell, struct why *why)
{
	const char *path = known->params.path;

	if (cell->command && strcmp(known->command->text, cell->command->text) != 0)
		return why_set(why, -EINVAL,
			       "the commands '%.80s' and '%.80s' would have one name in the record",
			       known->command->text, cell->command->text);
	if (!path || strcmp(path, cell->params.path) == 0)
		return 0;
	return why_set(why, -EINVAL,
		       "the edge lists '%.100s' and '%.100s' would have one name in the record",
		       path, cell->params.path);
}

int plan_push(struct plan *plan, struct cell *cell, struct why *why)
{
	const char *obstacle = cell_obstacle(cell);
	bool known = false;
	int err = 0;

	cell->name = cell_make_name(cell);
	cell->skipped = obstacle ? strdup(obstacle) : NULL;
	if (cell->params.path)
		cell->params.path = strdup(cell->params.path);
	for (size_t i = 0; cell->name && !known && i < plan->cells_count; i++) {
		known = strcmp(plan->cells[i].name, cell->name) == 0;
		if (known)
			err = check_same(&plan->cells[i], cell, why);
	}
	if (!known && plan->cells_count == plan->cells_capacity) {
		size_t capacity = plan->cells_capacity ? plan->cells_capacity * 2 : 64;
		struct cell *grown = realloc(plan->cells, capacity * sizeof(*grown));
		if (grown) {
			plan->cells = grown;
			plan->cells_capacity = capacity;
		}
	}
	/* A reference is its own engine, whatever engines are asked for. */
	plan->repeated_count += known && !(cell->layout->capabilities & LAYOUT_REFERENCE);
	if (known || !cell->name || (obstacle && !cell->skipped) ||
	    plan->cells_count == plan->cells_capacity) {
		cell_release(cell);
		return known ? err : why_set(why, -ENOMEM, "out of memory");
	}
	plan->cells[plan->cells_count++] = *cell;
	return 0;
}

void plan_keep(struct plan *plan, bool (*keeps)(const struct cell *cell, size_t i, void *context),
	       void *context)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->cells_count; i++) {
		if (keeps(&plan->cells[i], i, context))
			plan->cells[kept++] = plan->cells[i];
		else
			cell_release(&plan->cells[i]);
	}
	plan->cells_count = kept;
}

struct matching {
	const regex_t *regex;
	bool excluded;
	int count; /* of cells that match */
};

static bool keeps_match(const struct cell *cell, size_t i, void *context)
{
	struct matching *matching = context;
	bool matches = pattern_matches(matching->regex, cell->name);

	(void)i;
	matching->count += matches;
	return matches != matching->excluded;
}

/* Keeps the cells whose name matches, or with `excluded` those whose name does not. The number of
 * cells that match, or negative errno. */
static int keep_matching(struct plan *plan, const char *option, const char *expression,
			 bool excluded, struct why *why)
{
	regex_t regex;
	struct matching matching = {.regex = &regex, .excluded = excluded};
	int err = pattern_compile(option, expression, &regex, why);

	if (err)
		return err;
	plan_keep(plan, keeps_match, &matching);
	regfree(&regex);
	return matching.count;
}

static int keep_text(char **copy, const char *text)
{
	free(*copy);
	*copy = strdup(text);
	return *copy ? 0 : -ENOMEM;
}

int plan_filter(struct plan *plan, const char *expression, struct why *why)
{
	int kept = keep_matching(plan, "filter", expression, false, why);
	int err = kept < 0 ? kept : keep_text(&plan->filter, expression);

	return err ? err : kept;
}

int plan_select(struct plan *plan, const char *filter, const char *exclude, struct why *why)
{
	int left = filter ? plan_filter(plan, filter, why) : 1;

	if (left <= 0)
		return left < 0 ? left
				: why_set(why, -EINVAL, "no cell matches the filter '%.100s'",
					  filter);
	if (!exclude)
		return 0;
	int excluded = keep_matching(plan, "exclude", exclude, true, why);
	if (excluded < 0)
		return excluded;
	if (!excluded || !plan->cells_count)
		return why_set(why, -EINVAL,
			       excluded ? "--exclude '%.100s' leaves no cell"
					: "no cell matches --exclude '%.100s'",
			       exclude);
	return keep_text(&plan->exclude, exclude);
}

/* Appends the name as an expression that matches only itself, after a '|' unless it is the first.
 * NULL: nothing. */
static void add_name(FILE *out, const char *name, bool is_first)
{
	if (name && !is_first)
		fputc('|', out);
	for (; name && *name; name++) {
		if (strchr("+.*?()[]{}|^$\\", *name))
			fputc('\\', out);
		fputc(*name, out);
	}
}

/* "^(A|B)$" for the cells that a claim names. The caller frees it; NULL if out of memory. */
static char *claim_expression(const json_t *claim)
{
	json_t *others = json_object_get(claim, "or");
	const json_t *name;
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("^(", out);
	add_name(out, json_string_value(json_object_get(claim, "cell")), true);
	json_array_foreach(others, i, name) add_name(out, json_string_value(name), false);
	add_name(out, json_string_value(json_object_get(claim, "over")), false);
	fputs(")$", out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

int plan_keep_claim(struct plan *plan, const char *id, struct why *why)
{
	char valid[160] = "", *expression;
	json_t *claim, *found = NULL;
	size_t i;

	json_array_foreach(plan->claims, i, claim)
	{
		const char *known = json_string_value(json_object_get(claim, "id"));
		size_t used = strlen(valid);
		if (known && strcmp(known, id) == 0)
			found = claim;
		snprintf(valid + used, sizeof(valid) - used, "%s%s", used ? ", " : "",
			 known ? known : "");
	}
	if (!found)
		return why_set(why, -EINVAL, "no claim '%.40s'; %s%s", id,
			       *valid ? "there are: " : "the suite has none", valid);
	expression = claim_expression(found);
	if (!expression)
		return -ENOMEM;
	json_incref(found);
	json_array_clear(plan->claims);
	json_array_append_new(plan->claims, found);
	int left = plan_filter(plan, expression, why);
	free(expression);
	return left < 0 ? left
	       : left   ? 0
		      : why_set(why, -EINVAL, "claim '%.40s': its cells are not in the suite", id);
}
