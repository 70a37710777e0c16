/* Sizes and buffers: see buffer.h. */
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>

uint64_t saturating_madd(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t product, sum;

	if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(product, c, &sum))
		return UINT64_MAX;
	return sum;
}

int buffer_reserve(void **buffer, size_t *capacity, size_t need, size_t item_bytes)
{
	if (need == 0)
		need = 1; /* a buffer that is there may be added to, NULL may not */
	if (need <= *capacity)
		return 0;
	size_t grown = *capacity * 2 > need ? *capacity * 2 : need;
	size_t bytes;

	if (__builtin_mul_overflow(grown, item_bytes, &bytes))
		return -ENOMEM;
	void *fresh = malloc(bytes);
	if (!fresh)
		return -ENOMEM;
	free(*buffer);
	*buffer = fresh;
	*capacity = grown;
	return 0;
}
