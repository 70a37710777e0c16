/* Profiles, an INI file: see profiles.h. */
#include "profiles.h"

#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/data_folder.h"
#include "../base/ini.h"
#include "../base/text.h"

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

/* ---- files of the user ---- */

#define FILE_ENDING ".ini"

/* The length of the path in "PATH.ini" or "PATH.ini:NAME"; 0 if the word is only a name. */
static size_t path_len(const char *word)
{
	size_t ending = strlen(FILE_ENDING);

	for (const char *at = word; (at = strstr(at, FILE_ENDING)) != NULL; at += ending) {
		if (at > word && (at[ending] == '\0' || at[ending] == ':'))
			return (size_t)(at - word) + ending;
	}
	return 0;
}

/* Moves a profile to the end. */
static int append_profile(struct profiles *profiles, struct profile *profile, const char *file,
			  struct why *why)
{
	for (size_t i = 0; i < profiles->count; i++) {
		const struct profile *known = &profiles->items[i];
		if (strcmp(known->name, profile->name) == 0)
			return why_set(why, -EINVAL, "profile %.60s is in '%.60s' and in '%.60s'",
				       profile->name, known->file ? known->file : "profiles.ini",
				       file);
	}
	struct profile *grown = reallocarray(profiles->items, profiles->count + 1, sizeof(*grown));
	char *copy = strdup(file);
	if (grown)
		profiles->items = grown;
	if (!grown || !copy) {
		free(copy);
		return -ENOMEM;
	}
	grown[profiles->count] = *profile;
	grown[profiles->count++].file = copy;
	*profile = (struct profile){0};
	return 0;
}

static int add_file(struct profiles *profiles, const char *file, struct why *why)
{
	struct profiles own;
	int err = 0;

	for (size_t i = 0; i < profiles->count; i++) {
		if (profiles->items[i].file && strcmp(profiles->items[i].file, file) == 0)
			return 0;
	}
	err = profiles_read(&own, file, why);
	if (!err && !own.count)
		err = why_set(why, -EINVAL, "'%.200s': no profile in it", file);
	for (size_t i = 0; !err && i < own.count; i++)
		err = append_profile(profiles, &own.items[i], file, why);
	profiles_release(&own);
	return err;
}

/* Reads the file of a word, and appends the names that the word stands for. */
static int take_word(struct profiles *profiles, const char *word, char *names, size_t size,
		     struct why *why)
{
	char file[4096];
	size_t len = path_len(word), found = 0;

	if (!len) {
		text_append(names, size, "%s,", word);
		return 0;
	}
	snprintf(file, sizeof(file), "%.*s", (int)(len < sizeof(file) ? len : 0), word);
	int err = add_file(profiles, file, why);
	for (size_t i = 0; !err && i < profiles->count; i++) {
		const struct profile *profile = &profiles->items[i];

		if (!profile->file || strcmp(profile->file, file) != 0 ||
		    (word[len] && strcmp(word + len + 1, profile->name) != 0))
			continue;
		text_append(names, size, "%s,", profile->name);
		found++;
	}
	if (!err && !found)
		err = why_set(why, -EINVAL, "'%.120s' has no profile '%.60s'", file,
			      word + len + 1);
	return err;
}

int profiles_load_for(struct profiles *profiles, struct list *names, struct why *why)
{
	char all[LIST_MAX * 64] = "";
	int err = profiles_load(profiles, why);

	for (size_t i = 0; !err && i < names->count; i++)
		err = take_word(profiles, names->words[i], all, sizeof(all), why);
	if (err)
		return err;
	free(names->text);
	return list_split(names, all, "profile", why);
}

void profiles_release(struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->count; i++) {
		struct profile *profile = &profiles->items[i];
		free(profile->file);
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
