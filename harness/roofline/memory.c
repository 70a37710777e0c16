/*
 * Measuring memory latency and bandwidth: see rates.h.
 *
 * How it works: a buffer larger than any cache is a ring of cache lines, each of which holds the
 * address of the next, so every load waits for the load before it. The order is that of a linear
 * congruential generator with a full period (Hull and Dobell 1962): no prefetcher can predict it,
 * and it can be written sequentially. Then the buffer is converted to huge pages and chased again.
 * Finally one half is copied over the other.
 *
 * Source: McVoy and Staelin, lmbench (1996); madvise(2) on MADV_COLLAPSE (Linux 6.1)
 */
#include "rates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/proc.h"
#include "../base/clock.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define RING_BYTES (UINT64_C(256) << 20)
#define COPY_BYTES (RING_BYTES / 2)
#define LINE_BYTES UINT64_C(64)
#define HUGE_BYTES (UINT64_C(2) << 20)
#define HOPS_COUNT 20000 /* between two readings of the clock: one or two milliseconds */

static void lay_ring(char *ring)
{
	const uint64_t lines = RING_BYTES / LINE_BYTES;

	for (uint64_t i = 0; i < lines; i++) {
		/* a mod 4 = 1 and c odd: the period modulo a power of two is that power */
		uint64_t next = (UINT64_C(6364136223846793005) * i + 1442695040888963407) % lines;
		*(void **)(void *)(ring + i * LINE_BYTES) = ring + next * LINE_BYTES;
	}
}

/* Follows the ring from *at for `seconds`; nanoseconds per load. */
static double chase_ns(void **at, double seconds)
{
	double began_s = clock_now_s(), now_s = began_s;
	uint64_t hops_count = 0;
	void *line = *at;

	while (now_s < began_s + seconds) {
		for (int i = 0; i < HOPS_COUNT; i++)
			line = *(void *volatile *)line;
		hops_count += HOPS_COUNT;
		now_s = clock_now_s();
	}
	*at = line;
	return (now_s - began_s) * 1e9 / (double)hops_count;
}

static struct spread chase(char *ring, double seconds)
{
	double latencies[ROOFLINE_REPEATS_COUNT];
	void *at = ring;

	for (size_t i = 0; i < ROOFLINE_REPEATS_COUNT; i++)
		latencies[i] = chase_ns(&at, seconds / ROOFLINE_REPEATS_COUNT);
	return spread_of(latencies, ROOFLINE_REPEATS_COUNT);
}

static uint64_t huge_bytes(void)
{
	uint64_t bytes;

	return proc_smaps("AnonHugePages", &bytes) ? 0 : bytes;
}

/* Converts the ring to huge pages. */
static int make_huge(char *ring, struct why *why)
{
	if (madvise(ring, RING_BYTES, MADV_HUGEPAGE) != 0)
		return why_set(why, -EOPNOTSUPP, "no transparent huge pages: %s", strerror(errno));
	if (madvise(ring, RING_BYTES, MADV_COLLAPSE) != 0) {
		/* Older kernel: free the pages and write them again; they come back as huge pages
		 * if possible. */
		madvise(ring, RING_BYTES, MADV_DONTNEED);
		lay_ring(ring);
	}
	if (huge_bytes() >= RING_BYTES / 10 * 9)
		return 0;
	return why_set(why, -EOPNOTSUPP,
		       "the kernel gave no transparent huge pages (see "
		       "/sys/kernel/mm/transparent_hugepage/enabled)");
}

static struct spread copy(char *ring, double seconds)
{
	const uint64_t copy_bytes = COPY_BYTES;
	double rates[64];
	size_t count = 0;
	double began_s = clock_now_s(), now_s = began_s;

	memcpy(ring + COPY_BYTES, ring, COPY_BYTES);
	while (count < 3 ||
	       (count < sizeof(rates) / sizeof(rates[0]) && now_s < began_s + seconds)) {
		double copy_s = clock_now_s();
		memcpy(ring + COPY_BYTES, ring, COPY_BYTES);
		/* Pretend to use the copy, else the compiler may remove it. */
		__asm__ volatile("" : : "r"(ring) : "memory");
		now_s = clock_now_s();
		rates[count++] = (double)copy_bytes / (now_s - copy_s);
	}
	return spread_of(rates, count);
}

int roofline_measure_memory(struct roofline *roofline, double seconds)
{
	char *block = mmap(NULL, RING_BYTES + HUGE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return -ENOMEM;
	char *ring = block + (HUGE_BYTES - (uintptr_t)block % HUGE_BYTES) % HUGE_BYTES;
	madvise(ring, RING_BYTES, MADV_NOHUGEPAGE);
	lay_ring(ring);
	roofline->latency_ns = chase(ring, seconds / 3);
	if (make_huge(ring, &roofline->no_huge) == 0)
		roofline->latency_huge_ns = chase(ring, seconds / 3);
	roofline->copy_bytes_per_second = copy(ring, seconds / 3);
	munmap(block, RING_BYTES + HUGE_BYTES);
	return 0;
}
