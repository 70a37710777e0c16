/*
 * Checks the limits of a suite against a run.
 *
 * How it works: the value of a limit is the median of a cell's metric, or the ratio of two such
 * medians. Its interval is the middle 95 % of the values that resampling the repetitions of both
 * cells with replacement gives. The seed is that of the run, so a report is reproducible. If
 * several cells are named, the one with the best value is used with its own interval. The state
 * depends on the value alone; the interval shows how certain it is.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../workloads/support/mix.h"
#include "limits.h"
#include "statistics.h"
#include "../base/units.h"

#define RESAMPLES 999 /* 95 % of 999 values end near an order statistic */

/* A side with an index of its cells. */
struct measured {
	const struct limit_side *side;
	struct sample_ref *refs;
	size_t refs_count;
	json_t *index; /* name → index of the cell */
};

static void measured_release(struct measured *measured)
{
	free(measured->refs);
	json_decref(measured->index);
}

static int measured_init(struct measured *measured, const struct limit_side *side)
{
	*measured = (struct measured){.side = side, .index = json_object()};
	int err = measured->index == NULL
			  ? -ENOMEM
			  : run_sort_samples(side->run, &measured->refs, &measured->refs_count);
	for (size_t i = 0; err == 0 && i < side->summaries_count; i++) {
		if (json_object_set_new_nocheck(measured->index, side->summaries[i].name,
						json_integer((json_int_t)i)) != 0)
			err = -ENOMEM;
	}
	return err;
}

struct series {
	const struct cell_summary *summary;
	double *values;
	size_t count;
};

/* The data that a resample draws from. */
struct resampling {
	const struct series *above, *below; /* below: NULL if the bound is absolute */
	double scale;
	double *scratch; /* [the longer count] */
};

static double resampled_median(const struct series *series, double *scratch, uint64_t *state)
{
	for (size_t i = 0; i < series->count; i++)
		scratch[i] = series->values[mix_next(state) % series->count];
	return quantile(scratch, series->count, 0.5);
}

static double resampled_limit(const void *context, uint64_t *state)
{
	const struct resampling *resampling = context;
	double figure =
		resampling->scale * resampled_median(resampling->above, resampling->scratch, state);
	if (resampling->below != NULL)
		figure /= resampled_median(resampling->below, resampling->scratch, state);
	return figure;
}

static int set_interval(const struct series *above, const struct series *below, double scale,
			uint64_t seed, struct limit_result *out)
{
	size_t longest = above->count;
	if (below != NULL && below->count > longest)
		longest = below->count;
	if (above->count < 2 || (below != NULL && below->count < 2))
		return 0;
	struct resampling resampling = {above, below, scale, calloc(longest, sizeof(double))};
	if (resampling.scratch == NULL)
		return -ENOMEM;
	struct interval interval = bootstrap(resampled_limit, &resampling, 0.95, RESAMPLES, seed);
	out->low = interval.low;
	out->high = interval.high;
	free(resampling.scratch);
	return 0;
}

/* Fills the values, divided by nodes if the limit asks for it. Returns NULL, or the reason why
 * there are none; *err is -ENOMEM if out of memory. */
static const char *read_series(const struct measured *measured, const char *name,
			       const struct limit_result *limit, struct series *out, int *err)
{
	const json_t *number = json_object_get(measured->index, name);
	*out = (struct series){0};
	if (number == NULL)
		return "no such cell in this run";
	size_t cell = (size_t)json_integer_value(number);
	const struct cell_summary *summary = out->summary = &measured->side->summaries[cell];
	if (summary->error != NULL)
		return "the cell failed";
	if (summary->skipped != NULL)
		return "the cell was skipped";
	if (limit->per_node && summary->reached_count == 0)
		return "no nodes were reached";
	*err = metric_values(measured->refs, measured->refs_count, cell, limit->metric,
			     &out->values, &out->count);
	for (size_t i = 0; limit->per_node && i < out->count; i++)
		out->values[i] /= (double)summary->reached_count;
	return out->count == 0 ? "the metric was not measured" : NULL;
}

