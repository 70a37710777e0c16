/*
 * A fault: one system call of a history that fails with an error, or transfers less than it was asked for, once or
 * from then on.
 *
 * As text: CALL:N=ERROR, such as `fdatasync:1=EIO`: the first fdatasync fails with EIO. `=EIO+`: each from the first
 * on. `=short`: half of the bytes are transferred.
 */
#ifndef IOWALK_CONFORM_FAULT_H
#define IOWALK_CONFORM_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "../../engines/why.h"

#define FAULT_CALLS_MAX  48
#define FAULT_ERRORS_MAX 12
#define FAULT_TEXT_BYTES 64

#define FAULT_ANONYMOUS                                                                            \
	"mmap_anonymous" /* mmap() of memory: a name of its own, with the number of mmap */

/* The number of what is no call, but a hook of the engine: while it runs it gets no more memory than so much. */
#define FAULT_OF_MEMORY(room_bytes) (-1 - (long)(room_bytes))

enum fault_effect {
	FAULT_OTHER,
	FAULT_READS,
	FAULT_WRITES,
	FAULT_SYNCS,
	FAULT_CLOSES, /* the descriptor is closed although the call fails */
};

struct fault_call {
	const char *name; /* the kernel's */
	long number;      /* or FAULT_OF_MEMORY() */
	enum fault_effect effect;
	int errors
		[FAULT_ERRORS_MAX]; /* positive; ended by 0. Of the man pages: what environment and device cause */
};

/* The calls that may fail: [fault_calls_count], at most FAULT_CALLS_MAX. */
extern const struct fault_call fault_calls[];
extern const size_t fault_calls_count;

struct fault {
	size_t call;      /* index in fault_calls[] */
	unsigned ordinal; /* from 1 on: among the calls of this name */
	int error;        /* positive; 0: a short transfer */
	bool for_ever;
};

/* Can the call transfer less than it was asked for? */
bool fault_may_be_short(const struct fault_call *call);

/* May a program repeat the call for as long as it gives this error? Then it never fails for ever with it. */
bool fault_is_transient(int error);

/* Writes the text; FAULT_TEXT_BYTES are enough. */
void fault_format(const struct fault *fault, char *text, size_t size);

/* -EINVAL with the reason in `why`. */
int fault_parse(const char *text, struct fault *fault, struct why *why);

/* Is it memory that is refused, rather than a call? */
bool fault_is_of_memory(const struct fault_call *call);

#endif
