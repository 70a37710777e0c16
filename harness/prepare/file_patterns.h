/* The files that patterns name: see glob(7). */
#ifndef IOWALK_PREPARE_FILE_PATTERNS_H
#define IOWALK_PREPARE_FILE_PATTERNS_H

/*
 * Calls visit() for each regular file that one of the patterns matches; a folder stands for all files below it.
 * `patterns` are separated by commas. They are matched anew in each call, because files may come and go. Symbolic
 * links that match are followed, those below a folder are not. -ENOENT if a pattern matches nothing; the
 * first error of visit(), or of reading a folder.
 */
int file_patterns_each(const char *patterns, int (*visit)(void *context, const char *path),
		       void *context);

#endif
