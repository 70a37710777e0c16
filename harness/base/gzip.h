/* Compressed records: samples.jsonl.gz is read and written like samples.jsonl. */
#ifndef IOWALK_BASE_GZIP_H
#define IOWALK_BASE_GZIP_H

#include <stdio.h>

/*
 * Opens a gzip file for reading as a stream; zlib also reads files that are not compressed. At a
 * damaged place reading ends and ferror() is true; everything before it can be read. The caller
 * closes *out with fclose(). 0 or negative errno.
 */
int gzip_open(const char *path, FILE **out);

/* Compresses all of `from` into a new file and syncs it. 0 or negative errno; after a failure PATH may
 * exist in part. */
int gzip_write(FILE *from, const char *path);

#endif
