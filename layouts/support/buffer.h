/* Sizes that cannot overflow, and buffers that grow. */
#ifndef IOWALK_LAYOUTS_BUFFER_H
#define IOWALK_LAYOUTS_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* a × b + c, or UINT64_MAX if that is more. */
uint64_t saturating_madd(uint64_t a, uint64_t b, uint64_t c);

/* Grows *buffer (of *capacity items) to at least `need` items of item_bytes, and to one. The contents are lost. -ENOMEM
 * leaves it as it was. */
int buffer_reserve(void **buffer, size_t *capacity, size_t need, size_t item_bytes);

/* Bytes that are read into, aligned. */
struct aligned_buffer {
	unsigned char *bytes; /* [capacity]; freed by free() */
	size_t capacity;
};

/*
 * The same for `need` bytes at a multiple of `align` (a power of two). A large one that is aligned to pages gets huge pages if
 * it can: a device takes few parts in one request, and a part is a page (a read of 1 MiB: 2.1 GB/s, in huge pages 3.0).
 */
int aligned_buffer_reserve(struct aligned_buffer *buffer, size_t need, size_t align);

#endif
