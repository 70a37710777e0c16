/* The file of stacks: see profile_stacks.h. */
#include "profile_stacks.h"

#include "../base/gzip.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DIGITS 9 /* nanoseconds of a walk of a second */

static void path_of(const char *folder, char *path, size_t size)
{
	snprintf(path, size, "%s/" PROFILE_STACKS_FILE, folder);
}

int profile_stacks_open(const char *folder, struct json_lines **out, struct why *why)
{
	char path[4096];

	path_of(folder, path, sizeof(path));
	return json_lines_open(path, JSON_LINES_GZIP, DIGITS, out, why);
}

int profile_stacks_append(struct json_lines *lines, const json_t *line, const json_t *profile)
{
	json_t *entry = json_pack("{sO sO sO sO sO}", "cell", json_object_get(line, "cell"),
				  "process", json_object_get(line, "process"), "repetition",
				  json_object_get(line, "repetition"), "frames",
				  json_object_get(profile, "frames"), "stacks",
				  json_object_get(profile, "stacks"));
	if (entry && json_object_get(profile, "timeline"))
		json_object_set(entry, "timeline", json_object_get(profile, "timeline"));
	int err = entry ? json_lines_append(lines, entry) : -ENOMEM;

	json_decref(entry);
	return err;
}

static bool is_profile(const json_t *value)
{
	return json_is_string(json_object_get(value, "cell")) &&
	       json_is_array(json_object_get(value, "frames")) &&
	       json_is_array(json_object_get(value, "stacks"));
}

int profile_stacks_load(const char *folder, json_t **out, struct why *why)
{
	struct json_lines_damage damage;
	json_t *lines = json_array(), *line;
	char path[4096];
	FILE *file;
	size_t i;

	path_of(folder, path, sizeof(path));
	int err = gzip_open(path, &file);
	*out = json_object();
	if (!err) {
		err = json_lines_read(file, JSON_LINES_GZIP, is_profile, lines, &damage);
		fclose(file);
	} else if (err == -ENOENT) {
		err = 0;
	}
	json_array_foreach(lines, i, line)
	{
		json_object_set(*out, json_string_value(json_object_get(line, "cell")), line);
	}
	json_decref(lines);
	if (err) {
		json_decref(*out);
		*out = NULL;
		why_set(why, err, "cannot read '%s': %s", path, strerror(-err));
	}
	return err;
}
