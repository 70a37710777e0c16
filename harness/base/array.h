/* Arrays that grow. */
#ifndef IOWALK_BASE_ARRAY_H
#define IOWALK_BASE_ARRAY_H

#include <stddef.h>

/* The place of item number `count` of an array of *capacity items, which becomes larger if it is full: *items is moved then. NULL
 * if out of memory; the array is as it was. The caller counts the item, and frees *items. */
void *array_next(void **items, size_t count, size_t *capacity, size_t item_bytes);

#endif
