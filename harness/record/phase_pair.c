/* Two phases that were measured in turns: see phase_pair.h. */
#include "phase_pair.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/files.h"
#include "../base/gzip.h"
#include "../machine/anonymize.h"
#include "phase.h"

#define FILE_PATH_MAX (PATH_MAX + 128)

/* The length of the part of the path before its last name, the slash included. */
static int parent_len(const char *path)
{
	size_t len = strlen(path);
	while (len > 0 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	return (int)len;
}

void phase_pair_path(const char *folder, const char *a_name, const char *b_name, char *path,
		     size_t size)
{
	snprintf(path, size, "%.*scompare-%s,%s", parent_len(folder), folder, a_name, b_name);
}

static json_t *side_json(const json_t *about)
{
	static const char *const keys[] = {"name", "commit", "started", "suite"};
	json_t *side = json_object();
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		json_t *value = json_object_get(about, keys[i]);
		if (value != NULL)
			json_object_set(side, keys[i], value);
	}
	return side;
}

static int write_blocks(const char *gate, const char *folder)
{
	char path[FILE_PATH_MAX];
	snprintf(path, sizeof path, "%s/blocks.jsonl", gate);
	FILE *from = fopen(path, "re");
	if (from == NULL)
		return -errno;
	snprintf(path, sizeof path, "%s/blocks.jsonl.gz", folder);
	int err = anonymize_to_gzip(from, path, false);
	fclose(from);
	return err;
}

/* Changes `info`, which is gate.json. */
static int write_files(const char *gate, const char *folder, json_t *info, const json_t *a,
		       const json_t *b)
{
	char path[FILE_PATH_MAX];
	json_t *result = json_object_get(info, "result");
	int err = anonymize_environment(json_object_get(info, "environment"));
	if (err == 0)
		err = anonymize_info(info);
	json_object_set_new(
		info, "phases",
		json_pack("{so so}", "baseline", side_json(a), "candidate", side_json(b)));
	json_object_set(result, "baseline", json_object_get(a, "name"));
	json_object_set(result, "candidate", json_object_get(b, "name"));
	snprintf(path, sizeof path, "%s/gate.json", folder);
	if (err == 0)
		err = write_json_file(path, info);
	return err == 0 ? write_blocks(gate, folder) : err;
}

int phase_pair_keep(const char *gate, const char *path, const json_t *a, const json_t *b,
		    bool replace, struct why *why)
{
	char aside[PATH_MAX + 64], from[FILE_PATH_MAX];
	snprintf(from, sizeof from, "%s/gate.json", gate);
	json_t *info = json_load_file(from, 0, NULL);
	if (!json_is_object(json_object_get(info, "result"))) {
		json_decref(info);
		return why_set(why, -ENODATA, "'%s' has no result: the gate did not end", gate);
	}
	snprintf(aside, sizeof aside, "%.*s.pair.%ld.tmp", parent_len(path), path, (long)getpid());
	int err = make_folders(aside);
	if (err == 0)
		err = write_files(gate, aside, info, a, b);
	if (err == 0)
		err = phase_folder_replace(aside, path, replace);
	if (err != 0)
		phase_folder_remove(aside);
	json_decref(info);
	return err == 0 ? 0
			: why_set(why, err, "cannot keep '%s' as '%s': %s", gate, path,
				  strerror(-err));
}

json_t *phase_pair_load(const char *folder, const char *a_name, const char *b_name)
{
	char path[FILE_PATH_MAX];
	phase_pair_path(folder, a_name, b_name, path, PATH_MAX);
	strncat(path, "/gate.json", sizeof path - strlen(path) - 1);
	return json_load_file(path, 0, NULL);
}
