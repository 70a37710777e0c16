/*
 * From events to times: what each thread did in each moment of the profiled walks.
 *
 * The intervals in which a thread was off its processor are exact: they begin and end with a record. One that
 * begins although the thread could have gone on is `runnable`; any other is `blocked` until the thread is woken, and
 * `runnable` from then on. What is left of a walk was spent on a processor; samples tell with what.
 */
#ifndef IOWALK_PROFILE_TIMELINE_H
#define IOWALK_PROFILE_TIMELINE_H

#include <sys/types.h>

#include "events.h"
#include "stacks.h"

#define STACK_NONE SIZE_MAX

/* An event whose stack was looked up. */
struct moment {
	uint64_t time_ns;
	size_t stack; /* index in the stacks, or STACK_NONE */
	pid_t thread_id;
	enum profile_event_kind kind;
	bool is_preempted;
};

/* The time of a walk, or of several without a pause. */
struct window {
	uint64_t began_ns, ended_ns;
};

struct timeline {
	struct moment *moments; /* [count] owned; of all threads */
	size_t count, capacity;
	struct window
		*windows; /* [windows_count] owned; in the order of time, apart from each other */
	size_t windows_count, windows_capacity;
	/* Of the last timeline_sum_up(): [entries_count] owned, and the time from its first window's
	 * beginning to its last one's end. */
	struct timeline_entry *entries;
	size_t entries_count;
	uint64_t began_ns, ended_ns;
};

/* What happened in the last recording, for viewers of traces: samples have no length. */
struct timeline_entry {
	uint64_t at_ns;
	double ns;
	size_t thread; /* index in threads */
	size_t stack;
	enum profile_kind kind;
};

#define TIMELINE_ENTRIES_MAX 5000

/* A thread, and when it lived: 0 and UINT64_MAX if that is longer than the recording. */
struct timeline_thread {
	pid_t id;
	uint64_t began_ns, ended_ns;
};

/* What a timeline found, over all its threads. */
struct timeline_sums {
	double off_ns;     /* in which threads were off their processors */
	double unwoken_ns; /* blocked intervals without a wake-up: runnable is in them, too */
	double sampled_ns, switching_ns; /* of samples outside and inside the scheduler */
	uint64_t samples_count;
};

int timeline_add_moment(struct timeline *timeline, const struct moment *moment);
int timeline_add_window(struct timeline *timeline, uint64_t began_ns, uint64_t ended_ns);
void timeline_release(struct timeline *timeline);

/*
 * Adds the times of threads[count] to the stacks, those without a stack to the stack with index `unknown`, and the sums
 * to *sums; then forgets moments and windows. A sample counts for period_ns. The first thread runs when the recording
 * begins, unless it began later.
 */
void timeline_sum_up(struct timeline *timeline, const struct timeline_thread *threads, size_t count,
		     double period_ns, struct stacks *stacks, size_t unknown,
		     struct timeline_sums *sums);

/* For how much of the windows the thread lived, in nanoseconds. */
double timeline_life_ns(const struct timeline *timeline, const struct timeline_thread *thread);

#endif
