/*
 * Spans: workload → layout → engine, found in stacks by the addresses at which the hooks of their tables
 * begin. So nothing has to be marked in the code that is measured.
 *
 * A path is "bfs;slotted.neighbors_batch;pread.read": the workload, and each hook that was called from there.
 */
#ifndef IOWALK_PROFILE_SPANS_H
#define IOWALK_PROFILE_SPANS_H

#include "../plan/cell.h"
#include "stacks.h"
#include "symbols.h"

#define SPAN_PATH_MAX 512
#define SPAN_UNKNOWN  "(unknown)"

/* All zero: empty. */
struct spans {
	const char *workload;          /* borrowed */
	struct address_table by_start; /* index in hooks */
	struct span_hook {
		const char *part, *hook; /* "slotted", "neighbors"; borrowed or static */
	} * hooks;                       /* [hooks_count] */
	size_t hooks_count, hooks_capacity;
};

/* The hooks that a walk of this cell can call. -ENOMEM. */
int spans_init(struct spans *spans, const struct cell *cell);
void spans_release(struct spans *spans);

/* The path of a stack in path[SPAN_PATH_MAX]; SPAN_UNKNOWN if the stack is not whole. */
void spans_path(const struct spans *spans, struct symbols *symbols, const struct stack *stack,
		char path[SPAN_PATH_MAX]);

/* Of a process of a command: its program, the outermost frame. */
void spans_path_of_command(const struct spans *spans, struct symbols *symbols,
			   const struct stack *stack, char path[SPAN_PATH_MAX]);

#endif
