/* A calibration on disk: see calibration.h. */
#include "calibration.h"

#include "record.h"
#include "../base/gzip.h"
#include "../base/json_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct calibration_kind calibration_kinds[CALIBRATION_KINDS_COUNT] = {
	{"alike", "the same build twice", 0, false, false, 200},
	{"slower-2.5", "2.5 % slower in one cell", 2.5, false, false, 20},
	{"slower-5", "5 % slower in one cell", 5, false, false, 40},
	{"slower-10", "10 % slower in one cell", 10, false, false, 20},
	{"syscall", "one more system call per walk in one cell", 0, true, false, 20},
	{"layout", "the same source, its functions laid out differently", 0, false, true, 20},
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
