/*
 * Finds the differences between the machines of two records, and whether they matter.
 *
 * How it works: a table lists the keys that are compared. A key that only one record has is unknown
 * in the other, and is not a difference.
 */
#include <errno.h>
#include <string.h>

#include "../record/machines.h"
#include "comparison.h"

static const struct {
	const char *group, *key;
	bool may_differ; /* times remain comparable if it differs */
} keys[] = {
	{"machine", "cpu_model", false},
	{"machine", "cpus_online", false},
	{"machine", "virtualization", false},
	{"machine", "memory_total_bytes", true},
	{"machine", "governor", true},
	{"machine", "turbo", true},
	{"machine", "transparent_hugepage", true},
	{"machine", "aslr", true},
	{"kernel", "machine", false},
	{"kernel", "release", false},
	{"storage", "file_system", false},
	{"storage", "mount_options", true},
	{"storage", "rotational", false},
	{"storage", "read_ahead_bytes", false},
	{"storage", "scheduler", true},
	{"storage", "device", true},
	{"job", "cpus", true},
	{"job", "memory_bytes", true},
	{"job", "cpu_frequency", true},
	{"build", "version", true},
	{"build", "commit", true},
	{"build", "dirty", true},
	{"build", "compiler", true},
	{"build", "flags", true},
	{"build", "build_type", false},
};

/* Where a processor has no name, only the host's tells machines apart. Records without a machine at all are of
 * an old version. */
static bool may_be_same(const json_t *a, const json_t *b)
{
	const json_t *in_a = json_object_get(a, "machine"), *in_b = json_object_get(b, "machine");
	if (in_a == NULL || in_b == NULL)
		return true;
	const json_t *model_a = json_object_get(in_a, "cpu_model");
	const json_t *model_b = json_object_get(in_b, "cpu_model");
	if (model_a != NULL && model_b != NULL)
		return true; /* as far as the table below says */
	const json_t *host_a = json_object_get(in_a, "host_name");
	return host_a != NULL && json_equal(host_a, json_object_get(in_b, "host_name"));
}

json_t *environment_compare(const json_t *a, const json_t *b, bool *same_machine)
{
	json_t *differences = json_array();
	*same_machine = true;
	if (differences != NULL && !may_be_same(a, b)) {
		*same_machine = false;
		json_t *entry = json_pack("{s:s,s:s,s:s,s:b}", "key", "machine.cpu_model", "a",
					  "unknown", "b", "unknown", "same_machine", false);
		if (json_array_append_new(differences, entry) != 0) {
			json_decref(differences);
			return NULL;
		}
	}
	for (size_t i = 0; differences != NULL && i < sizeof keys / sizeof *keys; i++) {
		json_t *in_a = json_object_get(json_object_get(a, keys[i].group), keys[i].key);
		json_t *in_b = json_object_get(json_object_get(b, keys[i].group), keys[i].key);
		char name[64];
		if (in_a == NULL || in_b == NULL || json_equal(in_a, in_b))
			continue;
		strcpy(name, keys[i].group);
		strcat(name, ".");
		strcat(name, keys[i].key);
		*same_machine &= keys[i].may_differ;
		json_t *entry = json_pack("{s:s,s:O,s:O,s:b}", "key", name, "a", in_a, "b", in_b,
					  "same_machine", keys[i].may_differ);
		if (json_array_append_new(differences, entry) != 0) {
			json_decref(differences);
			return NULL;
		}
	}
	return differences;
}

static bool has_difference(const json_t *differences, const json_t *entry)
{
	for (size_t i = 0; i < json_array_size(differences); i++) {
		if (json_equal(json_object_get(json_array_get(differences, i), "key"),
			       json_object_get(entry, "key")))
			return true;
	}
	return false;
}

/* With another seed the graphs differ, and so do all counts. */
static int compare_seeds(struct comparison *out, const struct run *a, const struct run *b)
{
	json_t *in_a = json_object_get(a->info, "seed"), *in_b = json_object_get(b->info, "seed");
	if (in_a == NULL || in_b == NULL || json_equal(in_a, in_b))
		return 0;
	out->same_machine = false;
	json_t *entry = json_pack("{s:s,s:O,s:O,s:b}", "key", "run.seed", "a", in_a, "b", in_b,
				  "same_machine", 0);
	if (has_difference(out->environment_differences, entry)) {
		json_decref(entry);
		return 0;
	}
	return json_array_append_new(out->environment_differences, entry) != 0 ? -ENOMEM : 0;
}

static int compare_environments(struct comparison *out, const json_t *first, const json_t *other)
{
	bool same;
	json_t *found = environment_compare(first, other, &same);
	int err = found == NULL ? -ENOMEM : 0;
	out->same_machine &= same;
	for (size_t i = 0; err == 0 && i < json_array_size(found); i++) {
		json_t *entry = json_array_get(found, i);
		if (!has_difference(out->environment_differences, entry) &&
		    json_array_append(out->environment_differences, entry) != 0)
			err = -ENOMEM;
	}
	json_decref(found);
	return err;
}

/* The environment in `other` of the machine that measured a cell; NULL if it does not have the cell. */
static const json_t *machine_in(const struct run *other, json_t *name)
{
	const json_t *cells = json_object_get(other->info, "cells");
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *cell = json_array_get(cells, i);
		if (json_equal(json_object_get(cell, "name"), name))
			return machine_of_cell(other, cell);
	}
	return NULL;
}

int comparison_add_machines(struct comparison *out, const struct run *first,
			    const struct run *other)
{
	const json_t *cells = json_object_get(first->info, "cells");
	bool several = json_object_get(first->info, "machines") != NULL ||
		       json_object_get(other->info, "machines") != NULL;
	int err = several ? 0 : compare_environments(out, first->environment, other->environment);
	for (size_t i = 0; several && err == 0 && i < json_array_size(cells); i++) {
		const json_t *cell = json_array_get(cells, i);
		const json_t *in_other = machine_in(other, json_object_get(cell, "name"));
		if (in_other != NULL)
			err = compare_environments(out, machine_of_cell(first, cell), in_other);
	}
	return err != 0 ? err : compare_seeds(out, first, other);
}
