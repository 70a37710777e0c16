/* Profiles, an INI file read by libinih: see profiles.h. */
#include "profiles.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/data_folder.h"

struct reading {
	struct profiles *profiles;
	struct why why;
	int err;
};

static struct profile *profile_of(struct reading *reading, const char *name)
{
	struct profiles *profiles = reading->profiles;

	for (size_t i = 0; i < profiles->count; i++) {
		if (strcmp(profiles->items[i].name, name) == 0)
			return &profiles->items[i];
	}
	struct profile *grown = reallocarray(profiles->items, profiles->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	profiles->items = grown;
	grown += profiles->count;
	*grown = (struct profile){.name = strdup(name)};
	if (!grown->name)
		return NULL;
	profiles->count++;
	return grown;
}

/* Called by libinih for each key; 0 marks the line as wrong. */
static int on_key(void *context, const char *section, const char *key, const char *value)
{
	struct reading *reading = context;
	struct profile *profile = reading->err ? NULL : profile_of(reading, section);

	if (!profile) {
		reading->err = reading->err ? reading->err : -ENOMEM;
		return 0;
	}
	const struct {
		const char *name;
		char **place;
	} keys[] = {{"summary", &profile->summary},
		    {"layout", &profile->layout},
		    {"engine", &profile->engine},
		    {"opt", &profile->opt}};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (*keys[i].place)
			reading->err = why_set(&reading->why, -EINVAL,
					       "'%.24s' is given twice in [%.32s]", key, section);
		else if (!(*keys[i].place = strdup(value)))
			reading->err = -ENOMEM;
		return reading->err == 0;
	}
	reading->err = why_set(&reading->why, -EINVAL,
			       "unknown key '%.24s'; valid: summary, layout, engine, opt", key);
	return 0;
}

int profiles_read(struct profiles *profiles, const char *path, struct why *why)
{
	struct reading reading = {.profiles = profiles};

	*profiles = (struct profiles){0};
	int line = ini_parse(path, on_key, &reading);
	int err = reading.err;
	if (!err && line < 0)
		err = why_set(&reading.why, -ENOENT, "cannot be read");
	else if (!err && line > 0)
		err = why_set(&reading.why, -EINVAL, "neither a section nor KEY = VALUE");
	for (size_t i = 0; !err && i < profiles->count; i++) {
		if (!profiles->items[i].layout || !profiles->items[i].summary)
			err = why_set(&reading.why, -EINVAL, "[%.32s] lacks its layout or summary",
				      profiles->items[i].name);
	}
	if (!err)
		return 0;
	profiles_release(profiles);
	return why_set(why, err, "'%.100s', line %d: %s", path, line > 0 ? line : 0,
		       *reading.why.text ? reading.why.text : strerror(-err));
}

int profiles_load(struct profiles *profiles, struct why *why)
{
	char path[4096];
	int err = data_path("profiles.ini", path, sizeof(path), why);

	*profiles = (struct profiles){0};
	return err ? err : profiles_read(profiles, path, why);
}

void profiles_release(struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->count; i++) {
		struct profile *profile = &profiles->items[i];
		free(profile->name);
		free(profile->summary);
		free(profile->layout);
		free(profile->engine);
		free(profile->opt);
	}
	free(profiles->items);
	*profiles = (struct profiles){0};
}

const struct profile *profiles_find(const struct profiles *profiles, const char *name,
				    struct why *why)
{
	char valid[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < profiles->count; i++) {
		if (strcmp(profiles->items[i].name, name) == 0)
			return &profiles->items[i];
		int added = snprintf(valid + used, sizeof(valid) - used, "%s%s", i ? ", " : "",
				     profiles->items[i].name);
		if (added > 0 && used + (size_t)added < sizeof(valid))
			used += (size_t)added;
	}
	why_set(why, -EINVAL, "unknown profile '%.24s'; valid: %s", name, valid);
	return NULL;
}
