/*
 * Shards as one run: see merge.h.
 *
 * How it works: keys of run.json and of the build that must agree are in tables. A set of names finds the cells that are in two
 * shards or in none. Everything is in the order of the shards, so that the same runs give the same bytes in any order.
 */
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "machines.h"

static long long integer_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *shard_of(const struct run *run)
{
	return json_object_get(run->info, "shard");
}

static long long number_of(const struct run *run)
{
	return integer_of(shard_of(run), "number");
}

static int by_shard(const void *a, const void *b)
{
	const struct run *x = a, *y = b;
	long long x_number = number_of(x), y_number = number_of(y);

	return x_number != y_number ? (x_number < y_number ? -1 : 1) : strcmp(x->path, y->path);
}

/* ---- what must agree ---- */

static const struct {
	const char *key, *words;
} same_info[] = {
	{"suite", "another suite"},       {"summary", "another suite"},
	{"seed", "another seed"},         {"selections", "other selections or options"},
	{"filter", "another --filter"},   {"exclude", "another --exclude"},
	{"prepare", "another --prepare"}, {"counters", "other --counters"},
	{"limits", "other limits"},       {"claims", "other claims"},
};

static const char *const same_build[] = {"version", "commit",     "dirty",       "compiler",
					 "flags",   "build_type", "program_hash"};

static bool differs(const json_t *a, const json_t *b, const char *key)
{
	const json_t *in_a = json_object_get(a, key), *in_b = json_object_get(b, key);

	return in_a != in_b && !(in_a && in_b && json_equal(in_a, in_b));
}

static int refuse(const struct run *run, const struct run *first, const char *words,
		  struct why *why)
{
	return why_set(why, -EINVAL, "cannot merge: '%.80s' has %s than '%.80s'", run->path, words,
		       first->path);
}

/* A graph file may lie in another folder on another machine, but not be another file. */
static int check_files(const struct run *first, const struct run *run, struct why *why)
{
	const json_t *known = json_object_get(first->info, "graph_files");
	const json_t *files = json_object_get(run->info, "graph_files");

	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *file = json_array_get(files, i);
		for (size_t k = 0; k < json_array_size(known); k++) {
			const json_t *other = json_array_get(known, k);
			if (!differs(file, other, "path") && differs(file, other, "hash"))
				return refuse(run, first, "another content of a graph file", why);
		}
	}
	return 0;
}

static int check_same(const struct run *first, const struct run *run, struct why *why)
{
	const json_t *build = json_object_get(run->environment, "build");
	const json_t *first_build = json_object_get(first->environment, "build");
	const json_t *precision = json_object_get(run->info, "precision");
	const json_t *first_precision = json_object_get(first->info, "precision");
	char words[80];

	for (size_t i = 0; i < sizeof(same_build) / sizeof(same_build[0]); i++) {
		if (!differs(build, first_build, same_build[i]))
			continue;
		snprintf(words, sizeof(words), "another build (%s)", same_build[i]);
		return refuse(run, first, words, why);
	}
	for (size_t i = 0; i < sizeof(same_info) / sizeof(same_info[0]); i++) {
		if (differs(run->info, first->info, same_info[i].key))
			return refuse(run, first, same_info[i].words, why);
	}
	if (differs(precision, first_precision, "asked_percent") ||
	    differs(precision, first_precision, "budget_s"))
		return refuse(run, first, "another --precision or --budget", why);
	if (differs(shard_of(run), shard_of(first), "count")) {
		snprintf(words, sizeof(words), "another number of shards (%lld, not %lld)",
			 integer_of(shard_of(run), "count"), integer_of(shard_of(first), "count"));
		return refuse(run, first, words, why);
	}
	if (differs(shard_of(run), shard_of(first), "cells"))
		return refuse(run, first, "other cells", why);
	return check_files(first, run, why);
}

static int check_shard(const struct run *run, struct why *why)
{
	const json_t *shard = shard_of(run);

	if (!shard)
		return why_set(
			why, -EINVAL,
			"cannot merge: '%.150s' is no shard: it was not measured with --shard",
			run->path);
	if (number_of(run) < 1 || number_of(run) > integer_of(shard, "count") ||
	    !json_is_array(json_object_get(shard, "cells")))
		return why_set(why, -EBADMSG, "'%.150s/run.json' has a damaged `shard`", run->path);
	return 0;
}

