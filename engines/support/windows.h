/* Windows of a file, copied to user space, replaced in order of last use. */
#ifndef IOWALK_ENGINE_WINDOWS_H
#define IOWALK_ENGINE_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

#define WINDOWS_MAX 64

struct window {
	uint64_t offset;
	size_t len_bytes;    /* 0: empty */
	unsigned hits_count; /* reads that found their bytes there */
	uint64_t last_use;   /* of the clock */
	unsigned char *data; /* [capacity_bytes], from the first use on */
};

struct windows {
	struct window list[WINDOWS_MAX]; /* the first `count` are in use */
	size_t count;
	size_t capacity_bytes; /* of each */
	uint64_t clock;        /* uses so far */
	/* Called with each window that is not empty before it is replaced; may be NULL. */
	void (*replaced)(struct windows *windows, const struct window *window);
};

/* A window that contains the whole range, or NULL. */
struct window *windows_find(struct windows *windows, uint64_t offset, size_t len_bytes);

/*
 * An empty window at `offset` with room for capacity_bytes. The caller fills it and sets its
 * length. NULL if out of memory.
 */
struct window *windows_take(struct windows *windows, uint64_t offset);

/* Bytes of the file were written: updates every window that contains them. */
void windows_write(struct windows *windows, uint64_t offset, const unsigned char *buffer,
		   size_t len_bytes);

/* The file now ends at `size_bytes`. */
void windows_cut(struct windows *windows, uint64_t size_bytes);

void windows_drop(struct windows *windows);
void windows_release(struct windows *windows);

#endif
