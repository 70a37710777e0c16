/* The keys of a selection: see selection.h. expand.c makes cells of it. */
#include "internal.h"

#include "../base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiles.h"

const char *const pass_names[PASSES_COUNT] = {"time", "latency", "count", "profile"};

const struct selection_key_info selection_keys[SELECTION_KEYS_COUNT] = {
	[KEY_WORKLOAD] = {"workload", "W,..", "bfs", "workloads; see `iowalk list workloads`"},
	[KEY_GRAPH] = {"graph", "G,..", "chain,star,random",
		       "graphs; see `iowalk list graphs`; file:PATH reads a graph from a file"},
	[KEY_NODES] = {"nodes", "N,..", "1000,10000", "nodes of generated graphs"},
	[KEY_DEGREE] = {"degree", "D", NULL, "edges per node of random graphs (default: 2)"},
	[KEY_UNDIRECTED] = {"undirected", NULL, NULL,
			    "graphs from a file: each edge goes in both directions"},
	[KEY_ROOT] =
		{"root", "ID,..", NULL,
		 "nodes where walks start, by their ids in the graph (default: the first node)"},
	[KEY_ROOTS] = {"roots", "N", NULL,
		       "N roots, drawn from the largest component of each graph: walks begin at "
		       "drawn1, drawn2, …"},
	[KEY_LAYOUT] = {"layout", "L,..", "slotted",
			"file layouts; see `iowalk list layouts`; all or *: all"},
	[KEY_ENGINE] = {"engine", "E,..", "buffered,pread,mmap,mmap_advised",
			"I/O engines; see `iowalk list engines`; all or *: all, without null "
			"and wrappers"},
	[KEY_PROFILE] = {"profile", "P,..", NULL,
			 "named systems, instead of layout and engine; see `iowalk list profiles`; "
			 "FILE.ini: all of a file of `iowalk tune`, FILE.ini:NAME: one of it"},
	[KEY_CACHE] = {"cache", "cold,warm", "warm",
		       "state of the page cache, verified before each sample"},
	[KEY_OPT] = {"opt", "OWNER.KEY=V,..", NULL,
		     "option of an engine, layout or workload, a cell for each value; may be "
		     "repeated"},
	[KEY_PROCESSES] = {"processes", "N", "6",
			   "fresh processes that measure each cell, in rounds over all cells"},
	[KEY_REPETITIONS] =
		{"repetitions", "N", "10",
		 "samples of the time pass in each process; of cold cells 2 by default"},
	[KEY_MIN_TIME] = {"min_time", "S", "0.002",
			  "a warm sample repeats the walk until this many seconds have passed"},
	[KEY_ITERATIONS] = {"iterations", "N", NULL,
			    "walks per sample, instead of --min-time; in the count pass as well"},
	[KEY_PASSES] = {"passes", "P,..", "time,latency,count", "passes to run"},
	[KEY_INTERLEAVE] =
		{"interleave", NULL, NULL,
		 "keep all cells together in a round, not only those of one graph and layout"},
	[KEY_SEED] = {"seed", "S", NULL,
		      "seed of graphs, queries and the order of cells (default: 0x5F3759DF)"},
	[KEY_MEMORY_LIMIT] =
		{"memory_limit", "SIZE", NULL,
		 "measure in a cgroup with this much memory, page cache included: 192M"},
	[KEY_THREADS] =
		{"threads", "N", NULL,
		 "bfs, lookup: threads, each with its own engine on the same file (default: 1)"},
	[KEY_THRESHOLD] = {"threshold", NULL, NULL,
			   "slowdowns of this section's cells below it pass a gate, per cent"},
	[KEY_COMMAND] = {"command", "CMD", NULL, "[command NAME]: the program with its arguments"},
	[KEY_NAME] = {"name", "NAME", NULL, "[command NAME]: NAME of its section"},
	[KEY_FILES] = {"files", "GLOB,..", NULL,
		       "[command NAME]: the files whose state in the page cache is set"},
	[KEY_COMMAND_PREPARE] = {"prepare", "CMD", NULL,
				 "[command NAME]: shell command before each run, not measured"},
	[KEY_STDOUT_HASH] = {"stdout_hash", NULL, NULL,
			     "[command NAME]: each run must print the same"},
	[KEY_AGAINST] = {"against", "CMD", NULL,
			 "[command NAME]: the program that a gate compares it with"},
};

bool selection_key_is_of_commands(enum selection_key key)
{
	static const enum selection_key keys[] = {
		KEY_COMMAND, KEY_NAME,       KEY_FILES,       KEY_COMMAND_PREPARE, KEY_STDOUT_HASH,
		KEY_CACHE,   KEY_PROCESSES,  KEY_REPETITIONS, KEY_MIN_TIME,        KEY_ITERATIONS,
		KEY_PASSES,  KEY_INTERLEAVE, KEY_SEED,        KEY_THRESHOLD,       KEY_AGAINST,
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i] == key)
			return true;
	}
	return false;
}

