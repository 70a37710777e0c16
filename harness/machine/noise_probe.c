/*
 * The yardsticks: see noise_probe.h.
 *
 * How it works: a step is the time between two readings of the clock, 25 ns. What makes a step much
 * longer is something else that ran on this processor. The shortest of several loops is the one that was
 * not interrupted.
 *
 * Source: the hwlat tracer and osnoise of the kernel (Documentation/trace/osnoise-tracer.rst); the
 * arithmetic is Marsaglia's xorshift, Journal of Statistical Software 8 (2003)
 */
#include "noise_probe.h"

#include "../base/clock.h"

#include <sys/mman.h>

#define SPIN_NS     UINT64_C(20000000)
#define GAP_NS      2000 /* a reading of the clock that misses all caches takes less */
#define LOOPS_COUNT 8
#define LOOP_TURNS  125000 /* about 250 us; each step needs the result of the one before */

/* 7 ms together at best, because others come and go within some milliseconds. */
#define BURSTS_COUNT  200
#define BURST_TURNS   60000
#define WORDS_COUNT   2048 /* 8 KiB: in the first-level cache */
#define MOMENT_BURSTS 12   /* 0.4 ms */
/* An interrupted burst is left out; no neighbour on the core takes more than half of it. */
#define BURST_MOST 3

/* More than the second-level caches of 1 to 2 MiB that servers have, less than their third level. */
#define LINES_COUNT 65536
#define LINE_BYTES  64

static volatile uint64_t sink; /* the result is used, so the loop cannot be left out */

static void arithmetic(void)
{
	uint64_t x = UINT64_C(88172645463325252);

	for (int i = 0; i < LOOP_TURNS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
}

/* Two additions and two loads a turn, all of which can begin in the same cycle. */
static void independent(void)
{
	static uint32_t words[WORDS_COUNT];
	uint64_t x = sink, y = 0;

	for (uint32_t i = 0; i < BURST_TURNS; i++) {
		x += words[i * 7 % WORDS_COUNT];
		y += words[(i * 13 + 5) % WORDS_COUNT];
		/* Otherwise the compiler makes wide loads of it, of which a core has too few. */
		__asm__ volatile("" : "+r"(x), "+r"(y));
	}
	sink = x + y;
}

/* [LINES_COUNT] cache lines; each has the number of the next one, and together they are one ring. Not touched before the first probe. */
static struct {
	uint32_t next;
	char rest[LINE_BYTES - sizeof(uint32_t)];
} lines[LINES_COUNT] __attribute__((aligned(4096)));

/*
 * A generator of full period (multiplier 4k + 1, increment odd) visits each line once, in an order that prefetchers do not follow.
 * Pages of 4 KiB: whether the kernel has larger ones free must not decide what is measured.
 */
static void make_ring(void)
{
	madvise(lines, sizeof(lines), MADV_NOHUGEPAGE);
	for (uint32_t i = 0; i < LINES_COUNT; i++)
		lines[i].next = (i * 1664525 + 1013904223) % LINES_COUNT;
}

static void chase(void)
{
	uint32_t at = 0;

	if (lines[0].next == 0)
		make_ring();
	for (int i = 0; i < LINES_COUNT; i++)
		at = lines[at].next;
	sink = at;
}

/* The shortest step is known only at the end; until then steps are long by GAP_NS alone, which a
 * step of 25 ns does not change. */
static void spin(uint64_t (*now_ns)(void), struct noise_probe *out)
{
	uint64_t begin_ns = now_ns(), last_ns = begin_ns, usual_ns = UINT64_MAX;
	uint64_t long_ns = 0, gaps_count = 0, gap_ns = 0;

	while (last_ns - begin_ns < SPIN_NS) {
		uint64_t at_ns = now_ns(), step_ns = at_ns - last_ns;

		last_ns = at_ns;
		if (step_ns < usual_ns)
			usual_ns = step_ns;
		if (step_ns - usual_ns <= GAP_NS)
			continue;
		long_ns += step_ns;
		gaps_count++;
		if (step_ns > gap_ns)
			gap_ns = step_ns;
	}
	long_ns -= gaps_count * usual_ns;
	out->jitter_percent = 100 * (double)long_ns / (double)(last_ns - begin_ns);
	out->gap_ns = (double)gap_ns;
}

static void time_calls(uint64_t (*now_ns)(void), void (*work)(void), uint64_t *took_ns, int count)
{
	for (int i = 0; i < count; i++) {
		uint64_t begin_ns = now_ns();

		work();
		took_ns[i] = now_ns() - begin_ns;
	}
}

static uint64_t least_of(const uint64_t *took_ns, int count)
{
	uint64_t least_ns = UINT64_MAX;

	for (int i = 0; i < count; i++)
		least_ns = took_ns[i] < least_ns ? took_ns[i] : least_ns;
	return least_ns;
}

/* Without the bursts that were interrupted. */
static double mean_of(const uint64_t *took_ns, int count)
{
	uint64_t most_ns = BURST_MOST * least_of(took_ns, count), sum_ns = 0, used = 0;

	for (int i = 0; i < count; i++) {
		if (took_ns[i] > most_ns)
			continue;
		sum_ns += took_ns[i];
		used++;
	}
	return (double)sum_ns / (double)used;
}

static double core_of(const uint64_t *bursts_ns, int count)
{
	return mean_of(bursts_ns, count) * 1000 / (2 * BURST_TURNS);
}

double noise_core_ns(void)
{
	uint64_t bursts_ns[MOMENT_BURSTS];

	independent(); /* loads its words, which what was measured before has evicted */
	time_calls(clock_now_ns, independent, bursts_ns, MOMENT_BURSTS);
	return core_of(bursts_ns, MOMENT_BURSTS);
}

void noise_probe_with(uint64_t (*now_ns)(void), struct noise_probe *out)
{
	uint64_t loops_ns[LOOPS_COUNT], bursts_ns[BURSTS_COUNT], chase_ns;

	spin(now_ns, out);
	time_calls(now_ns, arithmetic, loops_ns, LOOPS_COUNT);
	out->loop_ns = (double)least_of(loops_ns, LOOPS_COUNT);
	time_calls(now_ns, independent, bursts_ns, BURSTS_COUNT);
	out->core_ns = core_of(bursts_ns, BURSTS_COUNT);
	chase(); /* loads what the work since the last probe has evicted */
	time_calls(now_ns, chase, &chase_ns, 1);
	out->memory_ns = (double)chase_ns / LINES_COUNT;
}

void noise_probe(struct noise_probe *out)
{
	noise_probe_with(clock_now_ns, out);
}

json_t *noise_probe_json(const struct noise_probe *probe)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f}", "jitter_percent", probe->jitter_percent,
			 "gap_ns", probe->gap_ns, "loop_ns", probe->loop_ns, "core_ns",
			 probe->core_ns, "memory_ns", probe->memory_ns);
}

