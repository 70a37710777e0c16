/* Mapped ranges in which SIGBUS is recorded instead of ending the process. */
#ifndef IOWALK_ENGINE_SIGBUS_H
#define IOWALK_ENGINE_SIGBUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A guarded range. It is part of a table of the process, which the handler searches. */
struct sigbus_guard {
	atomic_uint sequence; /* odd while the range is being changed */
	atomic_uintptr_t from, to;
	atomic_bool hit; /* an access failed; its memory is zeros from there on */
	atomic_bool taken;
};

/*
 * Installs our handler; faults outside all ranges are passed to the previous one. The first
 * sigbus_take() calls it. Call it again if the handler was replaced. Not for two threads at the
 * same time.
 */
void sigbus_install(void);

/*
 * Allocates a guard without a range. The caller owns *out until sigbus_release(). -EMFILE: the
 * table (SIGBUS_GUARDS_MAX) is full.
 */
#define SIGBUS_GUARDS_MAX 1024
int sigbus_take(struct sigbus_guard **out);
void sigbus_release(struct sigbus_guard *guard); /* NULL: nothing */

/* Sets the range to [base, base + len_bytes), whole pages. `hit` does not change. */
void sigbus_watch(struct sigbus_guard *guard, const void *base, size_t len_bytes);

/* Has an access to the range failed since sigbus_take()? Includes all accesses before this call. */
static inline bool sigbus_hit(const struct sigbus_guard *guard)
{
	atomic_signal_fence(memory_order_seq_cst);
	return atomic_load_explicit(&guard->hit, memory_order_relaxed);
}

#endif
