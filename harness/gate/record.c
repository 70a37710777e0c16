/* The folder of a gate: see record.h. */
#include "record.h"

#include "../base/files.h"
#include "../base/gzip.h"
#include "../base/json_lines.h"

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

static bool is_object(const json_t *value)
{
	return json_is_object(value);
}

/* Reads the lines of earlier calls. Takes over the file, which may be NULL after an error `err`. */
static int read_lines(struct gate_record *record, FILE *file, int err, const char *path,
		      struct why *why)
{
	struct json_lines_damage damage = {0};

	if (err)
		return why_set(why, err, "cannot open '%s': %s", path, strerror(-err));
	err = json_lines_read(file, JSON_LINES_PLAIN, is_object, record->lines, &damage);
	if (err)
		why_set(why, err, "cannot read '%s': %s", path, strerror(-err));
	/* A step that is missing would be measured again in the wrong place: it is an error
	 * here. */
	if (!err && damage.count)
		err = why_set(why, -EBADMSG, "'%s': line %zu is not a JSON object", path,
			      damage.first_line);
	fclose(file);
	return err;
}

/* Opens blocks.jsonl for append and reads the lines of earlier calls. */
static int open_lines(struct gate_record *record, struct why *why)
{
	char *path = file_in(record, "blocks.jsonl");
	int err = path ? json_lines_open(path, JSON_LINES_PLAIN, GATE_TIME_DIGITS,
					 &record->lines_file, why)
		       : -ENOMEM;

	if (!err) {
		FILE *file = fopen(path, "re");

		err = read_lines(record, file, file ? 0 : -errno, path, why);
	}
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

/* Reads gate.json. */
static int read_info(struct gate_record *record, const char *path, struct why *why)
{
	json_error_t error;

	record->lines = json_array();
	record->path = strdup(path);
	char *info = file_in(record, "gate.json");
	int err = info ? 0 : -ENOMEM;
	if (!err && access(info, R_OK))
		err = why_set(why, -errno, "cannot open '%s': %s", info, strerror(errno));
	if (!err) {
		record->info = json_load_file(info, 0, &error);
		if (json_integer_value(json_object_get(record->info, "format")) != GATE_FORMAT ||
		    !json_is_array(json_object_get(record->info, "selections")))
			err = why_set(why, -EBADMSG, "'%s' is not a gate of format %d", info,
				      GATE_FORMAT);
	}
	free(info);
	return err;
}

int gate_record_load(struct gate_record *record, const char *path, struct why *why)
{
	int err = read_info(record, path, why);

	return err ? err : open_lines(record, why);
}

int gate_record_read(struct gate_record *record, const char *path, struct why *why)
{
	int err = read_info(record, path, why);
	char *lines = err ? NULL : file_in(record, "blocks.jsonl");
	FILE *file = NULL;

	if (lines && access(lines, R_OK) && errno == ENOENT) {
		char *packed = file_in(record, "blocks.jsonl.gz");

		if (packed && access(packed, R_OK) == 0) {
			free(lines);
			lines = packed;
		} else {
			free(packed);
		}
	}
	if (!err && !lines)
		err = -ENOMEM;
	if (!err) {
		err = gzip_open(lines, &file); /* reads plain files, too */
		err = read_lines(record, file, err, lines, why);
	}
	free(lines);
	return err;
}

int gate_record_append(struct gate_record *record, json_t *line)
{
	int err = line ? 0 : -ENOMEM;

	if (!err && record->lines_file)
		err = json_lines_append(record->lines_file, line);
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
	json_lines_close(record->lines_file);
	json_decref(record->info);
	json_decref(record->lines);
	free(record->path);
	memset(record, 0, sizeof(*record));
}
