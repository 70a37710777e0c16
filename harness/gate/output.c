/* Writing the result of a gate: see output.h. */
#include "output.h"

#include "../base/message.h"
#include "../record/run.h"
#include "../judge/writers.h"
#include "../base/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef int file_writer(const char *path, const char *text, size_t len_bytes);

static int write_as(const char *path, file_writer *write_file,
		    void (*write)(FILE *, const struct comparison *),
		    const struct comparison *comparison)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return -ENOMEM;
	write(memory, comparison);
	int err = fclose(memory) ? -errno : write_file(path, text, len);
	free(text);
	if (err)
		message("cannot write '%s': %s", path, strerror(-err));
	return err;
}

int gate_output_check(const struct gate_output *output)
{
	const char *paths[] = {output->junit, output->markdown};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int err = paths[i] ? check_writable(paths[i]) : 0;

		if (err) {
			message("cannot write '%s': %s", paths[i], strerror(-err));
			return err;
		}
	}
	return 0;
}

int gate_show(const struct gate_output *output, const struct comparison *comparison)
{
	int err = 0;

	if (output->json) {
		json_t *json = comparison_json(comparison);
		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(json);
	} else {
		comparison_write_table(stdout, comparison, output->color);
	}
	if (output->annotations) /* CI systems read them from either stream */
		comparison_write_annotations(output->json ? stderr : stdout, comparison);
	fflush(stdout); /* a file may be /dev/stdout */
	if (output->junit)
		err = write_as(output->junit, write_text_file, comparison_write_junit, comparison);
	if (output->markdown) {
		int markdown_err = write_as(output->markdown, append_text_file,
					    comparison_write_markdown, comparison);
		err = err ? err : markdown_err;
	}
	return err;
}
