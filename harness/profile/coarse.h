/*
 * The clocks that every user may read: of each thread its time on a processor (its CPU clock, exact) and the time it
 * waited for one (/proc/self/task/ID/schedstat, exact), and of the process its user and system time
 * (getrusage(2), exact or counted by the kernel's tick, as it was built).
 */
#ifndef IOWALK_PROFILE_COARSE_H
#define IOWALK_PROFILE_COARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct coarse_reading {
	uint64_t wall_ns;                 /* CLOCK_MONOTONIC, times the threads */
	uint64_t running_ns, runnable_ns; /* sums over the threads */
	uint64_t user_us, system_us, faults_minor, faults_major;
};

/* All zero: closed. */
struct coarse {
	int *fds;          /* [count] of schedstat */
	clockid_t *clocks; /* [count] of processor time */
	size_t count;
	bool has_schedstat; /* it could be read every time */
	struct coarse_reading before;
	struct coarse_reading sums; /* of all recorded times */
};

/* -ENOMEM. Clocks that this kernel does not have are not read. Without ids: only the faults and times of ended children. */
int coarse_open(struct coarse *coarse, const pid_t *ids, size_t count);
void coarse_close(struct coarse *coarse);

/* What passes between the two is added to the sums. */
void coarse_begin(struct coarse *coarse);
void coarse_end(struct coarse *coarse);

#endif
