/* Reading profiles: see cell_profile.h. */
#include "cell_profile.h"

#include "../base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const profile_part_names[PARTS_COUNT] = {
	"user", "system", "syscall", "fault", "interrupt", "runnable", "blocked", "unassigned"};

static double number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The part of a metric such as "blocked_pread64_ns", and the call in it. false: it is another
 * metric. */
static bool split_key(const char *key, enum profile_part *part, const char **call, int *call_len)
{
	size_t len = strlen(key);

	if (len < 4 || strcmp(key + len - 3, "_ns") != 0)
		return false;
	for (unsigned i = 0; i < PARTS_COUNT; i++) {
		size_t name = strlen(profile_part_names[i]);

		if (strncmp(key, profile_part_names[i], name) != 0 || key[name] != '_')
			continue;
		*part = i;
		*call = len > name + 4 ? key + name + 1 : NULL;
		*call_len = *call ? (int)(len - name - 4) : 0;
		return true;
	}
	return false;
}

/* The entry that is largest: of a span, its parts, with the call if one has most of the part. */
static void find_most(const json_t *spans, struct profile_most *most)
{
	const char *path, *key;
	json_t *span, *value;

	json_object_foreach((json_t *)spans, path, span)
	{
		json_object_foreach(span, key, value)
		{
			struct profile_most found = {.span = path, .ns = json_number_value(value)};

			if (!split_key(key, &found.part, &found.call, &found.call_len))
				continue;
			/* A call is told rather than the part that it is most of. */
			bool is_call_of = most->span == path && most->part == found.part &&
					  !most->call && found.call && found.ns > 0.5 * most->ns;
			bool is_part_of = most->span == path && most->part == found.part &&
					  most->call && !found.call && most->ns > 0.5 * found.ns;
			if (is_call_of || (found.ns > most->ns && !is_part_of))
				*most = found;
		}
	}
}

static void read_profile(const json_t *sample, struct cell_profile *out)
{
	const json_t *metrics = json_object_get(sample, "metrics");

	*out = (struct cell_profile){.sample = sample,
				     .wall_ns = number_of(metrics, "wall_ns"),
				     .cost_percent = number_of(metrics, "profile_cost_percent")};
	for (unsigned i = 0; i < PARTS_COUNT; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ns", profile_part_names[i]);
		out->ns[i] = number_of(metrics, key);
	}
	find_most(json_object_get(sample, "spans"), &out->most);
}

int cell_profiles_find(const struct run *run, struct cell_profile **out, size_t *count)
{
	struct sample_ref *refs;
	size_t refs_count;
	int err = run_sort_samples(run, &refs, &refs_count);

	if (err)
		return err;
	*count = json_array_size(json_object_get(run->info, "cells"));
	*out = calloc(*count + 1, sizeof(**out));
	for (size_t i = 0; *out && i < refs_count; i++) {
		if (refs[i].pass == PASS_PROFILE && !sample_error(refs[i].sample))
			read_profile(refs[i].sample, &(*out)[refs[i].cell]);
	}
	free(refs);
	return *out ? 0 : -ENOMEM;
}

void append_span_path(char *text, size_t size, const char *path)
{
	const char *below = strchr(path, ';');

	for (const char *c = below ? below + 1 : path; *c; c++)
		text_append(text, size, *c == ';' ? " > " : "%c", *c);
}
