/*
 * The one clock of the program. A reading takes about 25 ns (docs/ARCHITECTURE.md); where the kernel's clock
 * source has no vDSO it is a system call, which `iowalk doctor` reports.
 *
 * Source: clock_gettime(2)
 */
#ifndef IOWALK_CLOCK_H
#define IOWALK_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Since some fixed moment; never jumps. */
static inline uint64_t clock_now_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

static inline double clock_now_s(void)
{
	return (double)clock_now_ns() * 1e-9;
}

#endif
