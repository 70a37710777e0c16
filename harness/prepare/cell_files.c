/* The cache state of the files of a cell: see cell_files.h. */
#include "cell_files.h"

#include <errno.h>
#include <stdio.h>

#define FILES_MAX 2

/* The path of file i; NULL: there are no more. */
static const char *file_of(const struct cell *cell, const struct prepared *prepared, int i,
			   char *beside, size_t beside_size)
{
	if (i == 0)
		return prepared->path;
	if (i >= FILES_MAX || !cell->layout->sidecar)
		return NULL;
	snprintf(beside, beside_size, "%s%s", prepared->path, cell->layout->sidecar);
	return beside;
}

/* A second file that is missing is no error: the layout has built what is in it in memory. */
static int error_of(int i, int err)
{
	return i > 0 && err == -ENOENT ? 0 : err;
}

int cell_files_residency(const struct cell *cell, const struct prepared *prepared,
			 struct residency *out)
{
	char beside[sizeof(prepared->path) + 32];
	struct residency sum = {0};
	const char *path;
	int err = 0;

	for (int i = 0; !err && (path = file_of(cell, prepared, i, beside, sizeof(beside))); i++) {
		struct residency one = {0};

		err = error_of(i, cache_residency(path, &one));
		sum.pages_count += one.pages_count;
		sum.resident_count += one.resident_count;
		sum.source = sum.source ? sum.source : one.source;
	}
	if (!err)
		*out = sum;
	return err;
}

static int each_file(const struct cell *cell, const struct prepared *prepared,
		     int (*change)(const char *path))
{
	char beside[sizeof(prepared->path) + 32];
	const char *path;
	int err = 0;

	for (int i = 0; !err && (path = file_of(cell, prepared, i, beside, sizeof(beside))); i++)
		err = error_of(i, change(path));
	return err;
}

int cell_files_fill(const struct cell *cell, const struct prepared *prepared)
{
	return each_file(cell, prepared, cache_fill);
}

int cell_files_drop(const struct cell *cell, const struct prepared *prepared)
{
	return each_file(cell, prepared, cache_drop);
}
