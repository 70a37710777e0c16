/*
 * A run on disk: created, read back, and extended.
 *
 * How it works: base/files.h writes run.json and environment.json whole or not at all;
 * samples.jsonl only grows, by the crash rules of base/json_lines.h.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/files.h"
#include "../base/gzip.h"
#include "../base/json_lines.h"
#include "phase_name.h"
#include "run.h"

/* 15 digits are more than any clock has, and do not turn 0.1 into 0.10000000000000001. */
#define SAMPLE_DIGITS 15

static int join(char *out, size_t out_size, const char *folder, const char *name)
{
	int len = snprintf(out, out_size, "%s/%s", folder, name);
	return len < 0 || (size_t)len >= out_size ? -ENAMETOOLONG : 0;
}

static void strip_slashes(char *path)
{
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
}

static int create_files(struct run *run, struct why *why)
{
	char path[PATH_MAX];
	/* run.json last: a folder that has one is whole. */
	int err = join(path, sizeof path, run->path, "environment.json");
	if (err == 0)
		err = write_json_file(path, run->environment);
	if (err == 0)
		err = join(path, sizeof path, run->path, "run.json");
	if (err == 0)
		err = write_json_file(path, run->info);
	if (err != 0)
		return why_set(why, err, "cannot write in '%s': %s", run->path, strerror(-err));
	err = join(path, sizeof path, run->path, "samples.jsonl");
	if (err != 0)
		return why_set(why, err, "cannot name the samples of '%s'", run->path);
	return json_lines_open(path, JSON_LINES_PLAIN, SAMPLE_DIGITS, &run->samples_file, why);
}

static void remove_files(const char *folder)
{
	static const char *const names[] = {"environment.json", "run.json", "samples.jsonl"};
	char path[PATH_MAX];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (join(path, sizeof path, folder, names[i]) == 0)
			unlink(path);
	}
	rmdir(folder);
}

int run_create(const char *path, json_t *info, json_t *environment, struct run *out,
	       struct why *why)
{
	*out = (struct run){.path = strdup(path),
			    .info = json_incref(info),
			    .environment = json_incref(environment),
			    .samples = json_array()};
	if (out->path == NULL || out->samples == NULL) {
		run_release(out);
		return why_set(why, -ENOMEM, "out of memory");
	}
	strip_slashes(out->path);
	char *slash = strrchr(out->path, '/');
	int err = 0;
	if (slash != NULL && slash != out->path) {
		*slash = '\0';
		err = make_folders(out->path);
		*slash = '/';
	}
	if (err == 0 && mkdir(out->path, 0777) != 0)
		err = -errno;
	if (err != 0) {
		why_set(why, err, "cannot make the folder '%s': %s", out->path, strerror(-err));
		run_release(out);
		return err;
	}
	err = create_files(out, why);
	if (err != 0) {
		remove_files(out->path);
		run_release(out);
	}
	return err;
}

static int load_json(const char *folder, const char *name, json_t **out, struct why *why)
{
	char path[PATH_MAX];
	int err = join(path, sizeof path, folder, name);
	if (err != 0)
		return why_set(why, err, "the name of '%s' is too long", folder);
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		err = -errno;
		return why_set(why, err, "cannot open '%s': %s", path, strerror(-err));
	}
	json_error_t error;
	*out = json_loadf(file, 0, &error);
	fclose(file);
	if (*out == NULL)
		return why_set(why, -EBADMSG, "'%s' is not JSON: line %d: %.120s", path, error.line,
			       error.text);
	return 0;
}

/* The rest of the program takes these fields for granted. */
static int check_info(const json_t *info, const char *folder, struct why *why)
{
	static const char *const fields[] = {"name",   "workload", "graph",
					     "layout", "engine",   "cache"};
	if (json_integer_value(json_object_get(info, "format")) != 1)
		return why_set(why, -EBADMSG, "'%s/run.json' is no run of format 1", folder);
	const json_t *cells = json_object_get(info, "cells");
	if (!json_is_array(cells))
		return why_set(why, -EBADMSG, "'%s/run.json' has no cells", folder);
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *cell = json_array_get(cells, i);
		for (size_t j = 0; j < sizeof fields / sizeof *fields; j++) {
			if (json_string_value(json_object_get(cell, fields[j])) == NULL)
				return why_set(why, -EBADMSG, "'%s/run.json': cell %zu has no %s",
					       folder, i + 1, fields[j]);
		}
		if (json_integer_value(json_object_get(cell, "nodes_count")) < 0)
			return why_set(why, -EBADMSG, "'%s/run.json': cell %zu: negative nodes",
				       folder, i + 1);
	}
	return 0;
}