/* The median. The values stay in the order of the repetitions. */
static int median_of(const struct series *series, double *out)
{
	double *copy = calloc(series->count + 1, sizeof *copy);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, series->values, series->count * sizeof *copy);
	*out = quantile(copy, series->count, 0.5);
	free(copy);
	return 0;
}

static int measure(struct limit_result *limit, const struct series *above,
		   const struct series *below, double scale, uint64_t seed)
{
	double over = 1;
	int err = median_of(above, &limit->value);
	if (err == 0 && below != NULL)
		err = median_of(below, &over);
	if (err != 0)
		return err;
	limit->value = limit->value * scale / over;
	if (!isfinite(limit->value)) {
		limit->reason = "the value to divide by is 0";
		return 0;
	}
	bool met = limit->value >= limit->at_least && limit->value <= limit->at_most;
	limit->state = met ? LIMIT_MET : LIMIT_MISSED;
	return set_interval(above, below, scale, seed, limit);
}

/* The value of the option named `sync`, of whichever part has one; or NULL. */
static const char *durability_of(const struct cell_summary *summary)
{
	json_t *options = json_object_get(summary->cell, "options");
	const json_t *value;
	const char *key;
	json_object_foreach(options, key, value)
	{
		const char *dot = strrchr(key, '.');
		if (dot != NULL && strcmp(dot, ".sync") == 0)
			return json_string_value(value);
	}
	return NULL;
}

/* Stores that become durable at different times are not compared. */
static bool same_durability(const struct cell_summary *above, const struct cell_summary *below)
{
	const char *a = durability_of(above), *b = durability_of(below);
	return a == NULL || b == NULL || strcmp(a, b) == 0;
}

static struct limit_result read_limit(const json_t *json)
{
	const char *per = json_string_value(json_object_get(json, "per"));
	const char *name = json_string_value(json_object_get(json, "name"));
	const json_t *at_most = json_object_get(json, "at_most");
	struct limit_result limit = {
		.name = name,
		.cell = json_string_value(json_object_get(json, "cell")),
		.over = json_string_value(json_object_get(json, "over")),
		.metric = json_string_value(json_object_get(json, "metric")),
		.per_node = per != NULL && strcmp(per, "node") == 0,
		.at_least = json_number_value(json_object_get(json, "at_least")),
		.at_most = json_is_number(at_most) ? json_number_value(at_most) : INFINITY,
		.json = json,
		.value = NAN,
		.low = NAN,
		.high = NAN,
		.state = LIMIT_UNMEASURED};
	if (limit.cell == NULL || limit.metric == NULL ||
	    (limit.at_least == 0 && isinf(limit.at_most)))
		limit.reason = "the limit lacks its cell, metric or at_most";
	if (limit.cell == NULL)
		limit.cell = "";
	if (limit.metric == NULL)
		limit.metric = "";
	if (limit.name == NULL)
		limit.name = limit.cell;
	return limit;
}

/* The side that contains a limit's `over`, or NULL. */
static const struct measured *base_of(const json_t *json, const struct measured *self,
				      const struct measured *bases, size_t bases_count)
{
	const char *phase = json_string_value(json_object_get(json, "phase"));
	if (phase == NULL)
		return self;
	for (size_t i = 0; i < bases_count; i++) {
		if (bases[i].side->name != NULL && strcmp(bases[i].side->name, phase) == 0)
			return &bases[i];
	}
	return NULL;
}

/* Measures limit->cell. */
static int evaluate_cell(const struct measured *self, const struct measured *base, uint64_t seed,
			 struct limit_result *limit)
{
	const json_t *scale = json_object_get(limit->json, "scale");
	struct series above = {0}, below = {0};
	int err = 0;
	if (limit->reason == NULL)
		limit->reason = read_series(self, limit->cell, limit, &above, &err);
	if (limit->reason == NULL && base == NULL)
		limit->reason = "the phase to compare with is missing";
	if (limit->reason == NULL && limit->over != NULL)
		limit->reason = read_series(base, limit->over, limit, &below, &err);
	if (limit->reason == NULL && limit->over != NULL &&
	    !same_durability(above.summary, below.summary))
		limit->reason = "their durability is not the same";
	if (err == 0 && limit->reason == NULL)
		err = measure(limit, &above, limit->over == NULL ? NULL : &below,
			      json_is_number(scale) ? json_number_value(scale) : 1, seed);
	free(above.values);
	free(below.values);
	return err;
}

