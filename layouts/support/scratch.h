/* Temporary files without a name, which vanish with the process however it ends. */
#ifndef IOWALK_SCRATCH_H
#define IOWALK_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

/* Opens an empty file for reading and writing in `folder`. A descriptor, or negative errno. */
int scratch_open(const char *folder);

/*
 * An array of zeros in a temporary file of its own: memory that the kernel can write back and drop.
 * The room on the disk is reserved. NULL with *err set: -ENOSPC, or another error. Free with
 * scratch_unmap().
 */
void *scratch_map(const char *folder, size_t len_bytes, int *err);
void scratch_unmap(void *bytes, size_t len_bytes); /* NULL does nothing */

#endif
