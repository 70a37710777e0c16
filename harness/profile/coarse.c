/* Reading the clocks: see coarse.h. Sources: proc(5), getrusage(2), clock_getcpuclockid(3), the kernel's sched-stats.rst. */
#include "coarse.h"

#include "../base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* The CPU clock of a thread, by the kernel's include/uapi/linux/time.h and posix-timers.h: the complement of its id
 * above three bits, "of a thread" (4) and "scheduler's time" (2). */
static clockid_t cpu_clock_of(pid_t id)
{
	return (clockid_t)(~(unsigned)id << 3 | 4 | 2);
}

int coarse_open(struct coarse *coarse, const pid_t *ids, size_t count)
{
	*coarse = (struct coarse){.has_schedstat = count > 0};
	if (count == 0)
		return 0;
	coarse->fds = calloc(count, sizeof(*coarse->fds));
	coarse->clocks = calloc(count, sizeof(*coarse->clocks));
	if (!coarse->fds || !coarse->clocks) {
		coarse_close(coarse);
		return -ENOMEM;
	}
	for (; coarse->count < count; coarse->count++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat",
			 (int)ids[coarse->count]);
		coarse->fds[coarse->count] = open(path, O_RDONLY | O_CLOEXEC);
		coarse->has_schedstat &= coarse->fds[coarse->count] >= 0;
		coarse->clocks[coarse->count] = cpu_clock_of(ids[coarse->count]);
	}
	return 0;
}

void coarse_close(struct coarse *coarse)
{
	for (size_t i = 0; i < coarse->count; i++) {
		if (coarse->fds[i] >= 0)
			close(coarse->fds[i]);
	}
	free(coarse->fds);
	free(coarse->clocks);
	*coarse = (struct coarse){0};
}

static uint64_t microseconds(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static void read_clocks(struct coarse *coarse, struct coarse_reading *out)
{
	struct rusage usage;

	*out = (struct coarse_reading){.wall_ns = clock_now_ns() * coarse->count};
	for (size_t i = 0; coarse->has_schedstat && i < coarse->count; i++) {
		char text[80];
		struct timespec running;
		uint64_t runnable_ns;
		ssize_t got = pread(coarse->fds[i], text, sizeof(text) - 1, 0);

		text[got > 0 ? got : 0] = '\0';
		/* Its first number is that of the last tick. */
		coarse->has_schedstat = sscanf(text, "%*u %" SCNu64, &runnable_ns) == 1 &&
					clock_gettime(coarse->clocks[i], &running) == 0;
		if (!coarse->has_schedstat)
			break;
		out->running_ns +=
			(uint64_t)running.tv_sec * 1000000000 + (uint64_t)running.tv_nsec;
		out->runnable_ns += runnable_ns;
	}
	if (getrusage(coarse->count ? RUSAGE_SELF : RUSAGE_CHILDREN, &usage))
		return;
	out->user_us = microseconds(&usage.ru_utime);
	out->system_us = microseconds(&usage.ru_stime);
	out->faults_minor = (uint64_t)usage.ru_minflt;
	out->faults_major = (uint64_t)usage.ru_majflt;
}

void coarse_begin(struct coarse *coarse)
{
	read_clocks(coarse, &coarse->before);
}

void coarse_end(struct coarse *coarse)
{
	struct coarse_reading after, *sums = &coarse->sums;
	const struct coarse_reading *before = &coarse->before;

	read_clocks(coarse, &after);
	sums->wall_ns += after.wall_ns - before->wall_ns;
	sums->running_ns += after.running_ns - before->running_ns;
	sums->runnable_ns += after.runnable_ns - before->runnable_ns;
	sums->user_us += after.user_us - before->user_us;
	sums->system_us += after.system_us - before->system_us;
	sums->faults_minor += after.faults_minor - before->faults_minor;
	sums->faults_major += after.faults_major - before->faults_major;
}
