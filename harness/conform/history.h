/*
 * A history: operations on one file, played on an engine and on a plain array of bytes (player.h).
 *
 * An operation makes no assumption about the state before it: an access beyond the end must give -ERANGE, a
 * write to a read-only file -EBADF. Therefore any part of a history is a valid history, and shrinking
 * (shrink.h) may leave out any of it.
 *
 * As text, a history is its operations with commas between them, each NAME[:OFFSET[+LENGTH]][/NUMBER]:
 * `resize:8192,write:4000+200/7,reopen,read:4090+20`. docs/CONFORMANCE.md has the list.
 */
#ifndef IOWALK_CONFORM_HISTORY_H
#define IOWALK_CONFORM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../engines/why.h"

#define HISTORY_SIZE_MAX_BYTES ((size_t)320 << 10) /* of the file */
#define HISTORY_LEN_MAX_BYTES                                                                      \
	((size_t)80 << 10)  /* of one access: longer than the window of an engine */
#define HISTORY_BATCH_MAX 8 /* extents of one batch */

enum history_kind {
	HISTORY_READ,
	HISTORY_WRITE,
	HISTORY_MAP,
	HISTORY_BATCH,
	HISTORY_PREFETCH,
	HISTORY_ADVISE,
	HISTORY_RESIZE,
	HISTORY_SYNC,
	HISTORY_DROP,
	HISTORY_REOPEN,
	HISTORY_REOPEN_READ,
	HISTORY_COMPARE,
	HISTORY_SHARE,
	HISTORY_ATTACH,
	HISTORY_PROBE,
	HISTORY_KINDS_COUNT
};

struct history_operation {
	enum history_kind kind;
	uint32_t
		number; /* seed of the bytes written or of a batch's extents; variant of other operations */
	uint64_t offset; /* of a resize: the new size in bytes */
	size_t len_bytes;
};

/*
 * Fills operations[count] with the history of a seed: the same on every machine. `is_even`: all kinds are equally
 * frequent, which is slow, for short histories; else most operations read and write.
 */
void history_generate(struct history_operation *operations, size_t count, uint64_t seed,
		      bool is_even);

/* The text of operations[count]; the caller frees it. NULL if out of memory. */
char *history_text(const struct history_operation *operations, size_t count);

/*
 * Reads such a text. The caller frees *operations. -EINVAL with the operation and the reason in `why`;
 * -ENOMEM.
 */
int history_parse(const char *text, struct history_operation **operations, size_t *count,
		  struct why *why);

/* A number below `bound`, which is not 0; *state is the seed at first. */
size_t history_random(uint64_t *state, size_t bound);

#endif
