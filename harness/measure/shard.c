/*
 * Shards of a plan: see shard.h.
 *
 * How it works: the groups of order.h are the smallest units; limits and claims join the groups of the cells that they name
 * (union-find). Known costs are spread by the rule "longest processing time first", whose longest shard is at most 4/3 of the
 * best one.
 *
 * Source: R. L. Graham, Bounds on multiprocessing timing anomalies, SIAM J. Appl. Math. 17 (1969); sbatch(1) on
 * SLURM_ARRAY_TASK_ID
 */
#include "shard.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../base/spread.h"
#include "order.h"

/* Cells that must stay together. */
struct unit {
	size_t group; /* the root of its groups */
	const char
		*name; /* the least of its cells' names; NULL: the group is part of another one */
	uint64_t hash; /* of it */
	double cost_s;
};

/* ---- which shard ---- */

/* A whole number from `min` up to SHARDS_MAX at the beginning of `text`; sets *end behind it. */
static bool parse_number(const char *text, unsigned long min, unsigned *value, const char **end)
{
	char *after;

	if (*text < '0' || *text > '9')
		return false;
	unsigned long number = strtoul(text, &after, 10);
	*end = after;
	*value = (unsigned)number;
	return number >= min && number <= SHARDS_MAX;
}

static int number_of_slurm(const char *name, unsigned *value, struct why *why)
{
	const char *text = getenv(name), *end;

	if (!text)
		return why_set(why, -EINVAL,
			       "shard slurm: $%s is not set: this is no task of a Slurm job array",
			       name);
	return parse_number(text, 0, value, &end) && !*end
		       ? 0
		       : why_set(why, -EINVAL, "shard slurm: $%s is '%.40s', not a number", name,
				 text);
}

static int parse_slurm(struct shard *out, struct why *why)
{
	unsigned id = 0, count = 0, min = 0, max = 0, step = 1;
	int err = number_of_slurm("SLURM_ARRAY_TASK_ID", &id, why);

	err = err ? err : number_of_slurm("SLURM_ARRAY_TASK_COUNT", &count, why);
	err = err ? err : number_of_slurm("SLURM_ARRAY_TASK_MIN", &min, why);
	err = err ? err : number_of_slurm("SLURM_ARRAY_TASK_MAX", &max, why);
	if (!err && getenv("SLURM_ARRAY_TASK_STEP"))
		err = number_of_slurm("SLURM_ARRAY_TASK_STEP", &step, why);
	if (err)
		return err;
	if (!step || !count || id < min || id > max || (id - min) % step ||
	    max - min != (count - 1) * step)
		return why_set(
			why, -EINVAL,
			"shard slurm: task %u of an array of %u tasks from %u to %u: not all "
			"shards are there; give --shard I/N",
			id, count, min, max);
	*out = (struct shard){.number = (id - min) / step + 1, .count = count};
	return 0;
}

int shard_parse(const char *text, struct shard *out, struct why *why)
{
	const char *end = "";
	struct shard shard = {0};

	if (strcmp(text, "slurm") == 0)
		return parse_slurm(out, why);
	if (!parse_number(text, 1, &shard.number, &end) || *end != '/' ||
	    !parse_number(end + 1, 1, &shard.count, &end) || *end || shard.number > shard.count)
		return why_set(why, -EINVAL,
			       "shard '%.40s': not I/N with 1 <= I <= N <= %d, and not slurm", text,
			       SHARDS_MAX);
	*out = shard;
	return 0;
}

/* ---- costs ---- */

json_t *shard_costs(const struct run *run)
{
	json_t *costs = json_object(), *sample;
	size_t i;

	json_array_foreach(run->samples, i, sample)
	{
		const char *name = json_string_value(json_object_get(sample, "cell"));
		const json_t *cost = json_object_get(sample, "cost_s");

		if (!name || !json_is_number(cost) || !(json_number_value(cost) >= 0))
			continue;
		double so_far_s = json_number_value(json_object_get(costs, name));
		if (json_object_set_new(costs, name,
					json_real(so_far_s + json_number_value(cost))) != 0) {
			json_decref(costs);
			return NULL;
		}
	}
	return costs;
}

