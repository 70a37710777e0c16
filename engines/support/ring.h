/* An io_uring for reads of one file: set up as well as this kernel can. */
#ifndef IOWALK_ENGINE_RING_H
#define IOWALK_ENGINE_RING_H

#include <liburing.h>
#include <pthread.h>

#include "../engine.h"

struct ring_setup {
	unsigned depth;           /* reads in flight at most */
	struct engine_file *file; /* borrowed: counts calls */
	int fd;                   /* what is read */
	void *memory;             /* registered for fixed reads; NULL: none */
	size_t memory_bytes;
	bool fixed;      /* register descriptor and memory, where the kernel lets us */
	bool any_thread; /* reads stay in flight between batches: whoever comes next must get them */
};

struct ring {
	struct ring_setup setup;
	struct io_uring uring;
	bool is_open;
	bool fixed_file, fixed_memory;
	pthread_t owner; /* the only thread that may submit */
};

/* -ENOSYS, -EPERM: no io_uring here. -ENOMEM: too deep for RLIMIT_MEMLOCK (before Linux 5.12). */
int ring_open(struct ring *ring, const struct ring_setup *setup);
void ring_close(struct ring *ring);

/*
 * To be called before each batch: makes the ring anew where another thread uses it now, unless it is
 * for any.
 */
int ring_own(struct ring *ring);

/* Queues a read into `buffer`, to come back under `tag`. There must be fewer than depth of them. */
void ring_read(struct ring *ring, uint64_t offset, void *buffer, size_t len_bytes, uint64_t tag);

/* Hands over what is queued, if anything is, and does not wait. */
void ring_submit(struct ring *ring);

/* Hands over what is queued and waits for one answer at least: one io_uring_enter(). */
int ring_wait(struct ring *ring);

/* The next answer; false: none is there. */
bool ring_next(struct ring *ring, uint64_t *tag, int *result);

/* Can a ring be had? 0, or -EOPNOTSUPP with the reason. */
int ring_probe(unsigned depth, struct why *why);

#endif
