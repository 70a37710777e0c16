/*
 * The folder of a merged run: see merge_folder.h.
 *
 * How it works: samples.jsonl is the first file of the folder aside; who has it open for append (json_lines.h) owns the folder.
 * The exchange is that of phases (phase.h).
 */
#include "merge_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/files.h"
#include "../base/json_lines.h"
#include "phase.h"
#include "profile_stacks.h"

#define FILE_PATH_MAX (PATH_MAX + 64)
#define DIGITS        15 /* as in samples.jsonl of a run */
#define OPEN_FOLDERS  8

/* ---- may it be written ---- */

/* Do the runs of the merge `now` include all shards of the merge `then`? */
static bool has_all_shards(const json_t *then, const json_t *now)
{
	const json_t *old = json_object_get(then, "runs"), *new = json_object_get(now, "runs");

	for (size_t i = 0; i < json_array_size(old); i++) {
		json_t *number = json_object_get(json_array_get(old, i), "number");
		bool found = false;

		for (size_t k = 0; k < json_array_size(new) && !found; k++)
			found = json_equal(json_object_get(json_array_get(new, k), "number"),
					   number);
		if (!found)
			return false;
	}
	return true;
}

/* Is PATH free, or an earlier merge that this one may replace? */
static int check_place(const struct run *merged, const char *path, struct why *why)
{
	static const char *const same[] = {"suite",  "seed",    "selections",
					   "filter", "exclude", "prepare"};
	const json_t *now = json_object_get(merged->info, "merged");
	char file[FILE_PATH_MAX];
	struct stat status;

	if (lstat(path, &status) != 0)
		return errno == ENOENT ? 0
				       : why_set(why, -errno, "cannot look at '%.150s': %s", path,
						 strerror(errno));
	snprintf(file, sizeof(file), "%s/run.json", path);
	json_t *info = json_load_file(file, 0, NULL);
	const json_t *then = json_object_get(info, "merged");
	bool alike =
		then && json_equal(json_object_get(then, "count"), json_object_get(now, "count"));
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		const json_t *a = json_object_get(info, same[i]);
		const json_t *b = json_object_get(merged->info, same[i]);
		alike = alike && (a == b || (a && b && json_equal(a, b)));
	}
	int err = 0;
	if (!alike)
		err = why_set(why, -EEXIST,
			      "'%.150s' exists, and is no earlier merge of these shards", path);
	else if (!has_all_shards(then, now))
		err = why_set(why, -EEXIST,
			      "'%.150s' is a merge of more shards than these runs: it is kept",
			      path);
	json_decref(info);
	return err;
}

/* ---- the files ---- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* The whole file, or NULL: *err is 0 if there is none. The caller frees. */
static char *read_file(const char *folder, const char *name, size_t *len, int *err)
{
	char path[FILE_PATH_MAX], piece[16384];
	char *text = NULL;
	size_t size = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *from = fopen(path, "re");
	*err = from || errno == ENOENT ? 0 : -errno;
	*len = 0;
	if (!from)
		return NULL;
	FILE *to = open_memstream(&text, &size);
	for (size_t got; to && (got = fread(piece, 1, sizeof(piece), from)) > 0;)
		fwrite(piece, 1, got, to);
	if (ferror(from))
		*err = -EIO;
	if (!to || fclose(to) != 0)
		*err = -ENOMEM;
	fclose(from);
	*len = size;
	return text;
}

/* suite.ini, which must be the same in all runs. */
static int copy_suite(const struct run *runs, size_t count, const char *folder, struct why *why)
{
	char path[FILE_PATH_MAX];
	size_t len, other_len;
	int err;
	char *text = read_file(runs[0].path, "suite.ini", &len, &err);

	for (size_t i = 1; !err && i < count; i++) {
		char *other = read_file(runs[i].path, "suite.ini", &other_len, &err);
		bool same = text && other ? len == other_len && memcmp(text, other, len) == 0
					  : text == other;
		free(other);
		if (!err && !same)
			err = why_set(why, -EINVAL,
				      "cannot merge: '%.80s' has another suite.ini than '%.80s'",
				      runs[i].path, runs[0].path);
	}
	snprintf(path, sizeof(path), "%s/suite.ini", folder);
	if (!err && text)
		err = write_text_file(path, text, len);
	free(text);
	return err;
}

/* Stacks of profiles: a file of gzip members, so that files can be put one after the other. */
static int copy_stacks(const struct run *runs, size_t count, const char *folder)
{
	char path[FILE_PATH_MAX];
	int err = 0;

	snprintf(path, sizeof(path), "%s/" PROFILE_STACKS_FILE, folder);
	for (size_t i = 0; !err && i < count; i++) {
		size_t len;
		char *text = read_file(runs[i].path, PROFILE_STACKS_FILE, &len, &err);

		if (!err && text)
			err = append_text_file(path, text, len);
		free(text);
	}
	return err;
}

