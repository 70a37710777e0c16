/*
 * Sets up an io_uring and submits reads to it.
 *
 * The best flags that the kernel knows are used:
 *   - DEFER_TASKRUN with SINGLE_ISSUER (6.1): completions are processed when we wait for them, without
 *     interrupts in between;
 *   - COOP_TASKRUN (5.19): they are processed at the next system call, without an interrupt;
 *   - none.
 * SINGLE_ISSUER binds a ring to a thread. An instance may be used by one thread after another, so a
 * ring is recreated when the thread changes; reads that are in flight stay with their thread.
 *
 * With `poll` (SQPOLL) a thread of the kernel takes the queued reads: submitting is a store to memory, and what is found in the
 * page cache is copied by that thread, on another processor. It sleeps when it had nothing to do for a while, and says so in a
 * flag; then one io_uring_enter() wakes it. liburing would look at the flag and enter by itself, uncounted, so both are done here.
 *
 * Source: io_uring_setup(2), io_uring_enter(2), io_uring_register(2); Axboe, Efficient IO with
 * io_uring.
 */
#include "ring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const unsigned setup_flags[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_COOP_TASKRUN,
	0,
};
#define SETUP_FLAGS_COUNT (sizeof(setup_flags) / sizeof(setup_flags[0]))

/* With `poll`: the flags above are refused beside it. */
static const unsigned poll_flags[] = {IORING_SETUP_SQPOLL};

/* Longer than a walk uses what has arrived, and short, because a thread that polls holds a processor. */
#define POLL_IDLE_MS 1

#define MEMORY_MAX_BYTES ((size_t)1 << 30) /* of one registered buffer, by the kernel */

static int init(struct io_uring *uring, unsigned depth, bool poll, struct engine_file *file)
{
	const unsigned *flags = poll ? poll_flags : setup_flags;
	size_t count = poll ? 1 : SETUP_FLAGS_COUNT;
	int err = -EINVAL;

	/* The thread frees places of the queue after it has submitted all that it found: the reads of one round may be
	 * complete, and as many may be queued, before that. */
	if (poll)
		depth *= 2;
	for (size_t i = 0; i < count && err == -EINVAL; i++) {
		struct io_uring_params params = {.flags = flags[i], .sq_thread_idle = POLL_IDLE_MS};

		engine_count(file, ENGINE_SYSCALL_io_uring_setup);
		err = io_uring_queue_init_params(depth, uring, &params);
	}
	return err;
}

int ring_open(struct ring *ring, const struct ring_setup *setup)
{
	int err;

	*ring = (struct ring){.setup = *setup};
	err = init(&ring->uring, setup->depth, setup->poll, setup->file);
	if (err)
		return err;
	ring->is_open = true;
	ring->owner = pthread_self();
	if (!setup->fixed)
		return 0;
	/* If the kernel or a limit refuses one of them, reads are only slightly slower. */
	engine_count(setup->file, ENGINE_SYSCALL_io_uring_register);
	ring->fixed_file = io_uring_register_files(&ring->uring, &setup->fd, 1) == 0;
	if (setup->memory && setup->memory_bytes <= MEMORY_MAX_BYTES) {
		struct iovec memory = {setup->memory, setup->memory_bytes};

		engine_count(setup->file, ENGINE_SYSCALL_io_uring_register);
		ring->fixed_memory = io_uring_register_buffers(&ring->uring, &memory, 1) == 0;
	}
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->is_open) {
		engine_count(ring->setup.file, ENGINE_SYSCALL_close);
		io_uring_queue_exit(&ring->uring);
	}
	ring->is_open = false;
}

int ring_own(struct ring *ring)
{
	struct ring_setup setup = ring->setup;

	if (ring->is_open && pthread_equal(ring->owner, pthread_self()))
		return 0;
	ring_close(ring);
	return ring_open(ring, &setup);
}

void ring_read(struct ring *ring, uint64_t offset, void *buffer, size_t len_bytes, uint64_t tag)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring); /* [depth] */
	int fd = ring->fixed_file ? 0 : ring->setup.fd;
	uintptr_t distance = (uintptr_t)buffer - (uintptr_t)ring->setup.memory;

	if (ring->fixed_memory && distance < ring->setup.memory_bytes)
		io_uring_prep_read_fixed(sqe, fd, buffer, (unsigned)len_bytes, offset, 0);
	else
		io_uring_prep_read(sqe, fd, buffer, (unsigned)len_bytes, offset);
	if (ring->fixed_file)
		sqe->flags |= IOSQE_FIXED_FILE;
	sqe->user_data = tag;
}

