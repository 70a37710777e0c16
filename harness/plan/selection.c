/* What is selected, and the plan it goes to: see cell.h. How cells are made of it: expand.c. */
#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiles.h"

const char *const pass_names[PASSES_COUNT] = {"time", "latency", "count"};

const char *const selection_key_names[SELECTION_KEYS_COUNT] = {
	"workload", "graph",      "nodes", "degree",       "undirected",  "root",      "layout",
	"engine",   "profile",    "cache", "opt",          "repetitions", "min_time",  "iterations",
	"passes",   "interleave", "seed",  "memory_limit", "threads",     "threshold",
};

/* What a key means where nobody gave it. */
static const char *const defaults[SELECTION_KEYS_COUNT] = {
	[KEY_WORKLOAD] = "bfs",
	[KEY_GRAPH] = "chain,star,random",
	[KEY_NODES] = "1000,10000",
	[KEY_LAYOUT] = "slotted",
	[KEY_ENGINE] = "buffered,pread,mmap,mmap_advised",
	[KEY_CACHE] = "warm",
	[KEY_REPETITIONS] = "10",
	[KEY_MIN_TIME] = "0.02",
	[KEY_PASSES] = "time,latency,count",
};

int list_split(struct list *list, const char *text, const char *key, struct why *why)
{
	char *rest, *word;

	list->count = 0;
	list->text = strdup(text);
	if (!list->text)
		return -ENOMEM;
	for (word = strtok_r(list->text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		while (isspace((unsigned char)*word))
			word++;
		for (char *end = word + strlen(word);
		     end > word && isspace((unsigned char)end[-1]);)
			*--end = '\0';
		if (!*word)
			continue;
		if (list->count == LIST_MAX)
			return why_set(why, -EINVAL, "%s: more than %d entries", key, LIST_MAX);
		list->words[list->count++] = word;
	}
	if (!list->count)
		return why_set(why, -EINVAL, "%s: empty", key);
	return 0;
}

int selection_set(struct selection *selection, const char *key, const char *value, struct why *why)
{
	for (size_t i = 0; i < SELECTION_KEYS_COUNT; i++) {
		if (strcmp(selection_key_names[i], key) != 0)
			continue;
		char *old = selection->values[i], *fresh;
		if (i == KEY_OPT && old) {
			if (asprintf(&fresh, "%s,%s", old, value) < 0)
				return -ENOMEM;
		} else {
			fresh = strdup(value);
		}
		if (!fresh)
			return -ENOMEM;
		free(old);
		selection->values[i] = fresh;
		return 0;
	}
	char valid[256] = "";
	for (size_t i = 0; i < SELECTION_KEYS_COUNT; i++) {
		strcat(valid, i ? ", " : "");
		strcat(valid, selection_key_names[i]);
	}
	return why_set(why, -EINVAL, "unknown key '%.24s'; valid: %s", key, valid);
}

void selection_release(struct selection *selection)
{
	for (size_t i = 0; i < SELECTION_KEYS_COUNT; i++) {
		free(selection->values[i]);
		selection->values[i] = NULL;
	}
}

const char *selected(const struct selection *selection, enum selection_key key)
{
	return selection->values[key] ? selection->values[key] : defaults[key];
}

/* Is it layout or engine of one of the selection's profiles? */
static bool profiles_name(const struct selection *selection, const char *name, size_t name_len)
{
	struct profiles profiles = {0};
	struct list list = {0};
	bool found = false;

	if (list_split(&list, selection->values[KEY_PROFILE], "", NULL) == 0 &&
	    profiles_load(&profiles, NULL) == 0) {
		for (size_t i = 0; i < list.count; i++) {
			const struct profile *profile =
				profiles_find(&profiles, list.words[i], NULL);
			const char *words[] = {profile ? profile->layout : "",
					       profile && profile->engine ? profile->engine : ""};
			for (size_t k = 0; k < 2; k++)
				found |= strncmp(words[k], name, name_len) == 0 &&
					 words[k][name_len] == '\0';
		}
	}
	free(list.text);
	profiles_release(&profiles);
	return found;
}

bool selection_names(const struct selection *selection, const char *name, size_t name_len)
{
	static const enum selection_key owners[] = {KEY_WORKLOAD, KEY_LAYOUT, KEY_ENGINE};
	bool has_profile = selection->values[KEY_PROFILE] != NULL;

	if (has_profile && profiles_name(selection, name, name_len))
		return true;
	for (size_t i = 0; i < (has_profile ? 1 : sizeof(owners) / sizeof(owners[0])); i++) {
		struct list list = {0};
		int err = list_split(&list, selected(selection, owners[i]), "", NULL);
		bool found = false;
		for (size_t k = 0; !err && k < list.count; k++)
			found |= strncmp(list.words[k], name, name_len) == 0 &&
				 list.words[k][name_len] == '\0';
		free(list.text);
		if (found)
			return true;
	}
	return false;
}

void plan_init(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->seed = GRAPH_DEFAULT_SEED;
	plan->selections = json_array();
	plan->limits = json_array();
	plan->claims = json_array();
	plan->budgets = json_array();
}

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++)
		cell_release(&plan->cells[i]);
	free(plan->cells);
	free(plan->suite);
	free(plan->summary);
	free(plan->filter);
	json_decref(plan->selections);
	json_decref(plan->limits);
	json_decref(plan->claims);
	json_decref(plan->budgets);
	memset(plan, 0, sizeof(*plan));
}

int plan_filter(struct plan *plan, const char *expression, struct why *why)
{
	regex_t regex;
	size_t kept = 0;
	int failed = regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB);

	if (failed) {
		char text[96];
		regerror(failed, &regex, text, sizeof(text));
		return why_set(why, -EINVAL, "filter '%.80s': %s", expression, text);
	}
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (regexec(&regex, plan->cells[i].name, 0, NULL, 0) == 0)
			plan->cells[kept++] = plan->cells[i];
		else
			cell_release(&plan->cells[i]);
	}
	plan->cells_count = kept;
	regfree(&regex);
	free(plan->filter);
	plan->filter = strdup(expression);
	return plan->filter ? (int)kept : -ENOMEM;
}

/* The name as an expression that means just it; from the second on behind a '|'. NULL: nothing. */
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

/* "^(A|B)$" of the cells that a claim names. Caller frees; NULL without memory. */
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
