/*
 * A run on disk: made, read back, and added to.
 *
 * How it works: files that are written once go to a temporary name beside the final one, are synced
 * and renamed. samples.jsonl only grows: every line is one write(2) of an O_APPEND file, so a
 * killed process leaves at most one half line at the end. Reading drops it, appending cuts it off.
 * A lock on the file keeps two processes from adding to one run.
 *
 * Source: rename(2), flock(2), open(2) on O_APPEND; https://jsonlines.org
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/files.h"
#include "../base/gzip.h"
#include "phase_name.h"
#include "run.h"

/* 15 digits say more than any clock and do not turn 0.1 into 0.10000000000000001. */
#define JSON_LINE_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

static int join(char *out, size_t out_size, const char *folder, const char *name)
{
	int len = snprintf(out, out_size, "%s/%s", folder, name);
	return len < 0 || (size_t)len >= out_size ? -ENAMETOOLONG : 0;
}

/* Opens samples.jsonl for append, unbuffered, locked. */
static int open_samples(const char *path, FILE **out, struct why *why)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return why_set(why, -errno, "cannot open '%s': %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		close(fd);
		return why_set(why, -EBUSY, "cannot add to '%s': another process is writing it",
			       path);
	}
	FILE *file = fdopen(fd, "a");
	if (file == NULL) {
		int err = -errno;
		close(fd);
		return why_set(why, err, "cannot open '%s': %s", path, strerror(-err));
	}
	setvbuf(file, NULL, _IONBF, 0);
	*out = file;
	return 0;
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
	return open_samples(path, &run->samples_file, why);
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

/* What lies behind the last line that ends: nothing, a line that only lacks its end, or half a
 * line. */
struct tail {
	off_t whole_bytes; /* up to here the file is good */
	bool needs_newline;
};

static void note_damage(struct run *run, size_t line_number, struct why *why)
{
	if (run->damaged_count++ > 0)
		return;
	run->damaged_line = line_number;
	why_set(why, 0, "'%s/samples.jsonl': line %zu is damaged and was left out", run->path,
		line_number);
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r\n", line[i]) == NULL || line[i] == '\0')
			return false;
	}
	return true;
}

static bool is_compressed(const char *folder)
{
	char plain[PATH_MAX], packed[PATH_MAX];
	return join(plain, sizeof plain, folder, "samples.jsonl") == 0 &&
	       join(packed, sizeof packed, folder, "samples.jsonl.gz") == 0 &&
	       access(plain, F_OK) != 0 && access(packed, F_OK) == 0;
}

static int read_samples(struct run *run, FILE *file, struct tail *tail, struct why *why)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t len;
	int err = 0;
	size_t number = 1;
	for (; (len = getline(&line, &capacity, file)) >= 0; number++) {
		bool ended = line[len - 1] == '\n';
		json_t *sample = json_loadb(line, (size_t)len, 0, NULL);
		if (json_string_value(json_object_get(sample, "cell")) == NULL) {
			json_decref(sample);
			if (!ended)
				break; /* cut off by a crash */
			if (!is_blank(line, (size_t)len))
				note_damage(run, number, why);
		} else if (json_array_append_new(run->samples, sample) != 0) {
			err = -ENOMEM;
			break;
		}
		tail->whole_bytes += len;
		tail->needs_newline = !ended;
	}
	if (err == 0 && ferror(file) && is_compressed(run->path))
		note_damage(run, number, why); /* the rest cannot be unpacked */
	else if (err == 0 && ferror(file))
		err = -EIO;
	free(line);
	return err;
}

static int reopen_samples(struct run *run, const char *path, const struct tail *tail,
			  struct why *why)
{
	int err = open_samples(path, &run->samples_file, why);
	if (err != 0)
		return err;
	int fd = fileno(run->samples_file);
	if (ftruncate(fd, tail->whole_bytes) != 0)
		err = -errno;
	if (err == 0 && tail->needs_newline)
		err = write_all(fd, "\n", 1);
	if (err != 0)
		why_set(why, err, "cannot mend '%s': %s", path, strerror(-err));
	return err;
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

static int load_samples(struct run *run, bool append, struct why *why)
{
	char path[PATH_MAX];
	struct tail tail = {0};
	FILE *file;
	int err = join(path, sizeof path, run->path, "samples.jsonl");
	if (err != 0)
		return why_set(why, err, "the name of '%s' is too long", run->path);
	if (append && is_compressed(run->path))
		return why_set(why, -EINVAL, "cannot add to '%s': it is a phase, recorded for good",
			       run->path);
	err = run_open_samples(run->path, &file);
	if (err != 0 && err != -ENOENT)
		return why_set(why, err, "cannot open '%s': %s", path, strerror(-err));
	if (err == 0) {
		err = read_samples(run, file, &tail, why);
		fclose(file);
		if (err != 0)
			return why_set(why, err, "cannot read '%s': %s", path, strerror(-err));
	}
	return append ? reopen_samples(run, path, &tail, why) : 0;
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
		return why_set(why, err, "cannot open the run '%s': %s", path, strerror(-err));
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
	char *line = sample == NULL ? NULL : json_dumps(sample, JSON_LINE_FLAGS);
	struct stat before;
	int err = 0;
	if (line == NULL)
		err = -EINVAL;
	else if (run->samples_file == NULL)
		err = -EBADF;
	else if (fstat(fileno(run->samples_file), &before) != 0)
		err = -errno;
	if (err == 0) {
		int fd = fileno(run->samples_file);
		size_t len = strlen(line);
		line[len] = '\n';
		err = write_all(fd, line, len + 1);
		if (err != 0 && ftruncate(fd, before.st_size) != 0)
			err = -errno; /* a half line stays; reading copes with it */
	}
	if (err == 0 && json_array_append(run->samples, sample) != 0)
		err = -ENOMEM;
	json_decref(sample);
	free(line);
	return err;
}

void run_release(struct run *run)
{
	if (run->samples_file != NULL)
		fclose(run->samples_file);
	json_decref(run->samples);
	json_decref(run->environment);
	json_decref(run->info);
	free(run->path);
	*run = (struct run){0};
}
