/*
 * Suites: INI files.
 *
 *   [suite]          summary = one line
 *                    plugin = PATH.so, from the folder of the suite; a line for each plug-in, before the
 *                    sections that name its engines
 *   [cells NAME]     the keys of a selection (cell.h); each section is expanded separately
 *   [command NAME]   command = CMD, against, files, cache, prepare, stdout_hash and the keys that say how often:
 *                    a program, measured like a cell (support/command.h)
 *   [limit NAME]     cell, over, metric, at_most, at_least, scale, per: a ratio that is shown after the
 *                    table; text is its label (libinih truncates names of sections at 50 bytes).
 *                    cell = A | B, or one line per cell: the best value counts
 *   [claim ID]       a published claim about a system: the keys of a limit, and system, case (the
 *                    circumstances), expected (in words), depends (on what the result depends if
 *                    the cases of one claim differ), beyond (the far end of a claimed range):
 *                    `iowalk export --format claims`
 *   [budget METRIC]  percent, absolute, warm_only: how much the metric may increase per walk before a gate
 *                    calls it a regression (judge/comparison.h); METRIC may end in *
 *   [accept PATTERN] reason, until: regressions of cells whose name matches do not fail a gate up to
 *                    that day (judge/accept.h); cell = a longer pattern than a name of a section can be
 *
 * Anything else is refused with file and line.
 */
#include "internal.h"
#include "../base/ini.h"
#include "../base/pattern.h"
#include "../base/text.h"
#include "../plugin/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct reading {
	struct plan *plan;
	const char *path; /* of the suite */
	const struct selection *overrides;
	struct selection selection; /* of the section if it is [cells NAME] or [command NAME] */
	bool in_cells, is_claim;
	bool key_used[SELECTION_KEYS_COUNT]; /* of the overrides: some section can have it */
	json_t *limit;  /* of the section, or NULL; in plan->limits or plan->claims */
	json_t *accept; /* of the section, or NULL; in plan->accepts */
	json_t *budget; /* of the section, or NULL; in plan->budgets */
	uint64_t
		options_used; /* bit i: option i of the command line has an owner in some section */
};

/* The key is new, or it may be repeated. libinih reports an indented line as a repetition of the key above
 * it. */
static int check_once(struct reading *reading, const char *key, struct why *why)
{
	for (size_t i = 0; i < SELECTION_KEYS_COUNT; i++) {
		if (i != KEY_OPT && reading->selection.values[i] &&
		    strcmp(selection_keys[i].name, key) == 0)
			return why_set(why, -EINVAL,
				       "'%s' is given twice in its section (a value is one line)",
				       key);
	}
	return 0;
}

/*
 * Options of the command line replace those of a section if it has their owner. Each option must
 * apply to at least one section.
 */
static int override_options(struct reading *reading, struct why *why)
{
	struct selection *selection = &reading->selection;
	const char *word = reading->overrides->values[KEY_OPT];
	unsigned bit = 0;
	int err = 0;

	free(selection->values[KEY_OPT]);
	selection->values[KEY_OPT] = NULL;
	while (!err && *word) {
		char one[128];
		size_t len = strcspn(word, ","), owner_len = strcspn(word, ".,");

		snprintf(one, sizeof(one), "%.*s", (int)len, word);
		if (selection_names(selection, word, owner_len)) {
			reading->options_used |= UINT64_C(1) << bit;
			err = selection_set(selection, "opt", one, why);
		}
		word += len + (word[len] == ',');
		bit = bit < 63 ? bit + 1 : bit;
	}
	return err;
}

/* The first option of the command line that applied to no section, or NULL. */
static const char *unused_option(const struct reading *reading)
{
	const char *word = reading->overrides ? reading->overrides->values[KEY_OPT] : NULL;

	for (unsigned bit = 0; word && *word; bit = bit < 63 ? bit + 1 : bit) {
		size_t len = strcspn(word, ",");
		if (!(reading->options_used & UINT64_C(1) << bit))
			return word;
		word += len + (word[len] == ',');
	}
	return NULL;
}

#define SECTION_LEN_MAX 49 /* libinih cuts longer names */

/* Both keys are there, and the pattern is a regular expression. */
static int check_accept(const json_t *accept, struct why *why)
{
	const char *pattern = json_string_value(json_object_get(accept, "pattern"));
	regex_t regex;

	if (!json_object_get(accept, "reason") || !json_object_get(accept, "until"))
		return why_set(why, -EINVAL, "[accept %.60s]: needs `reason` and `until`", pattern);
	int err = pattern_compile("accept", pattern, &regex, why);
	if (!err)
		regfree(&regex);
	return err;
}