/* ---- missing ---- */

/* Appends "2, 5-7" to `text` for the numbers of an array, which ascend. */
static void append_numbers(char *text, size_t size, const json_t *numbers)
{
	for (size_t i = 0, last; i < json_array_size(numbers); i = last + 1) {
		json_int_t first = json_integer_value(json_array_get(numbers, i));

		for (last = i; last + 1 < json_array_size(numbers) &&
			       json_integer_value(json_array_get(numbers, last + 1)) ==
				       first + (json_int_t)(last + 1 - i);)
			last++;
		text_append(text, size, "%s%lld", i ? ", " : "", (long long)first);
		if (last > i)
			text_append(text, size, "-%lld", (long long)first + (long long)(last - i));
	}
}

/* Fills `missing` with the shards that no run has, `interrupted` with those whose run did not end. */
static int find_missing(const struct run *runs, size_t count, json_t *missing, json_t *interrupted,
			struct why *why)
{
	long long shards_count = integer_of(shard_of(&runs[0]), "count");
	size_t at = 0;

	for (size_t i = 1; i < count; i++) {
		if (number_of(&runs[i]) == number_of(&runs[i - 1]))
			return why_set(why, -EINVAL,
				       "cannot merge: shard %lld is there twice: '%.60s' and "
				       "'%.60s' (of two "
				       "kinds of machine: merge each, then report --phases)",
				       number_of(&runs[i]), runs[i - 1].path, runs[i].path);
	}
	for (long long number = 1; number <= shards_count; number++) {
		bool found = at < count && number_of(&runs[at]) == number;
		json_t *list = !found ? missing
			       : json_is_true(json_object_get(shard_of(&runs[at]), "complete"))
				       ? NULL
				       : interrupted;

		if (list && json_array_append_new(list, json_integer(number)) != 0)
			return -ENOMEM;
		at += found;
	}
	return 0;
}

/* -EINVAL if something is missing and must not be. */
static int say_missing(const json_t *missing, const json_t *interrupted, long long shards_count,
		       bool partial, struct why *why)
{
	char text[160] = "";

	if (json_array_size(missing) > 0) {
		text_append(text, sizeof(text), "missing of %lld shards: ", shards_count);
		append_numbers(text, sizeof(text), missing);
	}
	if (json_array_size(interrupted) > 0) {
		text_append(text, sizeof(text), "%sinterrupted: ", *text ? "; " : "");
		append_numbers(text, sizeof(text), interrupted);
	}
	if (!*text)
		return 0;
	return partial ? why_set(why, 0, "%s", text)
		       : why_set(why, -EINVAL, "cannot merge: %s (--partial merges what there is)",
				 text);
}

/* ---- cells ---- */

/* Name of a cell → [index of its run, its entry]. -EINVAL if two runs have it. */
static int index_cells(const struct run *runs, size_t count, json_t *index, struct why *why)
{
	for (size_t i = 0; i < count; i++) {
		json_t *cells = json_object_get(runs[i].info, "cells"), *cell;
		size_t k;

		json_array_foreach(cells, k, cell)
		{
			const char *name = text_of(cell, "name");
			const json_t *known = json_object_get(index, name);

			if (known)
				return why_set(
					why, -EINVAL,
					"cannot merge: cell %.70s is in '%.50s' and in '%.50s': "
					"they "
					"were divided by different --costs",
					name,
					runs[json_integer_value(json_array_get(known, 0))].path,
					runs[i].path);
			if (json_object_set_new_nocheck(index, name,
							json_pack("[I,O]", (json_int_t)i, cell)))
				return -ENOMEM;
		}
	}
	return 0;
}

