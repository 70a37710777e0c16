/*
 * Reading INI files: see ini.h.
 *
 * libinih reports a section only with its first key, and it takes the rest of a line that is too
 * long for the next line. Therefore read_line() looks at each line before libinih does: it finds
 * the sections and refuses long lines.
 */
#include "ini.h"

#include <errno.h>
#include <ini.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECTION_MAX 160 /* libinih itself keeps 50 bytes of a section's name */

struct reading {
	const struct ini_hooks *hooks;
	void *context;
	FILE *file;
	char section[SECTION_MAX];
	bool in_section;
	int line;         /* the line that is being read */
	int section_line; /* where the section began */
	int wrong_line;   /* the line that an error names */
	int err;          /* once it is set, nothing more is read */
	struct why why;
};

static int fail(struct reading *reading, int err, int line)
{
	if (err) {
		reading->err = err;
		reading->wrong_line = line;
	}
	return err;
}

static int end_section(struct reading *reading)
{
	if (!reading->in_section || !reading->hooks->end)
		return 0;
	return fail(reading, reading->hooks->end(reading->context, &reading->why),
		    reading->section_line);
}

static int begin_section(struct reading *reading, const char *section)
{
	if (end_section(reading))
		return reading->err;
	snprintf(reading->section, sizeof(reading->section), "%s", section);
	reading->in_section = true;
	reading->section_line = reading->line;
	if (!reading->hooks->begin)
		return 0;
	return fail(reading, reading->hooks->begin(reading->context, section, &reading->why),
		    reading->line);
}

/* The records are JSON, so a text that is not UTF-8 could not be recorded. */
static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

/* fgets() for libinih. */
static char *read_line(char *text, int size, void *context)
{
	struct reading *reading = context;
	char section[SECTION_MAX];

	if (reading->err)
		return NULL;
	if (!fgets(text, size, reading->file)) {
		if (ferror(reading->file))
			fail(reading, -errno, reading->line + 1);
		return NULL;
	}
	reading->line++;
	if (!strchr(text, '\n') && !feof(reading->file))
		fail(reading,
		     why_set(&reading->why, -EINVAL, "longer than %d characters", size - 2),
		     reading->line);
	else if (!is_utf8(text))
		fail(reading, why_set(&reading->why, -EINVAL, "not UTF-8"), reading->line);
	else if (sscanf(text, " [%159[^]]]", section) == 1)
		begin_section(reading, section);
	return reading->err ? NULL : text;
}

/* Called by libinih for each key; 0 marks the line as wrong. */
static int on_key(void *context, const char *section, const char *key, const char *value)
{
	struct reading *reading = context;

	(void)section; /* may be cut */
	if (reading->err)
		return 0;
	return fail(reading,
		    reading->hooks->key(reading->context, reading->section, key, value,
					&reading->why),
		    reading->line) == 0;
}

int ini_read(const char *path, const struct ini_hooks *hooks, void *context, struct why *why)
{
	struct reading reading = {.hooks = hooks, .context = context, .file = fopen(path, "re")};

	if (!reading.file)
		return why_set(why, -errno, "cannot open '%s': %s", path, strerror(errno));
	int line = ini_parse_stream(read_line, &reading, on_key, &reading);
	fclose(reading.file);
	if (!reading.err && line > 0)
		fail(&reading, why_set(&reading.why, -EINVAL, "neither a section nor KEY = VALUE"),
		     line);
	else if (!reading.err)
		end_section(&reading);
	if (!reading.err)
		return 0;
	return why_set(why, reading.err, "'%.80s', line %d: %s", path, reading.wrong_line,
		       *reading.why.text ? reading.why.text : strerror(-reading.err));
}