static int put_samples(struct run *merged)
{
	json_t *sample;
	size_t i;
	int err = 0;

	json_array_foreach(merged->samples, i, sample)
	{
		if (!err)
			err = json_lines_append(merged->samples_file, sample);
	}
	return err;
}

static int write_record(struct run *merged, const struct run *runs, size_t count,
			const char *folder, struct why *why)
{
	char path[FILE_PATH_MAX];
	int err = copy_suite(runs, count, folder, why);

	err = err ? err : put_samples(merged);
	err = err ? err : copy_stacks(runs, count, folder);
	snprintf(path, sizeof(path), "%s/environment.json", folder);
	err = err ? err : write_json_file(path, merged->environment);
	snprintf(path, sizeof(path), "%s/run.json", folder);
	return err ? err : write_json_file(path, merged->info);
}

/* An empty folder aside that no other merge uses; merged->samples_file is open in it. */
static int take_aside(struct run *merged, const char *aside, struct why *why)
{
	char path[FILE_PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "%s/samples.jsonl", aside);
	/* Twice: what a killed merge left behind is removed, and the folder made anew. */
	for (int i = 0; i < 2; i++) {
		bool is_left = lstat(aside, &status) == 0;
		int err = make_folders(aside);

		if (err)
			return why_set(why, err, "cannot make '%.150s': %s", aside, strerror(-err));
		err = json_lines_open(path, JSON_LINES_PLAIN, DIGITS, &merged->samples_file, why);
		if (err || !is_left)
			return err;
		remove_tree(aside);
		json_lines_close(merged->samples_file);
		merged->samples_file = NULL;
	}
	return why_set(why, -EBUSY, "'%.150s' is there again: another merge is at work", aside);
}

/* ---- all of it ---- */

struct folders {
	char path[PATH_MAX], aside[PATH_MAX];
};

static int name_folders(const char *path, struct folders *out)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len >= sizeof(out->path))
		return -ENAMETOOLONG;
	snprintf(out->path, sizeof(out->path), "%.*s", (int)len, path);
	const char *slash = strrchr(out->path, '/');
	int folder_len = slash ? (int)(slash - out->path) + 1 : 0;
	int written = snprintf(out->aside, sizeof(out->aside), "%.*s.%s.merging", folder_len,
			       out->path, out->path + folder_len);
	return written > 0 && (size_t)written < sizeof(out->aside) ? 0 : -ENAMETOOLONG;
}

/* Its bytes must be on the disk before it gets its name. */
static int sync_samples(const char *folder)
{
	char path[FILE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/samples.jsonl", folder);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || (fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

/* Has the folder the same record as the one aside? */
static bool is_same_record(const struct folders *folders)
{
	static const char *const names[] = {"run.json", "environment.json", "samples.jsonl",
					    "suite.ini", PROFILE_STACKS_FILE};
	char path[FILE_PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t hash = 0, aside_hash = 0, len = 0, aside_len = 0;

		snprintf(path, sizeof(path), "%s/%s", folders->path, names[i]);
		int err = hash_file(path, &hash, &len);
		snprintf(path, sizeof(path), "%s/%s", folders->aside, names[i]);
		int aside_err = hash_file(path, &aside_hash, &aside_len);
		/* Neither has it: a run without a suite, or without profiles. */
		bool absent = err == -ENOENT && aside_err == -ENOENT;
		if (!absent && (err || aside_err || hash != aside_hash || len != aside_len))
			return false;
	}
	return true;
}

int merge_folder_write(struct run *merged, const struct run *runs, size_t count, const char *path,
		       struct why *why)
{
	struct folders folders;
	int err = name_folders(path, &folders);

	if (err)
		return why_set(why, err, "cannot write '%.150s': %s", path, strerror(-err));
	err = check_place(merged, folders.path, why);
	err = err ? err : take_aside(merged, folders.aside, why);
	if (err)
		return err;
	char *name = strdup(folders.path);
	err = name ? write_record(merged, runs, count, folders.aside, why) : -ENOMEM;
	err = err ? err : sync_samples(folders.aside);
	if (!err && !is_same_record(&folders))
		err = phase_folder_replace(folders.aside, folders.path, true);
	remove_unfinished(folders.path); /* tables and exports of a merge that was killed */
	remove_tree(folders.aside);      /* after an exchange this is the earlier merge */
	json_lines_close(merged->samples_file);
	merged->samples_file = NULL;
	if (name) {
		free(merged->path);
		merged->path = name;
	}
	return err && !*why->text ? why_set(why, err, "cannot write '%.150s': %s", folders.path,
					    strerror(-err))
				  : err;
}
