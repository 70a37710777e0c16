/* What a calibration keeps on disk: see calibration.h. */
#include "calibration.h"

#include "record.h"
#include "../record/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

const struct calibration_kind calibration_kinds[CALIBRATION_KINDS_COUNT] = {
	{"alike", "the same build twice", 0, false, false, 200},
	{"slower-2.5", "2.5 % slower in one cell", 2.5, false, false, 20},
	{"slower-5", "5 % slower in one cell", 5, false, false, 40},
	{"slower-10", "10 % slower in one cell", 10, false, false, 20},
	{"syscall", "one system call more a walk in one cell", 0, true, false, 20},
	{"layout", "the same source, its functions laid out differently", 0, false, true, 20},
};

static char *file_in(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* A line of any length. 1 where there is one, 0 at the end, negative errno. */
static int read_line(gzFile file, char **text, size_t *size)
{
	size_t used = 0;

	for (;;) {
		if (*size - used < 65536) {
			char *grown = realloc(*text, *size * 2 + 131072);
			if (!grown)
				return -ENOMEM;
			*text = grown;
			*size = *size * 2 + 131072;
		}
		if (!gzgets(file, *text + used, (int)(*size - used)))
			return 0; /* an end in the middle of a line is a gate that was not finished */
		used += strlen(*text + used);
		if (used > 0 && (*text)[used - 1] == '\n')
			return 1;
	}
}

int calibration_load(const char *folder, json_t **info, json_t **gates, struct why *why)
{
	char *path = file_in(folder, "calibration.json"),
	     *lines = file_in(folder, "gates.jsonl.gz");
	char *text = NULL;
	size_t size = 0;
	json_error_t error;
	int err = path && lines ? 0 : -ENOMEM;

	*gates = json_array();
	*info = err ? NULL : json_load_file(path, 0, &error);
	if (!err && !json_is_object(*info))
		err = why_set(why, -EBADMSG, "'%s' is no calibration: %.100s", folder, error.text);
	gzFile file = err ? NULL : gzopen(lines, "rb");
	for (int more; file && !err && (more = read_line(file, &text, &size)) != 0;) {
		json_t *gate = more < 0 ? NULL : json_loads(text, 0, NULL);

		err = more < 0 ? more : 0;
		if (json_is_object(gate))
			json_array_append(*gates, gate);
		json_decref(gate);
	}
	if (file)
		gzclose(file);
	free(text);
	free(path);
	free(lines);
	return err;
}

int calibration_append(const char *folder, const json_t *gate)
{
	char *path = file_in(folder, "gates.jsonl.gz");
	char *text = json_dumps(gate, JSON_COMPACT | JSON_REAL_PRECISION(SAMPLE_DIGITS));
	gzFile file = path && text ? gzopen(path, "ab9") : NULL;
	int err = file ? 0 : -errno;

	if (file && (gzputs(file, text) < 0 || gzputc(file, '\n') < 0))
		err = -EIO;
	if (file && gzclose(file) != Z_OK)
		err = -EIO;
	free(path);
	free(text);
	return err;
}
