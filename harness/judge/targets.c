/*
 * Reads and measures targets.
 *
 * How it works: each target becomes one limit (limits.c) for every cell that its pattern matches,
 * so targets and the limits of a suite are measured by the same code.
 *
 * Source: fnmatch(3)
 */
#include "targets.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/ini.h"
#include "../base/units.h"

#define FORMS                                                                                      \
	"valid: METRIC <= NUMBER UNIT, [METRIC] improves NUMBER %% on PHASE, [METRIC] <= NUMBER "  \
	"x "                                                                                       \
	"CELL"

struct reading {
	json_t *targets, *target; /* target: that of the current section */
};

static const struct {
	const char *name, *kind; /* kind: the ending of the metrics that have this unit */
	double factor;
} units[] = {{"ns", "ns", 1},
	     {"us", "ns", 1e3},
	     {"µs", "ns", 1e3},
	     {"ms", "ns", 1e6},
	     {"s", "ns", 1e9},
	     {"B", "bytes", 1},
	     {"KiB", "bytes", 1024},
	     {"MiB", "bytes", 1024.0 * 1024},
	     {"GiB", "bytes", 1024.0 * 1024 * 1024},
	     {"kB", "bytes", 1e3},
	     {"MB", "bytes", 1e6},
	     {"GB", "bytes", 1e9},
	     {"%", "percent", 1},
	     {"k", "", 1e3},
	     {"M", "", 1e6},
	     {"G", "", 1e9}};

static const char *kind_of(const char *metric)
{
	static const char *const kinds[] = {"ns", "bytes", "percent"};
	if (strncmp(metric, "lat_ns_", 7) == 0)
		return "ns";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t len = strlen(metric), kind_len = strlen(kinds[i]);
		if (len > kind_len && strcmp(metric + len - kind_len, kinds[i]) == 0 &&
		    metric[len - kind_len - 1] == '_')
			return kinds[i];
	}
	return "";
}

static int unit_factor(const char *unit, const char *metric, double *factor, struct why *why)
{
	const char *kind = kind_of(metric);
	char valid[80] = "none";
	*factor = 1;
	if (unit[0] == '\0')
		return 0;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(units[i].kind, kind) != 0)
			continue;
		if (strcmp(units[i].name, unit) == 0) {
			*factor = units[i].factor;
			return 0;
		}
		/* "none" is no unit here, not a part. */
		size_t len = strcmp(valid, "none") == 0 ? 0 : strlen(valid);
		snprintf(valid + len, sizeof valid - len, "%s%s", len == 0 ? "" : ", ",
			 units[i].name);
	}
	return why_set(why, -EINVAL, "'%.24s' is not a unit of %.40s; valid: %s", unit, metric,
		       valid);
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* The text after `word` if it begins with it, else NULL. */
static const char *after(const char *text, const char *word)
{
	size_t len = strlen(word);
	return strncmp(text, word, len) == 0 ? skip_blanks(text + len) : NULL;
}

static int number_at(const char **text, double *number, struct why *why)
{
	char *end;
	*number = strtod(*text, &end);
	if (end == *text || !isfinite(*number) || *number < 0)
		return why_set(why, -EINVAL, "'%.40s': a number of at least 0 is required", *text);
	*text = skip_blanks(end);
	return 0;
}

static int set_improvement(json_t *target, const char *rest, struct why *why)
{
	double percent;
	int err = number_at(&rest, &percent, why);
	if (err != 0)
		return err;
	const char *on = after(rest, "%");
	on = on == NULL ? NULL : after(on, "on ");
	if (on == NULL || on[0] == '\0' || percent >= 100)
		return why_set(why, -EINVAL,
			       "improves NUMBER %% on PHASE: NUMBER must be below 100");
	json_object_set_new(target, "at_most", json_real(1 - percent / 100));
	json_object_set_new(target, "phase", json_string(on));
	return 0;
}

static int set_bound(json_t *target, const char *metric, const char *rest, struct why *why)
{
	static const char *const times[] = {"x ", "×", "*"};
	double number, factor;
	int err = number_at(&rest, &number, why);
	for (size_t i = 0; err == 0 && i < sizeof times / sizeof *times; i++) {
		const char *over = after(rest, times[i]);
		if (over == NULL)
			continue;
		if (strchr(over, '/') == NULL)
			return why_set(why, -EINVAL, "'%.60s' is not the name of a cell", over);
		json_object_set_new(target, "over", json_string(over));
		json_object_set_new(target, "at_most", json_real(number));
		return 0;
	}
	if (err == 0)
		err = unit_factor(rest, metric, &factor, why);
	if (err == 0)
		json_object_set_new(target, "at_most", json_real(number * factor));
	return err;
}