static int end_section(void *context, struct why *why)
{
	struct reading *reading = context;
	int err = 0;

	if (reading->accept)
		return check_accept(reading->accept, why);
	if (!reading->in_cells)
		return 0;
	bool is_command = reading->selection.values[KEY_NAME] != NULL;
	if (is_command && !reading->selection.values[KEY_COMMAND])
		return why_set(why, -EINVAL, "[command %.60s] has no `command`",
			       reading->selection.values[KEY_NAME]);
	for (enum selection_key i = 0; !err && i < SELECTION_KEYS_COUNT; i++) {
		if (!reading->overrides || !reading->overrides->values[i] || i == KEY_OPT)
			continue;
		if (is_command && !selection_key_is_of_commands(i))
			continue;
		reading->key_used[i] = true;
		free(reading->selection.values[i]);
		reading->selection.values[i] = NULL;
		err = selection_set(&reading->selection, selection_keys[i].name,
				    reading->overrides->values[i], why);
	}
	if (!err && !is_command && reading->overrides && reading->overrides->values[KEY_OPT])
		err = override_options(reading, why);
	if (!err)
		err = plan_add(reading->plan, &reading->selection, why);
	selection_release(&reading->selection);
	reading->in_cells = false;
	return err;
}

/* "A | B": the first name of all lines is the cell, the others are `or`. */
static int set_cells(struct reading *reading, const char *value, struct why *why)
{
	static const char between[] = " | ";

	while (value) {
		const char *end = strstr(value, between);
		size_t len = end ? (size_t)(end - value) : strlen(value);
		json_t *others = json_object_get(reading->limit, "or");

		if (len == 0 || *value == '|' || value[len - 1] == '|')
			return why_set(why, -EINVAL, "cell: a name is missing beside '|'");
		if (!json_object_get(reading->limit, "cell")) {
			json_object_set_new(reading->limit, "cell", json_stringn(value, len));
		} else {
			if (!others)
				json_object_set_new(reading->limit, "or", others = json_array());
			json_array_append_new(others, json_stringn(value, len));
		}
		value = end ? end + strlen(between) : NULL;
	}
	return 0;
}

static int set_json(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) != 0 ? -ENOMEM : 0;
}

static int set_limit(struct reading *reading, const char *key, const char *value, struct why *why)
{
	/* After the NULL: keys of claims only. */
	static const char *const texts[] = {"over",   "metric", "per",      "text",   NULL,
					    "system", "case",   "expected", "depends"};
	static const char *const numbers[] = {"at_most", "at_least", "scale", NULL, "beyond"};

	if (strcmp(key, "cell") == 0)
		return set_cells(reading, value, why);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!texts[i] && !reading->is_claim)
			break;
		if (texts[i] && strcmp(key, texts[i]) == 0)
			return set_json(reading->limit, strcmp(key, "text") == 0 ? "name" : key,
					json_string(value));
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char *end;
		double number = strtod(value, &end);

		if (!numbers[i] && !reading->is_claim)
			break;
		if (!numbers[i] || strcmp(key, numbers[i]) != 0)
			continue;
		if (end == value || *end || !(number > 0))
			return why_set(why, -EINVAL, "%s '%.40s': not a number above 0", key,
				       value);
		return set_json(reading->limit, key, json_real(number));
	}
	return why_set(why, -EINVAL,
		       "unknown key '%.24s'; valid: cell, over, metric, per, text, at_most, "
		       "at_least, scale%s",
		       key, reading->is_claim ? ", system, case, expected, depends, beyond" : "");
}

static int set_budget(struct reading *reading, const char *key, const char *value, struct why *why)
{
	struct option_spec flag = {.name = key, .type = OPTION_BOOL};
	uint64_t is_set;
	char *end;

	if (strcmp(key, "warm_only") == 0) {
		int err = option_parse(&flag, value, &is_set, why);
		return err ? err
			   : json_object_set_new(reading->budget, key, json_boolean(is_set != 0));
	}
	if (strcmp(key, "percent") != 0 && strcmp(key, "absolute") != 0)
		return why_set(why, -EINVAL,
			       "unknown key '%.24s'; valid: percent, absolute, warm_only", key);
	double number = strtod(value, &end);
	if (end == value || *end || !(number >= 0) || number > 1e18)
		return why_set(why, -EINVAL, "%s '%.40s': not a number from 0", key, value);
	return set_json(reading->budget, key, json_real(number));
}

static int set_accept(struct reading *reading, const char *key, const char *value, struct why *why)
{
	struct tm day = {0};
	const char *end;

	if (strcmp(key, "reason") == 0)
		return set_json(reading->accept, key, json_text(value));
	if (strcmp(key, "cell") == 0)
		return set_json(reading->accept, "pattern", json_text(value));
	if (strcmp(key, "until") != 0)
		return why_set(why, -EINVAL, "unknown key '%.24s'; valid: reason, until, cell",
			       key);
	/* Texts of this form are in the order of the days. */
	end = strptime(value, "%Y-%m-%d", &day);
	int number = day.tm_mday;
	/* timegm() makes 2 March of 30 February. */
	bool is_day = end && !*end && timegm(&day) != (time_t)-1 && day.tm_mday == number;
	if (strlen(value) != strlen("2027-01-31") || !is_day)
		return why_set(why, -EINVAL, "until '%.40s': not a day like 2027-01-31", value);
	return set_json(reading->accept, key, json_string(value));
}

