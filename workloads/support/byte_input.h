/* The bytes of a graph file, decompressed, and their hash. */
#ifndef IOWALK_BYTE_INPUT_H
#define IOWALK_BYTE_INPUT_H

#include <stdint.h>
#include <sys/types.h>

#include "../../engines/why.h"

struct byte_input;

/*
 * Opens a regular file, compressed by gzip or not. -EISDIR, -EINVAL where it is no regular file, or
 * the error of the system, with the reason in `why`. The caller closes *out.
 */
int byte_input_open(const char *path, struct byte_input **out, struct why *why);
void byte_input_close(struct byte_input *input);

/* Reads up to `size` bytes; the count, 0 at the end, or negative errno with the reason in `why`. */
ssize_t byte_input_read(struct byte_input *input, void *bytes, size_t size, struct why *why);

/* The hash over all bytes read so far (XXH3 of 64 bits). */
uint64_t byte_input_hash(const struct byte_input *input);

#endif