static int set_requirement(json_t *target, const char *value, struct why *why)
{
	static const char *const at_most[] = {"<=", "≤"};
	char metric[64] = "";
	size_t len =
		strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	const char *rest = skip_blanks(value + len);
	bool improves = len == 8 && strncmp(value, "improves", 8) == 0;
	if (len >= sizeof metric)
		return why_set(why, -EINVAL, "'%.40s…' is not a metric", value);
	snprintf(metric, sizeof metric, "%.*s", (int)len, value);
	bool named = len > 0 && !improves;
	if (!named)
		snprintf(metric, sizeof metric, "real_time_ns");
	json_object_set_new(target, "metric", json_string(metric));
	if (improves)
		return set_improvement(target, rest, why);
	if (named && after(rest, "improves ") != NULL)
		return set_improvement(target, after(rest, "improves "), why);
	for (size_t i = 0; i < sizeof at_most / sizeof *at_most; i++) {
		if (after(rest, at_most[i]) != NULL)
			return set_bound(target, metric, after(rest, at_most[i]), why);
	}
	return why_set(why, -EINVAL, "cannot read '%.40s'; " FORMS, value);
}

/* Checks that the section that ended is complete. */
static int end_section(void *context, struct why *why)
{
	static const char *const needed[] = {"cells", "require"};
	const struct reading *reading = context;
	for (size_t i = 0; i < 2; i++) {
		if (json_object_get(reading->target, needed[i]) == NULL)
			return why_set(why, -EINVAL, "[target %.60s] has no '%s'",
				       json_string_value(json_object_get(reading->target, "name")),
				       needed[i]);
	}
	return 0;
}

static int begin_section(void *context, const char *section, struct why *why)
{
	struct reading *reading = context;
	const char *name = strncmp(section, "target ", 7) == 0 ? skip_blanks(section + 7) : "";
	if (name[0] == '\0')
		return why_set(why, -EINVAL, "unknown section [%.60s]; valid: [target NAME]",
			       section);
	for (size_t i = 0; i < json_array_size(reading->targets); i++) {
		const json_t *other = json_array_get(reading->targets, i);
		if (strcmp(json_string_value(json_object_get(other, "name")), name) == 0)
			return why_set(why, -EINVAL, "[target %.60s] is already defined", name);
	}
	reading->target = json_pack("{s:s}", "name", name);
	if (reading->target == NULL)
		return why_set(why, -EINVAL, "the name is not UTF-8");
	return json_array_append_new(reading->targets, reading->target) == 0 ? 0 : -ENOMEM;
}

static int on_key(void *context, const char *section, const char *key, const char *value,
		  struct why *why)
{
	const struct reading *reading = context;
	bool known = strcmp(key, "cells") == 0 || strcmp(key, "require") == 0 ||
		     strcmp(key, "text") == 0;
	(void)section;
	if (reading->target == NULL)
		return why_set(why, -EINVAL, "'%.40s' before the first [target NAME]", key);
	if (!known)
		return why_set(why, -EINVAL, "unknown key '%.40s'; valid: cells, require, text",
			       key);
	if (json_object_get(reading->target, key) != NULL)
		return why_set(why, -EINVAL, "'%s' is given twice", key);
	if (json_object_set_new(reading->target, key, json_string(value)) != 0)
		return why_set(why, -EINVAL, "the value of '%s' is not UTF-8", key);
	return strcmp(key, "require") == 0 ? set_requirement(reading->target, value, why) : 0;
}

int targets_load(const char *path, json_t **out, struct why *why)
{
	static const struct ini_hooks hooks = {begin_section, on_key, end_section};
	struct reading reading = {.targets = json_array()};
	int err = ini_read(path, &hooks, &reading, why);
	if (err != 0)
		json_decref(reading.targets);
	else
		*out = reading.targets;
	return err;
}

/* ---- measuring ---- */

/* Replaces the parts of `pattern` that are * by those of `cell`; a trailing * by all remaining
 * parts. */
