/* A calibration on disk: see calibration.h. */
#include "calibration.h"

#include "calibration_gate.h"
#include "record.h"
#include "../base/gzip.h"
#include "../base/json_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct calibration_kind calibration_kinds[CALIBRATION_KINDS_COUNT] = {
	{.name = "alike", .what = "the same build twice", .wanted_count = 200},
	{.name = "slower-2.5",
	 .what = "2.5 % slower in one cell",
	 .inject_percent = 2.5,
	 .wanted_count = 20},
	{.name = "slower-3",
	 .what = "3 % slower in one cell",
	 .inject_percent = 3,
	 .wanted_count = 40},
	{.name = "slower-5",
	 .what = "5 % slower in one cell",
	 .inject_percent = 5,
	 .wanted_count = 40},
	{.name = "slower-10",
	 .what = "10 % slower in one cell",
	 .inject_percent = 10,
	 .wanted_count = 20},
	{.name = "half-10",
	 .what = "10 % slower in half of the processes of one cell",
	 .inject_percent = 10,
	 .share_percent = 50,
	 .wanted_count = 40},
	{.name = "quarter-30",
	 .what = "30 % slower in a quarter of the processes of one cell",
	 .inject_percent = 30,
	 .share_percent = 25,
	 .wanted_count = 40},
	{.name = "stalls",
	 .what = "twice as long in a tenth of the samples of one cell",
	 .inject_percent = 100,
	 .share_percent = 10,
	 .stalls = true,
	 .wanted_count = 40},
	{.name = "syscall",
	 .what = "one more system call per walk in one cell",
	 .inject_syscall = true,
	 .wanted_count = 20},
	{.name = "layout",
	 .what = "the same source, its functions laid out differently",
	 .other_layout = true,
	 .wanted_count = 20},
};

static char *file_in(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static bool is_gate(const json_t *value)
{
	return json_is_object(value);
}

/* A missing file is not an error: no gate has ended yet. */
static int load_gates(const char *path, json_t *gates, struct why *why)
{
	struct json_lines_damage damage;
	FILE *file;
	int err = gzip_open(path, &file);

	if (err == -ENOENT)
		return 0;
	if (!err) {
		err = json_lines_read(file, JSON_LINES_GZIP, is_gate, gates, &damage);
		fclose(file);
	}
	if (err)
		return why_set(why, err, "cannot read '%s': %s", path, strerror(-err));
	if (damage.count)
		why_set(why, 0, "'%s': line %zu is damaged and was left out", path,
			damage.first_line);
	return 0;
}

int calibration_load(const char *folder, json_t **info, json_t **gates, struct why *why)
{
	char *path = file_in(folder, "calibration.json");
	char *lines = file_in(folder, "gates.jsonl.gz");
	json_error_t error;
	int err = path && lines ? 0 : -ENOMEM;

	why_set(why, 0, "%s", "");
	*gates = json_array();
	*info = err ? NULL : json_load_file(path, 0, &error);
	if (!err && !json_is_object(*info))
		err = why_set(why, -EBADMSG, "'%s' is not a calibration: %.100s", folder,
			      error.text);
	if (!err)
		err = load_gates(lines, *gates, why);
	size_t cells_count = json_array_size(json_object_get(*info, "cells"));
	for (size_t i = 0; !err && i < json_array_size(*gates); i++)
		err = calibration_gate_condense(json_array_get(*gates, i), cells_count);
	free(path);
	free(lines);
	return err;
}

int calibration_append(const char *folder, const json_t *gate, struct why *why)
{
	char *path = file_in(folder, "gates.jsonl.gz");
	struct json_lines *lines = NULL;
	int err = path ? json_lines_open(path, JSON_LINES_GZIP, GATE_TIME_DIGITS, &lines, why)
		       : -ENOMEM;

	if (!err && (err = json_lines_append(lines, gate)))
		why_set(why, err, "cannot write to '%s': %s", path, strerror(-err));
	json_lines_close(lines);
	free(path);
	return err;
}
