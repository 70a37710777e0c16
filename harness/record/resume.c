/*
 * How it works: samples of one cell must come from one walk. run.json holds a hash of each graph file,
 * environment.json a hash of the program; both are made again and compared. Other keys of the environment
 * that a continued run would mix are compared as they are.
 */
#include "resume.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../base/files.h"
#include "../base/text.h"

static const struct {
	const char *group, *key, *words;
} kept[] = {
	{"build", "program_hash", "the program is another one"},
	{"build", "commit", "the program is another one"},
	{"build", "flags", "the program was built with other flags"},
	{"machine", "cpu_model", "this is another machine"},
	{"machine", "host_name", "this is another machine"},
	{"kernel", "release", "the kernel is another one"},
	{"storage", "path", "the cache folder is another one"},
	{"storage", "file_system", "the cache folder is on another file system"},
	{"storage", "device", "the cache folder is on another device"},
};

json_t *resume_graph_files(const struct plan *plan)
{
	json_t *files = json_array(), *names = json_object();

	for (size_t i = 0; i < plan->cells_count; i++) {
		const char *path = plan->cells[i].params.path;
		char absolute[PATH_MAX], hash[24];
		uint64_t bits, bytes;

		if (!path || json_object_get(names, path))
			continue;
		json_object_set_new_nocheck(names, path, json_true());
		/* A file that cannot be read has its message where it is needed. */
		if (!realpath(path, absolute) || hash_file(path, &bits, &bytes))
			continue;
		snprintf(hash, sizeof(hash), "%016" PRIx64, bits);
		json_array_append_new(files, json_pack("{so so sI ss}", "path", json_text(path),
						       "absolute", json_text(absolute), "bytes",
						       (json_int_t)bytes, "hash", hash));
	}
	json_decref(names);
	return files;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

/* The entry of another list for the same path, or NULL. */
static const json_t *find_file(json_t *files, const json_t *wanted)
{
	json_t *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		if (json_equal(json_object_get(file, "path"), json_object_get(wanted, "path")))
			return file;
	}
	return NULL;
}

static int check_files(const struct run *run, json_t *now, struct why *why)
{
	json_t *then = json_object_get(run->info, "graph_files"), *file;
	size_t i;

	json_array_foreach(then, i, file)
	{
		const json_t *found = find_file(now, file);
		const char *path = text_of(file, "path");

		if (!found)
			return why_set(
				why, -EINVAL,
				"cannot continue: graph file '%.200s' cannot be read here (it was "
				"'%.200s')",
				path, text_of(file, "absolute"));
		if (strcmp(text_of(found, "absolute"), text_of(file, "absolute")) != 0)
			return why_set(
				why, -EINVAL,
				"cannot continue: graph file '%.100s' is '%.150s' here, and was "
				"'%.150s'",
				path, text_of(found, "absolute"), text_of(file, "absolute"));
		if (strcmp(text_of(found, "hash"), text_of(file, "hash")) != 0)
			return why_set(
				why, -EINVAL,
				"cannot continue: graph file '%.200s' has changed since the run "
				"began",
				path);
	}
	return 0;
}

int resume_check(const struct run *run, const struct plan *plan, const json_t *environment,
		 struct why *why)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		json_t *then = json_object_get(json_object_get(run->environment, kept[i].group),
					       kept[i].key);
		json_t *now =
			json_object_get(json_object_get(environment, kept[i].group), kept[i].key);

		if (then && now && !json_equal(then, now))
			return why_set(why, -EINVAL,
				       "cannot continue: %s: %s.%s was '%.120s' and is '%.120s'",
				       kept[i].words, kept[i].group, kept[i].key,
				       json_is_string(then) ? json_string_value(then) : "?",
				       json_is_string(now) ? json_string_value(now) : "?");
	}
	json_t *files = resume_graph_files(plan);
	int err = check_files(run, files, why);
	json_decref(files);
	return err;
}
