/*
 * Phases: see phase.h.
 *
 * How it works: everything is written to a temporary folder, which is then renamed. An existing
 * phase of the same name is exchanged for the new one atomically and then removed.
 *
 * Source: rename(2) on RENAME_EXCHANGE and RENAME_NOREPLACE
 */
#include "phase.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../machine/anonymize.h"
#include "../base/clock.h"
#include "../base/files.h"
#include "../base/gzip.h"
#include "joined.h"
#include "phase_name.h"
#include "profile_stacks.h"
#include "run.h"

#define FILE_PATH_MAX (PATH_MAX + 64) /* a folder and a file of ours in it */

void phase_folder_remove(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(folder), entry->d_name, 0);
	}
	if (folder != NULL)
		closedir(folder);
	rmdir(path);
}

static json_t *describe(const char *name, const char *note, const struct run *run)
{
	json_t *build = json_object_get(run->environment, "build");
	const char *base = strrchr(run->path, '/');
	char now_text[UTC_STAMP_MAX];
	utc_stamp(now_text);
	json_t *about = json_pack("{s:i,s:s,s:s,s:s,s:s,s:I,s:I}", "format", 1, "name", name,
				  "note", note == NULL ? "" : note, "recorded", now_text, "from",
				  base == NULL ? run->path : base + 1, "cells_count",
				  (json_int_t)json_array_size(json_object_get(run->info, "cells")),
				  "samples_count", (json_int_t)json_array_size(run->samples));
	static const char *const of_build[] = {"commit", "dirty"};
	static const char *const of_run[] = {"started", "suite"};
	for (size_t i = 0; about != NULL && i < 2; i++) {
		json_t *value = json_object_get(build, of_build[i]);
		if (value != NULL)
			json_object_set(about, of_build[i], value);
		value = json_object_get(run->info, of_run[i]);
		if (value != NULL)
			json_object_set(about, of_run[i], value);
	}
	const json_t *runs = json_object_get(run->info, "runs");
	json_t *names = about == NULL || runs == NULL ? NULL : json_array();
	for (size_t i = 0; names != NULL && i < json_array_size(runs); i++)
		json_array_append(names, json_object_get(json_array_get(runs, i), "from"));
	if (names != NULL)
		json_object_set_new(about, "runs", names);
	return about;
}

/* The samples as lines, in a temporary file at its beginning. */
static int put_joined(const struct run *run, FILE **out)
{
	*out = tmpfile();
	int err = *out == NULL ? -errno : 0;
	for (size_t i = 0; err == 0 && i < json_array_size(run->samples); i++) {
		if (json_dumpf(json_array_get(run->samples, i), *out,
			       JSON_COMPACT | JSON_REAL_PRECISION(15)) != 0 ||
		    fputc('\n', *out) == EOF)
			err = -EIO;
	}
	if (err == 0 && fseek(*out, 0, SEEK_SET) != 0)
		err = -errno;
	if (err != 0 && *out != NULL)
		fclose(*out);
	return err;
}

static int write_samples(const struct run *run, bool is_joined, const char *path)
{
	FILE *from = NULL;
	int err = is_joined ? put_joined(run, &from) : run_open_samples(run->path, &from);
	if (err == 0) {
		err = anonymize_to_gzip(from, path, false);
		fclose(from);
	}
	return err;
}

/* The stacks of its profiles, if it has any; of several runs none is kept. */
static int write_stacks(const struct run *run, bool is_joined, const char *folder)
{
	char from_path[FILE_PATH_MAX], path[FILE_PATH_MAX];
	FILE *from = NULL;
	snprintf(from_path, sizeof from_path, "%s/%s", run->path, PROFILE_STACKS_FILE);
	snprintf(path, sizeof path, "%s/%s", folder, PROFILE_STACKS_FILE);
	if (is_joined || access(from_path, R_OK) != 0)
		return 0;
	int err = gzip_open(from_path, &from);
	if (err == 0) {
		err = anonymize_to_gzip(from, path,
					true); /* a run that was killed leaves half a line */
		fclose(from);
	}
	return err;
}

/* Without the names of the machine and its folders, because a phase is passed on to others. */
static int write_anonymous(const char *folder, const struct run *run, phase_summary *summary)
{
	char path[FILE_PATH_MAX];
	struct run anonymous = *run;
	anonymous.environment = json_deep_copy(run->environment);
	anonymous.info = json_deep_copy(run->info);
	int err = anonymous.environment == NULL || anonymous.info == NULL
			  ? -ENOMEM
			  : anonymize_environment(anonymous.environment);
	if (err == 0)
		err = anonymize_info(anonymous.info);
	snprintf(path, sizeof path, "%s/environment.json", folder);
	if (err == 0)
		err = write_json_file(path, anonymous.environment);
	snprintf(path, sizeof path, "%s/run.json", folder);
	if (err == 0)
		err = write_json_file(path, anonymous.info);
	snprintf(path, sizeof path, "%s/summary.md", folder);
	if (err == 0)
		err = summary(&anonymous, path);
	json_decref(anonymous.environment);
	json_decref(anonymous.info);
	return err;
}

static int write_files(const char *folder, const char *name, const char *note,
		       const struct run *run, bool is_joined, phase_summary *summary)
{
	char path[FILE_PATH_MAX];
	json_t *about = describe(name, note, run);
	int err = about == NULL ? -EINVAL : 0; /* a note that is no UTF-8 */
	snprintf(path, sizeof path, "%s/samples.jsonl.gz", folder);
	if (err == 0)
		err = write_samples(run, is_joined, path);
	if (err == 0)
		err = write_stacks(run, is_joined, folder);
	if (err == 0)
		err = write_anonymous(folder, run, summary);
	snprintf(path, sizeof path, "%s/phase.json", folder);
	if (err == 0)
		err = write_json_file(path, about);
	json_decref(about);
	return err;
}

