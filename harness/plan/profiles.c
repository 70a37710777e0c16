/* Profiles, an INI file: see profiles.h. */
#include "profiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/data_folder.h"
#include "../base/ini.h"

static struct profile *profile_of(struct profiles *profiles, const char *name)
{
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

static int on_key(void *context, const char *section, const char *key, const char *value,
		  struct why *why)
{
	struct profile *profile = profile_of(context, section);

	if (!profile)
		return -ENOMEM;
	const struct {
		const char *name;
		char **value;
	} keys[] = {{"summary", &profile->summary},
		    {"layout", &profile->layout},
		    {"engine", &profile->engine},
		    {"opt", &profile->opt}};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (*keys[i].value)
			return why_set(why, -EINVAL, "'%.24s' is given twice in [%.32s]", key,
				       section);
		*keys[i].value = strdup(value);
		return *keys[i].value ? 0 : -ENOMEM;
	}
	return why_set(why, -EINVAL, "unknown key '%.24s'; valid: summary, layout, engine, opt",
		       key);
}

int profiles_read(struct profiles *profiles, const char *path, struct why *why)
{
	static const struct ini_hooks hooks = {.key = on_key};

	*profiles = (struct profiles){0};
	int err = ini_read(path, &hooks, profiles, why);
	for (size_t i = 0; !err && i < profiles->count; i++) {
		if (!profiles->items[i].layout || !profiles->items[i].summary)
			err = why_set(why, -EINVAL, "'%.80s': [%.32s] lacks its layout or summary",
				      path, profiles->items[i].name);
	}
	if (err)
		profiles_release(profiles);
	return err;
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
