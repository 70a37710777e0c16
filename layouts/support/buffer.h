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

#endif