/* Adds the least time of a yardstick and by how much it took longer on average; nothing where a probe lacks it. */
static void add_yardstick(json_t *sum, const json_t *probes, const char *key,
			  const char *slower_key)
{
	double total_ns = 0, least_ns = 0;
	json_t *probe;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)probes, i, probe)
	{
		double ns = json_number_value(json_object_get(probe, key));

		total_ns += ns;
		least_ns = i == 0 || ns < least_ns ? ns : least_ns;
	}
	if (!(least_ns > 0))
		return;
	double mean_ns = total_ns / (double)json_array_size(probes);
	json_object_set_new(sum, key, json_real(least_ns));
	json_object_set_new(sum, slower_key, json_real(100 * (mean_ns / least_ns - 1)));
}

json_t *noise_probes_sum(const json_t *probes)
{
	double count = (double)json_array_size(probes), jitter = 0, gap_ns = 0;
	json_t *probe, *sum = json_object();
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)probes, i, probe)
	{
		double longest_ns = json_number_value(json_object_get(probe, "gap_ns"));

		jitter += json_number_value(json_object_get(probe, "jitter_percent"));
		gap_ns = longest_ns > gap_ns ? longest_ns : gap_ns;
	}
	if (count > 0) {
		json_object_set_new(sum, "jitter_percent", json_real(jitter / count));
		json_object_set_new(sum, "gap_ns", json_real(gap_ns));
	}
	add_yardstick(sum, probes, "loop_ns", "loop_slower_percent");
	add_yardstick(sum, probes, "core_ns", "core_slower_percent");
	add_yardstick(sum, probes, "memory_ns", "memory_slower_percent");
	return sum;
}
