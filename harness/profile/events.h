/*
 * Perf events that record where threads are: their stacks after each period of processor time, each
 * moment at which one leaves its processor and comes back, and when it was woken.
 *
 * Without a PMU the samples come from the event cpu-clock, a timer. It cannot fire while interrupts are
 * disabled, so it sees the first and last 0.1 µs of a system call or fault in the user's code.
 */
#ifndef IOWALK_PROFILE_EVENTS_H
#define IOWALK_PROFILE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/why.h"
#include "registers.h"

#define PROFILE_KERNEL_MAX 64 /* frames of the kernel that are kept of a stack */
/* Of the user's stack: the deepest path here, SQLite's, takes 3000; of other programs as much as perf takes by default. */
#define PROFILE_STACK_BYTES       4096
#define PROFILE_OTHER_STACK_BYTES 8192

enum profile_event_kind {
	PROFILE_SAMPLE, /* a period of processor time has passed; with stacks */
	PROFILE_LEAVES, /* the thread is about to leave its processor; with stacks */
	PROFILE_OUT,    /* it has left */
	PROFILE_IN,     /* it runs again */
	PROFILE_WOKEN,  /* it may run again */
	PROFILE_LOST,   /* records were lost, because the buffer was full */
};

struct profile_event {
	enum profile_event_kind kind;
	pid_t thread_id;
	pid_t process_id;    /* SAMPLE, LEAVES */
	uint64_t time_ns;    /* CLOCK_MONOTONIC */
	bool is_preempted;   /* OUT: it could have gone on */
	uint64_t lost_count; /* LOST */
	unsigned kernel_count;
	uint64_t kernel
		[PROFILE_KERNEL_MAX]; /* [kernel_count] addresses, innermost first; empty in user code */
	/* The user's registers at the sample or at the entry into the kernel, and the memory above
	 * their stack pointer. Both borrowed, NULL if the kernel gave none. */
	const uint64_t *registers;
	const unsigned char *stack; /* [stack_bytes] */
	size_t stack_bytes;
};

/* What makes samples. */
enum profile_clock {
	PROFILE_CLOCK_BEST, /* cycles where there is a PMU and the kernel may be looked at, else a timer */
	PROFILE_CLOCK_TIMER, /* perf's cpu-clock */
	PROFILE_CLOCK_TEST,  /* a timer that is treated like cycles */
};

/* What could be opened. */
struct profile_sources {
	const char *sampled_by; /* "perf:cpu-clock", "perf:cycles"; static */
	/* A sample stands for a number of cycles, not for a time: the time on a processor is divided among all samples. */
	bool is_counted;
	bool kernel;  /* stacks of the kernel, and of threads that leave their processor */
	bool wakeups; /* WOKEN comes: blocked and runnable can be told apart */
	struct why kernel_why, wakeups_why; /* if not */
};

struct profile_events;

struct profile_events_settings {
	const pid_t *ids; /* [ids_count] threads of this process, borrowed */
	size_t ids_count;
	bool is_inherited; /* also of all processes and threads that they start from then on, and those of these */
	enum profile_clock clock;
	uint64_t period_ns;
	/* Samples and switches of a thread between two calls of profile_events_take(), about; if is_inherited, of a processor. */
	size_t records_count;
};

/*
 * Opens the events, disabled. -EACCES, -EPERM, -ENOSYS and others with the reason and the remedy if there are none to be
 * had.
 */
int profile_events_new(const struct profile_events_settings *settings, struct profile_events **out,
		       struct why *why);
void profile_events_free(struct profile_events *events);

const struct profile_sources *profile_events_sources(const struct profile_events *events);

/* Between the two, events are recorded. 0 or the error of ioctl(2). */
int profile_events_enable(struct profile_events *events);
int profile_events_disable(struct profile_events *events);

/* Makes room in the buffers while events are recorded. -ENOMEM. */
int profile_events_drain(struct profile_events *events);

/*
 * Calls take() with each recorded event, those of one thread in the order of time and those of each
 * processor's wake-ups likewise, and forgets them. To be called while disabled. Returns the first error
 * of take().
 */
int profile_events_take(struct profile_events *events,
			int (*take)(void *context, const struct profile_event *event),
			void *context);

#endif
