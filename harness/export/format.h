/*
 * Export formats: a run as another tool reads it. One format is one file in harness/export/:
 * export/csv.c defines `const struct export_format export_csv`. The table of all formats is
 * generated.
 */
#ifndef IOWALK_EXPORT_FORMAT_H
#define IOWALK_EXPORT_FORMAT_H

#include "../record/run.h"

struct export_format {
	const char *name;    /* as in --format NAME */
	const char *summary; /* for --help; lines are separated by newlines */
	bool of_profiles;    /* there is nothing to write of a run without profiles: -ENODATA */
	const char *needs; /* a list of run.json without which there is nothing to write, or NULL */
	/* Writes the run. 0 or negative errno; a failed write may also be left to ferror(out). */
	int (*write)(const struct run *run, FILE *out);
	/* The same, compared with the run `before`. NULL: the format compares nothing. */
	int (*compare)(const struct run *run, const struct run *before, FILE *out);
};

extern const struct export_format *const export_table[];
extern const size_t export_table_count;

#endif