/* A cell that cannot run costs nothing. NaN: unknown. */
static double cost_of(const json_t *costs, const struct cell *cell)
{
	const json_t *cost = json_object_get(costs, cell->name);

	return cell->skipped ? 0 : cost ? json_number_value(cost) : (double)NAN;
}

/* What a cell without a cost counts as; NaN if no cell of the plan has one. -ENOMEM. */
static int usual_cost(const struct plan *plan, const json_t *costs, double *usual_s)
{
	double *known = calloc(plan->cells_count + 1, sizeof(*known));
	size_t count = 0;

	if (!known)
		return -ENOMEM;
	for (size_t i = 0; i < plan->cells_count; i++) {
		double cost_s = cost_of(costs, &plan->cells[i]);

		if (!plan->cells[i].skipped && !isnan(cost_s))
			known[count++] = cost_s;
	}
	*usual_s = count ? quantile(known, count, 0.5) : (double)NAN;
	free(known);
	return 0;
}

/* ---- units ---- */

static size_t root_of(struct unit *units, size_t group)
{
	while (units[group].group != group)
		group = units[group].group = units[units[group].group].group;
	return group;
}

/* Joins the unit of the cell `name` to *first, which is SIZE_MAX before the first cell that the plan has. */
static void join(struct unit *units, const size_t *groups, const json_t *index, const char *name,
		 size_t *first)
{
	const json_t *place = name ? json_object_get(index, name) : NULL;

	if (!place)
		return;
	size_t root = root_of(units, groups[json_integer_value(place)]);
	if (*first == SIZE_MAX)
		*first = root;
	units[root].group = *first = root_of(units, *first);
}

/* The cells that a limit or claim names are compared with each other. */
static void join_limits(struct unit *units, const size_t *groups, const json_t *index,
			const json_t *limits)
{
	for (size_t i = 0; i < json_array_size(limits); i++) {
		const json_t *limit = json_array_get(limits, i), *others, *over;
		size_t first = SIZE_MAX;

		join(units, groups, index, json_string_value(json_object_get(limit, "cell")),
		     &first);
		others = json_object_get(limit, "or");
		for (size_t k = 0; k < json_array_size(others); k++)
			join(units, groups, index, json_string_value(json_array_get(others, k)),
			     &first);
		/* Of another phase: not of this plan. */
		over = json_object_get(limit, "phase") ? NULL : json_object_get(limit, "over");
		join(units, groups, index, json_string_value(over), &first);
	}
}

/* units[groups_count], and the group of each cell: groups[plan->cells_count]. */
static int make_units(const struct plan *plan, const struct order *order, const json_t *costs,
		      struct unit *units, size_t *groups)
{
	json_t *index = json_object();
	double usual_s = 1;
	int err = index ? usual_cost(plan, costs, &usual_s) : -ENOMEM;

	for (size_t i = 0; i < order->groups_count; i++)
		units[i].group = i;
	for (size_t i = 0; i < order->count; i++) {
		groups[order->places[i].cell] = order->places[i].group;
		if (!err && json_object_set_new_nocheck(index, plan->cells[i].name,
							json_integer((json_int_t)i)) != 0)
			err = -ENOMEM;
	}
	if (!err) {
		join_limits(units, groups, index, plan->limits);
		join_limits(units, groups, index, plan->claims);
	}
	for (size_t i = 0; !err && i < plan->cells_count; i++) {
		const struct cell *cell = &plan->cells[i];
		struct unit *unit = &units[root_of(units, groups[i])];
		double cost_s = cost_of(costs, cell);

		unit->cost_s += isnan(cost_s) ? usual_s : cost_s;
		if (!unit->name || strcmp(cell->name, unit->name) < 0)
			unit->name = cell->name;
	}
	for (size_t i = 0; i < order->groups_count; i++) {
		if (units[i].name)
			units[i].hash = XXH3_64bits(units[i].name, strlen(units[i].name));
	}
	json_decref(index);
	return err;
}