/* The cells in the order of the plan; machines[count]: the name of each run's machine, or NULL. */
static int merge_cells(json_t *names, const json_t *index, const char *const *machines, bool whole,
		       json_t *out, struct why *why)
{
	json_t *value;
	size_t i;

	json_array_foreach(names, i, value)
	{
		const char *name = json_string_value(value);
		const json_t *found = name ? json_object_get(index, name) : NULL;

		if (!found && whole)
			return why_set(
				why, -EINVAL,
				"cannot merge: cell %.100s is in no shard: they were divided by "
				"different --costs",
				name ? name : "?");
		if (!found)
			continue;
		size_t from = (size_t)json_integer_value(json_array_get(found, 0));
		json_t *cell = json_copy(json_array_get(found, 1));
		if (cell && machines[from])
			json_object_set_new(cell, "machine", json_text(machines[from]));
		if (json_array_append_new(out, cell) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- the record ---- */

/* The command without the words that say which part, and where to. */
static json_t *whole_command(const struct run *run)
{
	static const char *const left_out[] = {"--shard", "--costs", "--out"};
	const json_t *command = json_object_get(run->info, "command");
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(command); i++) {
		const char *word = json_string_value(json_array_get(command, i));
		bool is_kept = true, value_follows = false;

		for (size_t k = 0; word && k < sizeof(left_out) / sizeof(left_out[0]); k++) {
			size_t len = strlen(left_out[k]);
			if (strncmp(word, left_out[k], len) != 0)
				continue;
			is_kept &= word[len] != '=' && word[len];
			value_follows |= !word[len];
		}
		if (is_kept)
			json_array_append(out, json_array_get(command, i));
		i += value_follows;
	}
	return out;
}

/* What the runs reached of the precision that was asked for, added up. */
static json_t *merge_precision(const struct run *runs, size_t count)
{
	static const char *const ends[] = {"rounds", "budget", "interrupted"}; /* the worst last */
	json_t *out = json_copy(json_object_get(runs[0].info, "precision"));
	long long cells_count = 0, reached_count = 0;
	size_t end = 0;

	for (size_t i = 0; i < count; i++) {
		const json_t *precision = json_object_get(runs[i].info, "precision");
		const char *ended = text_of(precision, "ended");

		cells_count += integer_of(precision, "cells_count");
		reached_count += integer_of(precision, "reached_count");
		for (size_t k = end; k < sizeof(ends) / sizeof(ends[0]); k++) {
			if (!ended || strcmp(ended, ends[k]) == 0)
				end = k;
		}
	}
	json_object_set_new(out, "cells_count", json_integer(cells_count));
	json_object_set_new(out, "reached_count", json_integer(reached_count));
	json_object_set_new(out, "ended", json_string(ends[end]));
	return out;
}

static const char *first_started(const struct run *runs, size_t count)
{
	const char *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *started = text_of(runs[i].info, "started");
		if (started && (!first || strcmp(started, first) < 0))
			first = started;
	}
	return first;
}

/* lists[]: missing and interrupted shards. */
static json_t *describe(const struct run *runs, size_t count, const char *const *machines,
			json_t *const lists[2])
{
	json_t *entries = json_array();

	for (size_t i = 0; i < count; i++) {
		const char *base = strrchr(runs[i].path, '/');
		json_t *host = json_object_get(json_object_get(runs[i].environment, "machine"),
					       "host_name");
		json_t *entry = json_pack(
			"{s:o,s:O,s:I,s:I}", "from", json_text(base ? base + 1 : runs[i].path),
			"number", json_object_get(shard_of(&runs[i]), "number"), "cells_count",
			(json_int_t)json_array_size(json_object_get(runs[i].info, "cells")),
			"samples_count", (json_int_t)json_array_size(runs[i].samples));
		if (json_object_get(runs[i].info, "started"))
			json_object_set(entry, "started", json_object_get(runs[i].info, "started"));
		if (host)
			json_object_set(entry, "host_name", host);
		if (machines[i])
			json_object_set_new(entry, "machine", json_text(machines[i]));
		json_array_append_new(entries, entry);
	}
	json_t *out = json_pack("{s:O,s:o}", "count", json_object_get(shard_of(&runs[0]), "count"),
				"runs", entries);
	if (json_array_size(lists[0]) > 0)
		json_object_set(out, "missing", lists[0]);
	if (json_array_size(lists[1]) > 0)
		json_object_set(out, "interrupted", lists[1]);
	return out;
}

/* Adds the graph files that the list does not have. */
static void add_files(json_t *files, json_t *own)
{
	json_t *file;
	size_t i;

	json_array_foreach(own, i, file)
	{
		bool known = false;
		for (size_t k = 0; k < json_array_size(files); k++)
			known |= !differs(json_array_get(files, k), file, "path");
		if (!known)
			json_array_append(files, file);
	}
}

static int merge_lists(const struct run *runs, size_t count, struct run *out)
{
	json_t *noise = json_array(), *files = json_array();
	int err = noise && files ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		json_t *own = json_object_get(runs[i].info, "noise");

		if (json_array_extend(out->samples, runs[i].samples) != 0 ||
		    (own && json_array_extend(noise, own) != 0))
			err = -ENOMEM;
		add_files(files, json_object_get(runs[i].info, "graph_files"));
		out->damaged_count += runs[i].damaged_count;
	}
	if (!err && json_array_size(noise) > 0)
		json_object_set(out->info, "noise", noise);
	if (!err && json_array_size(files) > 0)
		json_object_set(out->info, "graph_files", files);
	json_decref(noise);
	json_decref(files);
	return err;
}

