/* An io_uring for reads of one file, with the best settings that this kernel supports. */
#ifndef IOWALK_ENGINE_RING_H
#define IOWALK_ENGINE_RING_H

#include <liburing.h>
#include <pthread.h>

#include "../engine.h"

struct ring_setup {
	unsigned depth;           /* most reads in flight */
	struct engine_file *file; /* borrowed: counts calls */
	int fd;                   /* the file to read */
	void *memory;             /* registered for fixed reads; NULL: none */
	size_t memory_bytes;
	bool fixed; /* register descriptor and memory if the kernel allows it */
	bool poll;  /* a thread of the kernel submits, and copies what is in the page cache */
};

struct ring {
	struct ring_setup setup;
	struct io_uring uring;
	bool is_open;
	bool fixed_file, fixed_memory;
	pthread_t owner; /* only this thread may submit */
};

/* -ENOSYS, -EPERM: no io_uring here. -ENOMEM: too deep for RLIMIT_MEMLOCK (before Linux 5.12). */
int ring_open(struct ring *ring, const struct ring_setup *setup);
void ring_close(struct ring *ring);

/* Call this before reads while none is in flight: it recreates the ring if another thread uses it now. */
int ring_own(struct ring *ring);

/* Queues a read into `buffer`; its completion has `tag`. Fewer than `depth` may be in flight. */
void ring_read(struct ring *ring, uint64_t offset, void *buffer, size_t len_bytes, uint64_t tag);

/* Submits the queued reads, if there are any, without waiting. */
void ring_submit(struct ring *ring);

/* Submits the queued reads and waits for at least one completion: one io_uring_enter(). */
int ring_wait(struct ring *ring);

/* The next completion; false if there is none. */
bool ring_next(struct ring *ring, uint64_t *tag, int *result);

/* Can a ring of this depth be created, and one with `poll`? 0, or -EOPNOTSUPP with the reason. */
int ring_probe(unsigned depth, bool poll, struct why *why);

#endif