/* Where the file system lacks the flags of renameat2(), as NFS does: for a moment there is no folder PATH. */
static int replace_in_steps(const char *aside, const char *path)
{
	char old[FILE_PATH_MAX];
	snprintf(old, sizeof old, "%s.old", aside);
	if (rename(path, old) != 0)
		return -errno;
	if (rename(aside, path) != 0) {
		int err = -errno;
		rename(old, path);
		return err;
	}
	return rename(old, aside) == 0 ? 0 : -errno;
}

int phase_folder_replace(const char *aside, const char *path, bool replace)
{
	if (renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL && access(path, F_OK) != 0) /* the file system lacks the flag */
		return rename(aside, path) == 0 ? 0 : -errno;
	if (!replace)
		return errno == EINVAL ? -EEXIST : -errno;
	if (errno != EEXIST && errno != EINVAL)
		return -errno;
	if (renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_EXCHANGE) != 0) {
		int err = errno == EINVAL ? replace_in_steps(aside, path) : -errno;
		if (err != 0)
			return err;
	}
	phase_folder_remove(aside); /* this is now the older phase */
	return 0;
}

static int record(const char *name, const struct run *run, bool is_joined, const char *note,
		  bool replace, phase_summary *summary, struct why *why)
{
	char path[PATH_MAX], aside[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", PHASES_FOLDER, name);
	snprintf(aside, sizeof aside, "%s/.%s.%ld.tmp", PHASES_FOLDER, name, (long)getpid());
	if (!replace && access(path, F_OK) == 0)
		return why_set(why, -EEXIST,
			       "there is a phase '%s' already: another name, or --replace", name);
	int err = make_folders(aside);
	if (err == 0)
		err = write_files(aside, name, note, run, is_joined, summary);
	if (err == 0)
		err = phase_folder_replace(aside, path, replace);
	if (err == 0)
		return 0;
	phase_folder_remove(aside);
	return why_set(why, err, "cannot record '%s': %s", path, strerror(-err));
}

static int load(const char *from, struct run *run, const struct run *first, phase_check *check,
		struct why *why)
{
	struct why damage = {""};
	int err = run_load(from, false, run, &damage);
	if (err != 0 || damage.text[0] != '\0')
		why_set(why, err, "%s", damage.text);
	if (err == 0 && json_array_size(run->samples) == 0)
		err = why_set(why, -ENODATA, "'%s' has no samples: nothing to record", run->path);
	return err == 0 && run != first ? check(first, run, why) : err;
}

int phase_record(const char *name, const char *const *from, size_t from_count, const char *note,
		 bool replace, phase_summary *summary, phase_check *check, struct why *why)
{
	struct run *runs = calloc(from_count, sizeof *runs), joined = {0};
	int err = phase_check_name(name, why);
	if (err == 0 && runs == NULL)
		err = -ENOMEM;
	for (size_t i = 0; err == 0 && i < from_count; i++)
		err = load(from[i], &runs[i], runs, check, why);
	if (err == 0 && from_count > 1)
		err = runs_join(runs, from_count, &joined, why);
	if (err == 0)
		err = record(name, from_count > 1 ? &joined : &runs[0], from_count > 1, note,
			     replace, summary, why);
	for (size_t i = 0; runs != NULL && i < from_count; i++)
		run_release(&runs[i]);
	run_release(&joined);
	free(runs);
	return err;
}

json_t *phase_about(const char *run_path)
{
	char path[FILE_PATH_MAX];
	snprintf(path, sizeof path, "%s/phase.json", run_path);
	json_t *about = json_load_file(path, 0, NULL);
	if (json_is_string(json_object_get(about, "name")))
		return about;
	json_decref(about);
	return NULL;
}

static const char *started_of(const void *phase)
{
	const char *started =
		json_string_value(json_object_get(*(json_t *const *)phase, "started"));
	return started == NULL ? "" : started;
}

static int order_phases(const void *a, const void *b)
{
	int order = strcmp(started_of(a), started_of(b));
	return order != 0 ? order
			  : strcmp(json_string_value(json_object_get(*(json_t *const *)a, "name")),
				   json_string_value(json_object_get(*(json_t *const *)b, "name")));
}

static int is_phase(const struct dirent *entry)
{
	return phase_check_name(entry->d_name, NULL) == 0;
}

int phases_list(json_t **out, struct why *why)
{
	struct dirent **entries = NULL;
	char path[FILE_PATH_MAX + NAME_MAX];
	size_t used = 0;
	int count = scandir(PHASES_FOLDER, &entries, is_phase, NULL);
	if (count < 0 && errno != ENOENT)
		return why_set(why, -errno, "cannot read '%s': %s", PHASES_FOLDER, strerror(errno));
	json_t **phases = calloc((size_t)(count > 0 ? count : 0) + 1, sizeof(void *));
	*out = json_array();
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", PHASES_FOLDER, entries[i]->d_name);
		json_t *about = phases == NULL ? NULL : phase_about(path);
		if (about == NULL)
			why_set(why, 0, "'%.150s' has no phase.json: it is left out", path);
		else
			phases[used++] = about;
		free(entries[i]);
	}
	free(entries);
	qsort(phases, phases == NULL ? 0 : used, sizeof(json_t *), order_phases);
	for (size_t i = 0; i < used; i++)
		json_array_append_new(*out, phases[i]);
	int err = phases == NULL || *out == NULL ? -ENOMEM : 0;
	free(phases);
	return err;
}