/* ---- places ---- */

static int dearest_first(const void *a, const void *b)
{
	const struct unit *x = *(const struct unit *const *)a, *y = *(const struct unit *const *)b;

	if (x->cost_s > y->cost_s || x->cost_s < y->cost_s)
		return x->cost_s > y->cost_s ? -1 : 1;
	return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : strcmp(x->name, y->name);
}

/* By cost: each unit to the shard that has the least so far, the first of several. shards[groups_count]. */
static int spread_by_cost(struct unit *units, size_t groups_count, unsigned count, unsigned *shards)
{
	const struct unit **sorted = calloc(groups_count + 1, sizeof(void *));
	double *load_s = calloc(count, sizeof(*load_s));
	size_t used = 0;
	int err = sorted && load_s ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < groups_count; i++) {
		if (units[i].name)
			sorted[used++] = &units[i];
	}
	if (!err)
		qsort(sorted, used, sizeof(void *), dearest_first);
	for (size_t i = 0; i < used; i++) {
		unsigned least = 0;

		for (unsigned k = 1; k < count; k++) {
			if (load_s[k] < load_s[least])
				least = k;
		}
		load_s[least] += sorted[i]->cost_s;
		shards[sorted[i] - units] = least;
	}
	free(sorted);
	free(load_s);
	return err;
}

int shard_places(const struct plan *plan, unsigned count, const json_t *costs, unsigned *places)
{
	struct order order;
	int err = order_init(&order, plan);

	if (err)
		return err;
	struct unit *units = calloc(order.groups_count + 1, sizeof(*units));
	size_t *groups = calloc(plan->cells_count + 1, sizeof(*groups));
	unsigned *shards = calloc(order.groups_count + 1, sizeof(*shards));
	err = units && groups && shards ? make_units(plan, &order, costs, units, groups) : -ENOMEM;
	if (!err && json_object_size(costs) > 0) {
		err = spread_by_cost(units, order.groups_count, count, shards);
	} else {
		for (size_t i = 0; !err && i < order.groups_count; i++)
			shards[i] = (unsigned)(units[i].hash % count);
	}
	for (size_t i = 0; !err && i < plan->cells_count; i++)
		places[i] = shards[root_of(units, groups[i])];
	free(units);
	free(groups);
	free(shards);
	order_release(&order);
	return err;
}

struct own_places {
	const unsigned *places; /* [cells], from 0 */
	unsigned number;        /* of the shard, from 1 */
};

static bool is_own(const struct cell *cell, size_t i, void *context)
{
	const struct own_places *own = context;

	(void)cell;
	return own->places[i] + 1 == own->number;
}

int shard_keep(struct plan *plan, const struct shard *shard, const json_t *costs)
{
	unsigned *places = calloc(plan->cells_count + 1, sizeof(*places));
	json_t *names = json_array();
	int err = places && names ? shard_places(plan, shard->count, costs, places) : -ENOMEM;

	for (size_t i = 0; !err && i < plan->cells_count; i++) {
		if (json_array_append_new(names, json_string(plan->cells[i].name)) != 0)
			err = -ENOMEM;
	}
	if (!err) {
		plan->shard = json_pack("{s:I,s:I,s:O}", "number", (json_int_t)shard->number,
					"count", (json_int_t)shard->count, "cells", names);
		err = plan->shard ? 0 : -ENOMEM;
	}
	if (!err)
		plan_keep(plan, is_own,
			  &(struct own_places){.places = places, .number = shard->number});
	json_decref(names);
	free(places);
	return err;
}
