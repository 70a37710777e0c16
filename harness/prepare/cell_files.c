/* The cache state of the files of a cell: see cell_files.h. */
#include "cell_files.h"

#include "file_patterns.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

typedef int visit_file(void *context, const char *path);

/* A second file that is missing is no error: the layout has built what is in it in memory. */
static int each_file(const struct cell *cell, const struct prepared *prepared, visit_file *visit,
		     void *context)
{
	char beside[sizeof(prepared->path) + 32];

	if (cell->command)
		return cell->command->files
			       ? file_patterns_each(cell->command->files, visit, context)
			       : 0;
	int err = visit(context, prepared->path);
	if (err || !cell->layout->sidecar)
		return err;
	snprintf(beside, sizeof(beside), "%s%s", prepared->path, cell->layout->sidecar);
	err = visit(context, beside);
	return err == -ENOENT ? 0 : err;
}

static int add_residency(void *context, const char *path)
{
	struct residency *sum = context, one = {0};
	int err = cache_residency(path, &one);

	sum->pages_count += one.pages_count;
	sum->resident_count += one.resident_count;
	sum->source = sum->source ? sum->source : one.source;
	return err;
}

int cell_files_residency(const struct cell *cell, const struct prepared *prepared,
			 struct residency *out)
{
	struct residency sum = {0};
	int err = each_file(cell, prepared, add_residency, &sum);

	if (!err)
		*out = sum;
	return err;
}

static int fill(void *context, const char *path)
{
	(void)context;
	return cache_fill(path);
}

static int drop(void *context, const char *path)
{
	(void)context;
	return cache_drop(path);
}

static int add_bytes(void *context, const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return -errno;
	*(uint64_t *)context += (uint64_t)status.st_size;
	return 0;
}

int cell_files_fill(const struct cell *cell, const struct prepared *prepared)
{
	return each_file(cell, prepared, fill, NULL);
}

int cell_files_drop(const struct cell *cell, const struct prepared *prepared)
{
	return each_file(cell, prepared, drop, NULL);
}

int cell_files_bytes(const struct cell *cell, const struct prepared *prepared, uint64_t *bytes)
{
	*bytes = 0;
	return each_file(cell, prepared, add_bytes, bytes);
}