/* Of one machine: the roofline of its first run that has one. Of several it is in `machines`. */
static void merge_rooflines(const struct run *runs, size_t count, json_t *kinds, json_t *info)
{
	json_object_del(info, "roofline");
	if (kinds)
		json_object_set(info, "machines", kinds);
	for (size_t i = 0; !kinds && i < count && !json_object_get(info, "roofline"); i++) {
		json_t *roofline = json_object_get(runs[i].info, "roofline");
		if (roofline)
			json_object_set(info, "roofline", roofline);
	}
}

static int merge(const struct run *runs, size_t count, const struct merge_settings *settings,
		 const char **machines, json_t *const lists[2], struct run *out, struct why *why)
{
	json_t *names = json_object_get(shard_of(&runs[0]), "cells");
	json_t *index = json_object(), *cells = json_array(), *kinds = NULL;
	int err = index && cells ? find_missing(runs, count, lists[0], lists[1], why) : -ENOMEM;

	err = err ? err : index_cells(runs, count, index, why);
	err = err ? err
		  : say_missing(lists[0], lists[1], integer_of(shard_of(&runs[0]), "count"),
				settings->partial, why);
	err = err ? err : machines_of_runs(runs, count, settings->same_machine, machines, &kinds);
	err = err ? err
		  : merge_cells(names, index, machines, json_array_size(lists[0]) == 0, cells, why);
	err = err ? err : merge_lists(runs, count, out);
	if (!err) {
		const char *started = first_started(runs, count);

		json_object_del(out->info, "shard");
		json_object_set(out->info, "cells", cells);
		json_object_set_new(out->info, "command", whole_command(&runs[0]));
		json_object_set_new(out->info, "merged", describe(runs, count, machines, lists));
		if (started)
			json_object_set_new(out->info, "started", json_string(started));
		if (json_object_get(runs[0].info, "precision"))
			json_object_set_new(out->info, "precision", merge_precision(runs, count));
		merge_rooflines(runs, count, kinds, out->info);
	}
	json_decref(index);
	json_decref(cells);
	json_decref(kinds);
	return err;
}

int runs_merge(struct run *runs, size_t count, const struct merge_settings *settings,
	       struct run *out, struct why *why)
{
	json_t *lists[2] = {json_array(), json_array()};
	const char **machines = calloc(count + 1, sizeof(*machines));
	int err = lists[0] && lists[1] && machines ? 0 : -ENOMEM;

	*out = (struct run){0};
	for (size_t i = 0; !err && i < count; i++)
		err = check_shard(&runs[i], why);
	if (!err)
		qsort(runs, count, sizeof(*runs), by_shard);
	for (size_t i = 1; !err && i < count; i++)
		err = check_same(&runs[0], &runs[i], why);
	if (!err) {
		*out = (struct run){.path = strdup(runs[0].path),
				    .info = json_copy(runs[0].info),
				    .environment = json_incref(runs[0].environment),
				    .samples = json_array()};
		err = out->path && out->info && out->samples ? 0 : -ENOMEM;
	}
	err = err ? err : merge(runs, count, settings, machines, lists, out, why);
	if (err)
		run_release(out);
	json_decref(lists[0]);
	json_decref(lists[1]);
	free(machines);
	return err;
}