static json_t *other_cell(const char *pattern, const char *cell)
{
	char name[1024] = "";
	size_t len = 0;
	for (;;) {
		size_t part = strcspn(pattern, "/"), own = strcspn(cell, "/");
		bool star = part == 1 && pattern[0] == '*', last = pattern[part] == '\0';
		size_t take = star ? (last ? strlen(cell) : own) : part;
		int put = snprintf(name + len, sizeof name - len, "%.*s%s", (int)take,
				   star ? cell : pattern, last ? "" : "/");
		if (put < 0 || (size_t)put >= sizeof name - len)
			return json_string("");
		len += (size_t)put;
		if (last)
			return json_string(name);
		pattern += part + 1;
		cell += own + (cell[own] == '/');
	}
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The LIMIT (record/run.h) of one cell. */
static json_t *limit_for(const json_t *target, const char *cell)
{
	const char *over = text_of(target, "over"), *phase = text_of(target, "phase");
	json_t *limit = json_pack("{s:s,s:s,s:s,s:O}", "name", text_of(target, "name"), "cell",
				  cell, "metric", text_of(target, "metric"), "at_most",
				  json_object_get(target, "at_most"));
	if (limit != NULL && over != NULL)
		json_object_set_new(limit, "over", other_cell(over, cell));
	if (limit != NULL && phase != NULL) {
		json_object_set_new(limit, "over", json_string(cell));
		json_object_set_new(limit, "phase", json_string(phase));
	}
	return limit;
}

static int expand(struct targets *targets, const struct limit_side *run)
{
	size_t count = json_array_size(targets->json), used = 0, room = 0;
	for (size_t i = 0; i < count; i++) {
		const json_t *target = json_array_get(targets->json, i);
		for (size_t j = 0; j < run->summaries_count; j++) {
			if (fnmatch(text_of(target, "cells"), run->summaries[j].name, 0) != 0)
				continue;
			if (used == room) {
				room = room == 0 ? 64 : 2 * room;
				size_t *owner = reallocarray(targets->owner, room, sizeof *owner);
				if (owner == NULL)
					return -ENOMEM;
				targets->owner = owner;
			}
			if (json_array_append_new(targets->limits,
						  limit_for(target, run->summaries[j].name)) != 0)
				return -ENOMEM;
			targets->owner[used++] = i;
		}
	}
	return 0;
}

static double excess(const struct limit_result *limit)
{
	return limit->at_most > 0 ? limit->value / limit->at_most : limit->value;
}

static void add_up(struct target_result *result, const struct limit_result *cell)
{
	result->met_count += cell->state == LIMIT_MET;
	result->missed_count += cell->state == LIMIT_MISSED;
	result->unmeasured_count += cell->state == LIMIT_UNMEASURED;
	if (cell->state == LIMIT_UNMEASURED && result->reason == NULL)
		result->reason = cell->reason;
	if (cell->state != LIMIT_UNMEASURED &&
	    (result->worst == NULL || excess(cell) > excess(result->worst)))
		result->worst = cell;
}

int targets_evaluate(json_t *json, const struct limit_side *run, const struct limit_side *bases,
		     size_t bases_count, struct targets *out)
{
	*out = (struct targets){.json = json, .limits = json_array()};
	out->results_count = json_array_size(json);
	out->results = calloc(out->results_count + 1, sizeof *out->results);
	int err = out->results == NULL || out->limits == NULL ? -ENOMEM : expand(out, run);
	if (err == 0)
		err = limits_evaluate(out->limits, run, bases, bases_count, &out->cells,
				      &out->cells_count);
	for (size_t i = 0; err == 0 && i < out->cells_count; i++)
		add_up(&out->results[out->owner[i]], &out->cells[i]);
	for (size_t i = 0; err == 0 && i < out->results_count; i++) {
		const json_t *target = json_array_get(json, i);
		struct target_result *result = &out->results[i];
		const char *text = text_of(target, "text");
		result->name = text != NULL ? text : text_of(target, "name");
		result->require = text_of(target, "require");
		result->state = result->missed_count > 0 ? LIMIT_MISSED
				: result->unmeasured_count > 0 || result->met_count == 0
					? LIMIT_UNMEASURED
					: LIMIT_MET;
		if (result->met_count + result->missed_count + result->unmeasured_count == 0)
			result->reason = "no cell of this run matches";
	}
	if (err != 0)
		targets_release(out);
	return err;
}

void targets_release(struct targets *targets)
{
	json_decref(targets->json);
	json_decref(targets->limits);
	free(targets->cells);
	free(targets->owner);
	free(targets->results);
	*targets = (struct targets){0};
}

void target_missed_by(const struct limit_result *limit, char *text, size_t size)
{
	double percent = 100 * (limit->value / limit->at_most - 1);
	if (limit->at_most > 0)
		snprintf(text, size, "%.*f %%", percent < 9.95 ? 1 : 0, percent);
	else
		format_metric(text, size, limit->metric, limit->value, true);
}
