/* The distinct stacks of a profile, each with the time that was spent with it. */
#ifndef IOWALK_PROFILE_STACKS_H
#define IOWALK_PROFILE_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address_table.h"

/* What a thread did. */
enum profile_kind {
	PROFILE_USER,      /* on a processor: user code */
	PROFILE_SYSTEM,    /* on a processor: in the kernel, which does not tell where */
	PROFILE_SYSCALL,   /* on a processor: in a system call */
	PROFILE_FAULT,     /* on a processor: in a page fault */
	PROFILE_INTERRUPT, /* on a processor: the kernel served something else */
	PROFILE_RUNNABLE,  /* waited for a processor */
	PROFILE_BLOCKED,   /* waited for a device, a lock or another thread */
	PROFILE_KINDS_COUNT
};

/* "user", "syscall", …; as in the metrics <kind>_ns. */
extern const char *const profile_kind_names[PROFILE_KINDS_COUNT];

struct stack {
	const uint64_t *kernel; /* [kernel_count] addresses, innermost first */
	const uint64_t *user;   /* [user_count] the same */
	unsigned kernel_count, user_count;
	enum profile_kind
		running;   /* what a thread with it does on a processor; set by the caller */
	bool is_switching; /* in the scheduler; set by the caller */
	bool is_reading;  /* in a page fault that reads, for its page or ahead; set by the caller */
	bool is_whole;    /* the user's part reaches the workload, or the thread's beginning */
	const char *call; /* the system call that it is in, "page_fault", or NULL; borrowed */
	/* By kind; a sample counts for its period. */
	double ns[PROFILE_KINDS_COUNT];
	uint64_t count[PROFILE_KINDS_COUNT];
};

/* All zero: empty. */
struct stacks {
	struct stack *items; /* [count] */
	size_t count, capacity;
	struct address_table by_hash;
	uint64_t **blocks; /* [blocks_count] memory of the addresses */
	size_t blocks_count, block_used, block_capacity;
};

/* The index of a stack, which is added if it is new. -ENOMEM. */
int stacks_add(struct stacks *stacks, const uint64_t *kernel, unsigned kernel_count,
	       const uint64_t *user, unsigned user_count, size_t *index);

void stacks_release(struct stacks *stacks);

#endif