static int begin_section(void *context, const char *section, struct why *why)
{
	struct reading *reading = context;

	reading->limit = reading->budget = reading->accept = NULL;
	reading->is_claim = strncmp(section, "claim ", 6) == 0;
	if (strncmp(section, "cells ", 6) == 0) {
		reading->in_cells = true;
	} else if (strncmp(section, "command ", 8) == 0) {
		reading->in_cells = true;
		return selection_set(&reading->selection, selection_keys[KEY_NAME].name,
				     section + 8, why);
	} else if (reading->is_claim) {
		reading->limit = json_pack("{ssss}", "id", section + 6, "name", section + 6);
		json_array_append_new(reading->plan->claims, reading->limit);
	} else if (strncmp(section, "limit ", 6) == 0) {
		reading->limit = json_pack("{ss}", "name", section + 6);
		json_array_append_new(reading->plan->limits, reading->limit);
	} else if (strncmp(section, "budget ", 7) == 0) {
		reading->budget = json_pack("{ss}", "metric", section + 7);
		json_array_append_new(reading->plan->budgets, reading->budget);
	} else if (strncmp(section, "accept ", 7) == 0) {
		if (strlen(section) >= SECTION_LEN_MAX)
			return why_set(why, -EINVAL,
				       "[%.60s]: too long; use a short name and the key `cell`",
				       section);
		reading->accept = json_pack("{ss}", "pattern", section + 7);
		json_array_append_new(reading->plan->accepts, reading->accept);
	} else if (strcmp(section, "suite") != 0) {
		return why_set(why, -EINVAL,
			       "unknown section [%.32s]; valid: [suite], [cells NAME], "
			       "[command NAME], [limit NAME], [claim ID], [budget METRIC], [accept "
			       "PATTERN]",
			       section);
	}
	return 0;
}

/* A path of the suite begins in its folder, so that both can be kept together. */
static int load_plugin(const struct reading *reading, const char *value, struct why *why)
{
	const char *slash = strrchr(reading->path, '/');
	char path[4096];

	if (value[0] == '/' || !slash)
		return plugin_load(value, why);
	snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - reading->path), reading->path, value);
	return plugin_load(path, why);
}

static int on_key(void *context, const char *section, const char *key, const char *value,
		  struct why *why)
{
	struct reading *reading = context;

	if (reading->in_cells) {
		int err = check_once(reading, key, why);
		return err ? err : selection_set(&reading->selection, key, value, why);
	}
	if (reading->limit)
		return set_limit(reading, key, value, why);
	if (reading->accept)
		return set_accept(reading, key, value, why);
	if (reading->budget)
		return set_budget(reading, key, value, why);
	if (strcmp(section, "suite") == 0 && strcmp(key, "plugin") == 0)
		return load_plugin(reading, value, why);
	if (strcmp(section, "suite") != 0 || strcmp(key, "summary") != 0)
		return why_set(why, -EINVAL,
			       "unknown key '%.24s' in [%.32s]; valid: summary, plugin", key,
			       section);
	free(reading->plan->summary);
	reading->plan->summary = strdup(value);
	return reading->plan->summary ? 0 : -ENOMEM;
}

/* "quick" for "workloads/suites/quick.ini". */
static char *suite_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	return strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

int plan_add_suite(struct plan *plan, const char *path, const struct selection *overrides,
		   struct why *why)
{
	static const struct ini_hooks hooks = {begin_section, on_key, end_section};
	struct reading reading = {.plan = plan, .path = path, .overrides = overrides};
	int err = ini_read(path, &hooks, &reading, why);

	selection_release(&reading.selection);
	if (err)
		return err;
	for (size_t i = 0; overrides && i < SELECTION_KEYS_COUNT; i++) {
		if (overrides->values[i] && i != KEY_OPT && !reading.key_used[i])
			return why_set(
				why, -EINVAL,
				"'%s' is for none of the suite's sections: commands have none",
				selection_keys[i].name);
	}
	const char *unused = unused_option(&reading);
	if (unused)
		return why_set(
			why, -EINVAL,
			"option '%.*s' is for none of the suite's cells: its owner is not among "
			"their engines, layouts and workloads",
			(int)strcspn(unused, ","), unused);
	if (!plan->cells_count)
		return why_set(why, -EINVAL, "'%s': no [cells NAME] and no [command NAME] section",
			       path);
	free(plan->suite);
	plan->suite = suite_name(path);
	return plan->suite ? 0 : -ENOMEM;
}
