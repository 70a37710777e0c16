/* Compressed records: a samples.jsonl.gz is read and written like samples.jsonl. */
#ifndef IOWALK_BASE_GZIP_H
#define IOWALK_BASE_GZIP_H

#include <stdio.h>

/*
 * Opens a gzip file (or, by zlib's own rule, one that is not compressed) for reading as a stream.
 * Damage makes ferror() true where it lies; what was before it has been read. Caller closes by
 * fclose(). Negative errno.
 */
int gzip_open(const char *path, FILE **out);

/* Writes all of `from` compressed to a new file; synced. Negative errno: PATH may hold a part. */
int gzip_write(FILE *from, const char *path);

#endif
