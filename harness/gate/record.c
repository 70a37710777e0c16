/* A gate's folder: see record.h. */
#include "record.h"

#include "../record/run.h"
#include "../base/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *file_in(const struct gate_record *record, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", record->path, name) < 0 ? NULL : path;
}

static int open_lines(struct gate_record *record, struct why *why)
{
	char *path = file_in(record, "blocks.jsonl");

	record->file = path ? fopen(path, "ae") : NULL;
	int err = record->file ? 0 : -errno;
	if (err)
		why_set(why, err, "cannot write to '%s': %s", path ? path : record->path,
			strerror(-err));
	free(path);
	return err;
}

int gate_record_save(const struct gate_record *record)
{
	char *path = file_in(record, "gate.json");
	int err = path ? write_json_file(path, record->info) : -ENOMEM;

	free(path);
	return err;
}

int gate_record_create(struct gate_record *record, const char *path, json_t *info, struct why *why)
{
	char *parent = strdup(path);
	char *slash = parent ? strrchr(parent, '/') : NULL;
	int err = 0;

	record->lines = json_array();
	record->info = json_incref(info);
	record->path = strdup(path);
	if (slash && slash > parent) {
		*slash = '\0';
		err = make_folders(parent);
	}
	free(parent);
	if (!err && mkdir(path, 0777))
		err = -errno;
	if (err)
		return why_set(why, err, "cannot make '%s': %s", path, strerror(-err));
	err = gate_record_save(record);
	if (err)
		return why_set(why, err, "cannot write to '%s': %s", path, strerror(-err));
	return open_lines(record, why);
}

/* All whole lines; what follows the last line feed was being written when the gate was ended. */
static int load_lines(struct gate_record *record, const char *path, struct why *why)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	off_t good = 0;
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	for (ssize_t len; (len = getline(&line, &size, file)) > 0 && line[len - 1] == '\n';) {
		json_t *object = json_loads(line, 0, NULL);
		if (!json_is_object(object))
			err = why_set(why, -EBADMSG, "'%s' has a line that is no JSON object",
				      path);
		json_array_append_new(record->lines, object ? object : json_null());
		good += len;
	}
	free(line);
	fclose(file);
	if (!err && truncate(path, good))
		err = why_set(why, -errno, "cannot write to '%s': %s", path, strerror(errno));
	return err;
}

int gate_record_load(struct gate_record *record, const char *path, struct why *why)
{
	json_error_t error;

	record->lines = json_array();
	record->path = strdup(path);
	char *info = file_in(record, "gate.json"), *lines = file_in(record, "blocks.jsonl");
	int err = info && lines ? 0 : -ENOMEM;
	if (!err && access(info, R_OK))
		err = why_set(why, -errno, "cannot open '%s': %s", info, strerror(errno));
	if (!err) {
		record->info = json_load_file(info, 0, &error);
		if (json_integer_value(json_object_get(record->info, "format")) != GATE_FORMAT ||
		    !json_is_array(json_object_get(record->info, "selections")))
			err = why_set(why, -EBADMSG, "'%s' is no gate of format %d", info,
				      GATE_FORMAT);
	}
	if (!err)
		err = load_lines(record, lines, why);
	if (!err)
		err = open_lines(record, why);
	free(info);
	free(lines);
	return err;
}

int gate_record_append(struct gate_record *record, json_t *line)
{
	int err = line ? 0 : -ENOMEM;

	if (!err && record->file &&
	    (json_dumpf(line, record->file, JSON_COMPACT | JSON_REAL_PRECISION(SAMPLE_DIGITS)) ||
	     fputc('\n', record->file) == EOF || fflush(record->file)))
		err = -EIO;
	if (!err && json_array_append(record->lines, line))
		err = -ENOMEM;
	json_decref(line);
	return err;
}

const json_t *gate_record_find(const struct gate_record *record, const char *stage, size_t block)
{
	json_t *line;
	size_t i;

	json_array_foreach(record->lines, i, line)
	{
		const char *name = json_string_value(json_object_get(line, "stage"));
		if (name && strcmp(name, stage) == 0 &&
		    json_integer_value(json_object_get(line, "block")) == (json_int_t)block)
			return line;
	}
	return NULL;
}

void gate_record_release(struct gate_record *record)
{
	if (record->file)
		fclose(record->file);
	json_decref(record->info);
	json_decref(record->lines);
	free(record->path);
	memset(record, 0, sizeof(*record));
}