static bool is_better(const struct limit_result *a, const struct limit_result *b)
{
	if (a->state == LIMIT_UNMEASURED || b->state == LIMIT_UNMEASURED)
		return a->state != LIMIT_UNMEASURED && b->state == LIMIT_UNMEASURED;
	return isinf(a->at_most) ? a->value > b->value : a->value < b->value;
}

static int evaluate(const json_t *json, const struct measured *self, const struct measured *base,
		    uint64_t seed, struct limit_result *limit)
{
	json_t *others = json_object_get(json, "or");
	const json_t *name;
	size_t i;
	struct limit_result empty = read_limit(json);
	empty.alternatives_count = json_array_size(others);
	*limit = empty;
	int err = evaluate_cell(self, base, seed, limit);
	json_array_foreach(others, i, name)
	{
		struct limit_result other = empty;
		other.cell = json_string_value(name);
		if (err == 0 && other.cell != NULL)
			err = evaluate_cell(self, base, seed, &other);
		if (err == 0 && is_better(&other, limit))
			*limit = other;
	}
	return err;
}

int limits_evaluate(const json_t *limits, const struct limit_side *side,
		    const struct limit_side *bases, size_t bases_count, struct limit_result **out,
		    size_t *count)
{
	uint64_t seed = (uint64_t)json_integer_value(json_object_get(side->run->info, "seed"));
	size_t limits_count = json_array_size(limits);
	struct limit_result *results = calloc(limits_count + 1, sizeof *results);
	struct measured *measured =
		calloc(bases_count + 1, sizeof *measured); /* own side, then the bases */
	int err = results == NULL || measured == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && limits_count > 0 && i <= bases_count; i++)
		err = measured_init(&measured[i], i == 0 ? side : &bases[i - 1]);
	for (size_t i = 0; err == 0 && i < limits_count; i++) {
		const json_t *json = json_array_get(limits, i);
		err = evaluate(json, &measured[0],
			       base_of(json, &measured[0], measured + 1, bases_count), seed + i,
			       &results[i]);
	}
	for (size_t i = 0; measured != NULL && i <= bases_count; i++)
		measured_release(&measured[i]);
	free(measured);
	if (err != 0) {
		free(results);
		return err;
	}
	*out = results;
	*count = limits_count;
	return 0;
}

const char *limit_state_text(enum limit_state state)
{
	return state == LIMIT_MET ? "met" : state == LIMIT_MISSED ? "MISSED" : "not measured";
}

static void format_figure(char *text, size_t size, const struct limit_result *limit, double value,
			  bool utf8)
{
	if (limit->over != NULL)
		format_ratio(text, size, value, utf8);
	else
		format_metric(text, size, limit->metric, value, utf8);
}

void limit_texts(const struct limit_result *limit, bool utf8, struct limit_texts *out)
{
	char low[UNIT_TEXT_MAX], high[UNIT_TEXT_MAX];
	format_figure(out->value, sizeof out->value, limit, limit->value, utf8);
	out->sense = isinf(limit->at_most) ? "at least" : "at most";
	format_figure(out->bound, sizeof out->bound, limit,
		      isinf(limit->at_most) ? limit->at_least : limit->at_most, utf8);
	format_figure(low, sizeof low, limit, limit->low, utf8);
	format_figure(high, sizeof high, limit, limit->high, utf8);
	if (isnan(limit->low))
		snprintf(out->interval, sizeof out->interval, "-");
	else
		snprintf(out->interval, sizeof out->interval, "%s%s%s", low, utf8 ? "…" : "..",
			 high);
}
