/*
 * Finds the differences between the machines of two records, and whether they matter.
 *
 * How it works: a table lists the keys that are compared. A key that only one record has is unknown
 * in the other, and is not a difference.
 */
#include <string.h>

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
