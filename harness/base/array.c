/* See array.h. */
#include "array.h"

#include <stdlib.h>

#define ITEMS_FIRST 64

void *array_next(void **items, size_t count, size_t *capacity, size_t item_bytes)
{
	if (count == *capacity) {
		size_t wanted = *capacity ? 2 * *capacity : ITEMS_FIRST;
		void *grown = realloc(*items, wanted * item_bytes);

		if (!grown)
			return NULL;
		*items = grown;
		*capacity = wanted;
	}
	return (char *)*items + count * item_bytes;
}