bool selection_key_is_of_graphs(enum selection_key key)
{
	return key != KEY_COMMAND && key != KEY_NAME && key != KEY_FILES &&
	       key != KEY_COMMAND_PREPARE && key != KEY_STDOUT_HASH && key != KEY_AGAINST;
}

bool selection_key_is_option(enum selection_key key)
{
	return key != KEY_THRESHOLD && selection_key_is_of_graphs(key);
}

int parse_flag(const char *text, const char *key, bool *value, struct why *why)
{
	struct option_spec spec = {.name = key, .type = OPTION_BOOL};
	uint64_t parsed;
	int err = option_parse(&spec, text, &parsed, why);

	if (!err)
		*value = parsed != 0;
	return err;
}

/* Is it one of those that "all" stands for: what holds a graph's data itself, and is no whole store? */
static bool is_ordinary(enum table table, size_t i)
{
	if (table == TABLE_ENGINES)
		return !(engine_at(i)->capabilities & (ENGINE_NO_DATA | ENGINE_WRAPS));
	return !(layout_at(i)->capabilities & (LAYOUT_NO_DATA | LAYOUT_REFERENCE));
}

int list_of_key(struct list *list, enum selection_key key, const char *text, struct why *why)
{
	char words[4096] = "";
	enum table table = key == KEY_ENGINE ? TABLE_ENGINES : TABLE_LAYOUTS;
	int err = list_split(list, text, selection_keys[key].name, why);

	if (err || (key != KEY_ENGINE && key != KEY_LAYOUT))
		return err;
	for (size_t i = 0; i < list->count; i++) {
		const char *word = list->words[i];
		bool is_all = strcmp(word, "all") == 0 || strcmp(word, "*") == 0;

		if (!is_all)
			text_append(words, sizeof(words), "%s,", word);
		for (size_t k = 0; is_all && k < table_count(table); k++) {
			if (is_ordinary(table, k))
				text_append(words, sizeof(words), "%s,",
					    table_entry(table, k).name);
		}
	}
	free(list->text);
	return list_split(list, words, selection_keys[key].name, why);
}

/* Has one of the words "owner.key=value,…" the same owner and key as `value`? */
static bool has_option(const char *words, const char *value)
{
	size_t len = strcspn(value, "=");

	for (const char *word = words;; word++) {
		if (strncmp(word, value, len) == 0 && word[len] == '=')
			return true;
		word = strchr(word, ',');
		if (!word)
			return false;
	}
}

/* "drawn1,drawn2,drawn3" for "3". */
static int roots_text(const char *value, char *text, size_t size, struct why *why)
{
	char *end;
	unsigned long count = strtoul(value, &end, 10);

	if (!isdigit((unsigned char)*value) || *end || !count || count > LIST_MAX)
		return why_set(why, -EINVAL, "roots '%.40s': not a whole number from 1 to %d",
			       value, LIST_MAX);
	text[0] = '\0';
	for (unsigned long i = 1; i <= count; i++)
		text_append(text, size, "%s" DRAWN_ROOT "%lu", i > 1 ? "," : "", i);
	return 0;
}

int selection_set(struct selection *selection, const char *key, const char *value, struct why *why)
{
	for (size_t i = 0; i < SELECTION_KEYS_COUNT; i++) {
		if (strcmp(selection_keys[i].name, key) != 0)
			continue;
		char roots[LIST_MAX * (sizeof(DRAWN_ROOT) + 3)];
		if (i == KEY_ROOTS) {
			int err = roots_text(value, roots, sizeof(roots), why);
			if (err)
				return err;
			if (selection->values[KEY_ROOT])
				return why_set(why, -EINVAL, "root and roots exclude each other");
			value = roots;
			i = KEY_ROOT;
		}
		char *old = selection->values[i], *fresh;
		if (i == KEY_OPT && old && has_option(old, value))
			return why_set(why, -EINVAL,
				       "option '%.60s': given twice; one cell has one value",
				       value);
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
	bool is_command = selection->values[KEY_NAME] || selection->values[KEY_COMMAND];
	char valid[512] = "";
	for (enum selection_key i = 0; i < SELECTION_KEYS_COUNT; i++) {
		if (is_command ? selection_key_is_of_commands(i) : selection_key_is_of_graphs(i))
			text_append(valid, sizeof(valid), "%s%s", *valid ? ", " : "",
				    selection_keys[i].name);
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
	return selection->values[key] ? selection->values[key] : selection_keys[key].fallback;
}

/* Is it the layout or engine of one of the selection's profiles? */
static bool profiles_name(const struct selection *selection, const char *name, size_t name_len)
{
	struct profiles profiles = {0};
	struct list list = {0};
	bool found = false;

	if (list_split(&list, selection->values[KEY_PROFILE], "", NULL) == 0 &&
	    profiles_load_for(&profiles, &list, NULL) == 0) {
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
		int err = list_of_key(&list, owners[i], selected(selection, owners[i]), NULL);
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