/* Hands the queued reads to the thread of the kernel. Returns the flags for an io_uring_enter() that wakes it; 0: it is awake. */
static unsigned hand_over(struct io_uring *uring)
{
	struct io_uring_sq *sq = &uring->sq;
	unsigned tail = *sq->ktail;

	for (; sq->sqe_head != sq->sqe_tail; sq->sqe_head++, tail++)
		sq->array[tail & sq->ring_mask] = sq->sqe_head & sq->ring_mask;
	__atomic_store_n(sq->ktail, tail, __ATOMIC_RELEASE);
	/* The thread sets its flag, then looks at the tail once more. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(sq->kflags, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP
		       ? IORING_ENTER_SQ_WAKEUP
		       : 0;
}

/* One io_uring_enter() of a ring with `poll`. 0 or negative errno. */
static int enter(struct ring *ring, unsigned wait_count, unsigned flags)
{
	int result;

	engine_count(ring->setup.file, ENGINE_SYSCALL_io_uring_enter);
	result = io_uring_enter((unsigned)ring->uring.ring_fd, 0, wait_count, flags, NULL);
	return result < 0 ? result : 0;
}

void ring_submit(struct ring *ring)
{
	/* A ring that could not be made again for another thread is not open. */
	if (!ring->is_open || io_uring_sq_ready(&ring->uring) == 0)
		return;
	if (ring->setup.poll) {
		unsigned wake = hand_over(&ring->uring);

		if (wake)
			(void)enter(ring, 0, wake); /* what fails is woken by ring_wait() */
		return;
	}
	engine_count(ring->setup.file, ENGINE_SYSCALL_io_uring_enter);
	(void)io_uring_submit(
		&ring->uring); /* reads that were not submitted stay queued for ring_wait() */
}

int ring_wait(struct ring *ring)
{
	int result;

	if (ring->setup.poll) {
		result = enter(ring, 1, IORING_ENTER_GETEVENTS | hand_over(&ring->uring));
	} else {
		/* With a completion to wait for, liburing enters the kernel exactly once. */
		engine_count(ring->setup.file, ENGINE_SYSCALL_io_uring_enter);
		result = io_uring_submit_and_wait(&ring->uring, 1);
	}
	/* After EINTR or a lack of memory, unsubmitted reads are still queued, and waiting is
	 * repeated. */
	if (result == -EINTR || result == -EAGAIN || result == -EBUSY)
		return 0;
	return result < 0 ? result : 0;
}

bool ring_next(struct ring *ring, uint64_t *tag, int *result)
{
	struct io_uring_cqe *cqe;
	unsigned head;

	io_uring_for_each_cqe(&ring->uring, head, cqe)
	{
		*tag = cqe->user_data;
		*result = cqe->res;
		io_uring_cq_advance(&ring->uring, 1);
		return true;
	}
	return false;
}

/* The value of /proc/sys/kernel/io_uring_disabled (Linux 6.6): 0 on, 1 for some, 2 off; -1: no
 * such file. */
static int disabled_by_sysctl(void)
{
	FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
	int value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

int ring_probe(unsigned depth, bool poll, struct why *why)
{
	struct engine_file file = {.fd = -1};
	struct io_uring uring;
	int err = init(&uring, depth, poll, &file), disabled;

	if (!err) {
		io_uring_queue_exit(&uring);
		return 0;
	}
	if (err == -ENOSYS)
		return why_set(why, -EOPNOTSUPP,
			       "no io_uring: the kernel was built without it, or "
			       "a seccomp filter (a container's) hides it");
	if (err == -ENOMEM)
		return why_set(why, -EOPNOTSUPP,
			       "no io_uring of depth %u: RLIMIT_MEMLOCK is too low (ulimit -l)",
			       depth);
	if (err == -EINVAL)
		return why_set(why, -EOPNOTSUPP,
			       "no io_uring of depth %u: the kernel's limit is "
			       "lower",
			       depth);
	disabled = disabled_by_sysctl();
	if (err == -EPERM && disabled > 0)
		return why_set(why, -EOPNOTSUPP,
			       "no io_uring: switched off%s (sysctl kernel.io_uring_disabled = %d)",
			       disabled == 1 ? " but for a group" : "", disabled);
	if (err == -EPERM)
		return why_set(why, -EOPNOTSUPP,
			       "no io_uring: not permitted, by a seccomp filter (a container's) or "
			       "a security module");
	return why_set(why, -EOPNOTSUPP, "no io_uring: %s", strerror(-err));
}
