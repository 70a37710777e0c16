/*
 * The processes that a thread starts, and those that they start: when their threads lived, which programs they ran, and
 * what code was where in their memory (lives.h).
 */
#ifndef IOWALK_PROFILE_PROCESSES_H
#define IOWALK_PROFILE_PROCESSES_H

#include "symbols.h"
#include "timeline.h"

struct processes;

/* Of what `starter`, a thread of this process, starts. `symbols`: borrowed; gets names and the files that are run. Negative
 * errno of perf_event_open(2). */
int processes_new(pid_t starter, struct symbols *symbols, struct processes **out);
void processes_free(struct processes *processes);

/* Begin and end a recording. 0 or negative errno. */
int processes_enable(struct processes *processes);
int processes_disable(struct processes *processes);

/* Makes room while it is recorded. -ENOMEM. */
int processes_drain(struct processes *processes);

/* Reads the recording, in place of the one before; while it is disabled. -ENOMEM, -EBADMSG; *lost_count grows by what is
 * missing. */
int processes_take(struct processes *processes, uint64_t *lost_count);

/* The threads of all of them in the last recording; borrowed, [*count]. */
const struct timeline_thread *processes_threads(const struct processes *processes, size_t *count);

/* A process at a moment of the last recording, for the addresses on its stacks. */
struct process_view {
	const struct processes *processes;
	size_t program; /* index; SIZE_MAX: unknown */
	uint64_t time_ns;
};

struct process_view processes_at(const struct processes *processes, pid_t process_id,
				 uint64_t time_ns);

/* symbols_space.inside() of a struct process_view. */
uint64_t process_view_inside(void *view, uint64_t address);

/* The name of its program, an address of symbols_add_name(); 0: unknown. */
uint64_t process_view_name(const struct process_view *view);

#endif
