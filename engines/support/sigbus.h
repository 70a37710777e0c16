/* Mapped ranges whose SIGBUS is noted instead of ending the process. */
#ifndef IOWALK_ENGINE_SIGBUS_H
#define IOWALK_ENGINE_SIGBUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A range that is watched. Lives in a table of the process, which the handler searches. */
struct sigbus_guard {
	atomic_uint sequence; /* odd while the range is being changed */
	atomic_uintptr_t from, to;
	atomic_bool hit; /* an access to it failed; from there on its memory is zeros */
	atomic_bool taken;
};

/*
 * Puts our handler over the one that is there, to which faults outside all ranges go. Done by the
 * first sigbus_take(); again by those who know that ours was replaced. Not by two threads at once.
 */
void sigbus_install(void);

/*
 * Takes a guard, with no range yet. *out is the caller's until sigbus_release(). -EMFILE: the table
 * (SIGBUS_GUARDS_MAX) is full.
 */
#define SIGBUS_GUARDS_MAX 1024
int sigbus_take(struct sigbus_guard **out);
void sigbus_release(struct sigbus_guard *guard); /* NULL: nothing */

/* The range is this one now: [base, base + len_bytes), whole pages. `hit` stays as it is. */
void sigbus_watch(struct sigbus_guard *guard, const void *base, size_t len_bytes);

/* Did an access to the range fail since it was taken? Sees those made before the call. */
static inline bool sigbus_hit(const struct sigbus_guard *guard)
{
	atomic_signal_fence(memory_order_seq_cst);
	return atomic_load_explicit(&guard->hit, memory_order_relaxed);
}

#endif