static bool is_compressed(const char *folder)
{
	char plain[PATH_MAX], packed[PATH_MAX];
	return join(plain, sizeof plain, folder, "samples.jsonl") == 0 &&
	       join(packed, sizeof packed, folder, "samples.jsonl.gz") == 0 &&
	       access(plain, F_OK) != 0 && access(packed, F_OK) == 0;
}

int run_open_samples(const char *folder, FILE **out)
{
	static const struct {
		const char *name;
		bool compressed;
	} forms[] = {{"samples.jsonl", false}, {"samples.jsonl.gz", true}};
	char path[PATH_MAX];
	int err = -ENOENT;
	for (size_t i = 0; err == -ENOENT && i < sizeof forms / sizeof *forms; i++) {
		err = join(path, sizeof path, folder, forms[i].name);
		if (err == 0 && forms[i].compressed)
			err = gzip_open(path, out);
		else if (err == 0)
			err = (*out = fopen(path, "re")) == NULL ? -errno : 0;
	}
	return err;
}

static bool is_sample(const json_t *value)
{
	return json_string_value(json_object_get(value, "cell")) != NULL;
}

static int read_samples(struct run *run, struct why *why)
{
	enum json_lines_form form = is_compressed(run->path) ? JSON_LINES_GZIP : JSON_LINES_PLAIN;
	struct json_lines_damage damage;
	FILE *file;
	int err = run_open_samples(run->path, &file);
	if (err == -ENOENT)
		return 0;
	if (err != 0)
		return why_set(why, err, "cannot open '%s/samples.jsonl': %s", run->path,
			       strerror(-err));
	err = json_lines_read(file, form, is_sample, run->samples, &damage);
	fclose(file);
	if (err != 0)
		return why_set(why, err, "cannot read '%s/samples.jsonl': %s", run->path,
			       strerror(-err));
	run->damaged_count = damage.count;
	run->damaged_line = damage.first_line;
	if (damage.count > 0)
		why_set(why, 0, "'%s/samples.jsonl': line %zu is damaged and was left out",
			run->path, damage.first_line);
	return 0;
}

static int load_samples(struct run *run, bool append, struct why *why)
{
	char path[PATH_MAX];
	int err = join(path, sizeof path, run->path, "samples.jsonl");
	if (err != 0)
		return why_set(why, err, "the name of '%s' is too long", run->path);
	if (append && is_compressed(run->path))
		return why_set(why, -EINVAL, "cannot add to '%s': it is a phase, recorded for good",
			       run->path);
	/* First, so that no other process writes between reading and appending. */
	if (append)
		err = json_lines_open(path, JSON_LINES_PLAIN, SAMPLE_DIGITS, &run->samples_file,
				      why);
	return err != 0 ? err : read_samples(run, why);
}

int run_load(const char *word, bool append, struct run *out, struct why *why)
{
	char path[PATH_MAX];
	struct stat info;
	*out = (struct run){0};
	run_find_folder(word, path, sizeof path);
	why_set(why, 0, "%s", "");
	if (stat(path, &info) != 0) {
		int err = -errno;
		return why_set(why, err, "cannot open the run '%s': %s%s", path, strerror(-err),
			       phase_check_name(word, NULL) == 0
				       ? ", and no phase in " PHASES_FOLDER
					 " has that name, here or in a folder above"
				       : "");
	}
	if (!S_ISDIR(info.st_mode))
		return why_set(why, -ENOTDIR, "cannot open the run '%s': not a folder", path);
	out->path = strdup(path);
	out->samples = json_array();
	int err = out->path == NULL || out->samples == NULL ? -ENOMEM : 0;
	if (err == 0) {
		strip_slashes(out->path);
		err = load_json(out->path, "run.json", &out->info, why);
	}
	if (err == 0)
		err = check_info(out->info, out->path, why);
	if (err == 0) {
		err = load_json(out->path, "environment.json", &out->environment, why);
		if (err == -ENOENT) { /* the numbers are worth reading without it */
			why_set(why, 0, "%s", "");
			out->environment = json_object();
			err = out->environment == NULL ? -ENOMEM : 0;
		}
	}
	if (err == 0)
		err = load_samples(out, append, why);
	if (err != 0)
		run_release(out);
	return err;
}

int run_append(struct run *run, json_t *sample)
{
	int err = sample == NULL ? -EINVAL : run->samples_file == NULL ? -EBADF : 0;
	if (err == 0)
		err = json_lines_append(run->samples_file, sample);
	if (err == 0 && json_array_append(run->samples, sample) != 0)
		err = -ENOMEM;
	json_decref(sample);
	return err;
}

void run_release(struct run *run)
{
	json_lines_close(run->samples_file);
	json_decref(run->samples);
	json_decref(run->environment);
	json_decref(run->info);
	free(run->path);
	*run = (struct run){0};
}
