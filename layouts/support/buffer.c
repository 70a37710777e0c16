/* Sizes and buffers: see buffer.h. */
#include "buffer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SMALL_PAGE_BYTES 4096
#define HUGE_PAGE_BYTES  ((size_t)2 << 20)

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

int aligned_buffer_reserve(struct aligned_buffer *buffer, size_t need, size_t align)
{
	if (need <= buffer->capacity && (uintptr_t)buffer->bytes % align == 0 && buffer->bytes)
		return 0;
	size_t bytes = need > 2 * buffer->capacity ? need : 2 * buffer->capacity;
	bool huge = align >= SMALL_PAGE_BYTES && bytes >= HUGE_PAGE_BYTES / 2;

	align = huge ? HUGE_PAGE_BYTES : align < sizeof(void *) ? sizeof(void *) : align;
	if (bytes > SIZE_MAX - align)
		return -ENOMEM;
	bytes = (bytes + align - 1) / align * align;
	unsigned char *fresh = aligned_alloc(align, bytes ? bytes : align);
	if (!fresh)
		return -ENOMEM;
	if (huge)
		(void)madvise(fresh, bytes, MADV_HUGEPAGE); /* best effort */
	free(buffer->bytes);
	*buffer = (struct aligned_buffer){fresh, bytes};
	return 0;
}
