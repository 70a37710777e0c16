/* Files by patterns: see file_patterns.h. */
#include "file_patterns.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file, or all files below a folder. */
static int visit_path(char *path, int (*visit)(void *context, const char *path), void *context)
{
	char *const paths[] = {path, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	int err = tree ? 0 : -errno;

	while (!err) {
		errno = 0;
		FTSENT *entry = fts_read(tree);
		if (!entry) {
			err = -errno;
			break;
		}
		if (entry->fts_info == FTS_F && S_ISREG(entry->fts_statp->st_mode))
			err = visit(context, entry->fts_accpath);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_NS)
			err = -entry->fts_errno;
	}
	if (tree)
		fts_close(tree);
	return err;
}

static int visit_pattern(const char *pattern, int (*visit)(void *context, const char *path),
			 void *context)
{
	glob_t found = {0};
	int result = glob(pattern, GLOB_ERR | GLOB_TILDE, NULL, &found);
	int err = result == 0              ? 0
		  : result == GLOB_NOMATCH ? -ENOENT
		  : result == GLOB_NOSPACE ? -ENOMEM
					   : -EACCES;

	for (size_t i = 0; !err && i < found.gl_pathc; i++)
		err = visit_path(found.gl_pathv[i], visit, context);
	globfree(&found);
	return err;
}

int file_patterns_each(const char *patterns, int (*visit)(void *context, const char *path),
		       void *context)
{
	char *copy = strdup(patterns), *rest, *pattern;
	int err = copy ? 0 : -ENOMEM;

	if (!err) {
		for (pattern = strtok_r(copy, ",", &rest); !err && pattern;
		     pattern = strtok_r(NULL, ",", &rest))
			err = visit_pattern(pattern + strspn(pattern, " "), visit, context);
	}
	free(copy);
	return err;
}
