/*
 * Several runs in one record: see joined.h.
 *
 * How it works: cells are joined by name. A cell that one run could not measure and another could has
 * the entry of the one that could. A sample is copied only as deep as the two numbers that change.
 */
#include "joined.h"

#include <errno.h>
#include <string.h>

#define PROCESSES_MAX 1000000 /* of one run; a greater number is damage */

size_t run_joined_count(const struct run *run)
{
	size_t count = json_array_size(json_object_get(run->info, "runs"));
	return count > 0 ? count : 1;
}

size_t sample_run_number(const json_t *sample)
{
	json_int_t number = json_integer_value(json_object_get(sample, "run"));
	return number > 0 ? (size_t)number : 0;
}

const json_t *run_joined_info(const struct run *run, size_t number)
{
	const json_t *entry = json_array_get(json_object_get(run->info, "runs"), number);
	return entry == NULL ? run->info : entry;
}

static int copy_keys(json_t *to, const json_t *from, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(from, keys[i]);
		if (value != NULL && json_object_set(to, keys[i], value) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* The entries of `runs` for a record. */
static int describe(const struct run *run, json_t *entries)
{
	static const char *const of_info[] = {"started", "roofline"};
	static const char *const of_build[] = {"commit", "dirty"};
	json_t *known = json_object_get(run->info, "runs");
	if (json_array_size(known) > 0)
		return json_array_extend(entries, known) != 0 ? -ENOMEM : 0;
	const char *base = strrchr(run->path, '/');
	json_t *entry = json_pack("{s:s}", "from", base == NULL ? run->path : base + 1);
	int err = entry == NULL ? -ENOMEM : copy_keys(entry, run->info, of_info, 2);
	if (err == 0)
		err = copy_keys(entry, json_object_get(run->environment, "build"), of_build, 2);
	if (json_array_append_new(entries, entry) != 0)
		err = -ENOMEM;
	return err;
}

/* `index`: name of a cell → its place in `cells`. */
static int join_cells(const struct run *run, json_t *cells, json_t *index)
{
	const json_t *own = json_object_get(run->info, "cells");
	for (size_t i = 0; i < json_array_size(own); i++) {
		json_t *cell = json_array_get(own, i);
		const char *name = json_string_value(json_object_get(cell, "name"));
		const json_t *place = json_object_get(index, name);
		int failed = 0;
		if (place == NULL) {
			json_int_t last = (json_int_t)json_array_size(cells);
			failed = json_object_set_new_nocheck(index, name, json_integer(last)) |
				 json_array_append(cells, cell);
		} else if (json_object_get(cell, "skipped") == NULL) {
			failed = json_array_set(cells, (size_t)json_integer_value(place), cell);
		}
		if (failed)
			return -ENOMEM;
	}
	return 0;
}

/* Adds the samples of a record whose first run and first process get these numbers; *processes becomes
 * the number after the last process. */
static int join_samples(const struct run *run, size_t first_run, json_int_t *processes,
			json_t *samples)
{
	json_int_t first = *processes;
	for (size_t i = 0; i < json_array_size(run->samples); i++) {
		const json_t *sample = json_array_get(run->samples, i);
		json_int_t process = json_integer_value(json_object_get(sample, "process"));
		json_t *copy = json_copy((json_t *)sample);
		process = process > 0 && process < PROCESSES_MAX ? process : 0;
		if (first + process >= *processes)
			*processes = first + process + 1;
		json_int_t number = (json_int_t)(first_run + sample_run_number(sample));
		if (copy == NULL || json_object_set_new(copy, "run", json_integer(number)) != 0 ||
		    json_object_set_new(copy, "process", json_integer(first + process)) != 0 ||
		    json_array_append(samples, copy) != 0) {
			json_decref(copy);
			return -ENOMEM;
		}
		json_decref(copy);
	}
	return 0;
}

static int join(const struct run *runs, size_t count, struct run *out)
{
	json_t *cells = json_array(), *entries = json_array(), *index = json_object();
	json_t *noise = json_array();
	json_int_t processes = 0;
	size_t first_run = 0;
	int err = cells == NULL || entries == NULL || index == NULL || noise == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && i < count; i++) {
		err = join_cells(&runs[i], cells, index);
		err = err ? err : describe(&runs[i], entries);
		err = err ? err : join_samples(&runs[i], first_run, &processes, out->samples);
		json_t *own = json_object_get(runs[i].info, "noise");
		if (err == 0 && own != NULL && json_array_extend(noise, own) != 0)
			err = -ENOMEM;
		first_run += run_joined_count(&runs[i]);
	}
	if (err == 0 &&
	    (json_object_set(out->info, "cells", cells) != 0 ||
	     json_object_set(out->info, "runs", entries) != 0 ||
	     (json_array_size(noise) > 0 && json_object_set(out->info, "noise", noise) != 0)))
		err = -ENOMEM;
	json_decref(cells);
	json_decref(entries);
	json_decref(index);
	json_decref(noise);
	return err;
}

int runs_join(const struct run *runs, size_t count, struct run *out, struct why *why)
{
	json_t *seed = json_object_get(runs[0].info, "seed");
	*out = (struct run){.path = strdup(runs[0].path),
			    .info = json_copy(runs[0].info),
			    .environment = json_incref(runs[0].environment),
			    .samples = json_array()};
	int err = out->path == NULL || out->info == NULL || out->samples == NULL ? -ENOMEM : 0;
	for (size_t i = 1; err == 0 && i < count; i++) {
		json_t *other = json_object_get(runs[i].info, "seed");
		if (seed != NULL && other != NULL && !json_equal(seed, other))
			err = why_set(why, -EINVAL, "'%s' has another seed than '%s': other graphs",
				      runs[i].path, runs[0].path);
	}
	if (err == 0)
		err = join(runs, count, out);
	if (err != 0)
		run_release(out);
	return err;
}
