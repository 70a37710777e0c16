/*
 * Windows of a file, copied to user space. There are few, so they are searched linearly. They may
 * overlap: a write goes into all that contain its bytes, so none is ever stale.
 */
#include "windows.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct window *windows_find(struct windows *windows, uint64_t offset, size_t len_bytes)
{
	for (size_t i = 0; i < windows->count; i++) {
		struct window *window = &windows->list[i];

		if (offset >= window->offset && offset - window->offset <= window->len_bytes &&
		    len_bytes <= window->len_bytes - (size_t)(offset - window->offset)) {
			window->last_use = ++windows->clock;
			window->hits_count++;
			return window;
		}
	}
	return NULL;
}

/* Is `a` to be replaced rather than `b`? Empty windows that have memory come first: a walk after windows_drop()
 * then allocates nothing that the walk before it did not, so that both make the same system
 * calls. */
static bool goes_before(const struct window *a, const struct window *b)
{
	bool a_ready = a->data && a->len_bytes == 0, b_ready = b->data && b->len_bytes == 0;

	return a_ready != b_ready ? a_ready : a->last_use < b->last_use;
}

struct window *windows_take(struct windows *windows, uint64_t offset)
{
	struct window *taken = &windows->list[0];

	for (size_t i = 0; i < windows->count; i++) {
		struct window *window = &windows->list[i];

		/* A window that begins there was filled before the file grew and is too short: it
		 * is replaced. */
		if (window->len_bytes > 0 && window->offset == offset) {
			taken = window;
			break;
		}
		if (goes_before(window, taken))
			taken = window;
	}
	if (taken->len_bytes > 0 && windows->replaced)
		windows->replaced(windows, taken);
	taken->len_bytes = 0;
	taken->hits_count = 0;
	taken->offset = offset;
	taken->last_use = ++windows->clock;
	if (!taken->data)
		taken->data = malloc(windows->capacity_bytes);
	return taken->data ? taken : NULL;
}

void windows_write(struct windows *windows, uint64_t offset, const unsigned char *buffer,
		   size_t len_bytes)
{
	for (size_t i = 0; i < windows->count; i++) {
		struct window *window = &windows->list[i];
		uint64_t end = window->offset + window->len_bytes;
		uint64_t from = offset > window->offset ? offset : window->offset;
		uint64_t to = offset + len_bytes < end ? offset + len_bytes : end;

		if (from < to)
			memcpy(window->data + (from - window->offset), buffer + (from - offset),
			       (size_t)(to - from));
	}
}

void windows_cut(struct windows *windows, uint64_t size_bytes)
{
	for (size_t i = 0; i < windows->count; i++) {
		struct window *window = &windows->list[i];

		if (window->offset >= size_bytes)
			window->len_bytes = 0;
		else if (window->len_bytes > size_bytes - window->offset)
			window->len_bytes = (size_t)(size_bytes - window->offset);
	}
}

void windows_drop(struct windows *windows)
{
	for (size_t i = 0; i < windows->count; i++)
		windows->list[i].len_bytes = 0;
}

void windows_release(struct windows *windows)
{
	for (size_t i = 0; i < windows->count; i++)
		free(windows->list[i].data);
	*windows = (struct windows){0};
}
