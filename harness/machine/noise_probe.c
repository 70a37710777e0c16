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

#define SPIN_NS     UINT64_C(20000000)
#define GAP_NS      2000 /* a reading of the clock that misses all caches takes less */
#define LOOPS_COUNT 8
#define LOOP_TURNS  125000 /* about 250 us; each step needs the result of the one before */

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

void noise_probe_with(uint64_t (*now_ns)(void), struct noise_probe *out)
{
	uint64_t least_ns = UINT64_MAX;

	spin(now_ns, out);
	for (int i = 0; i < LOOPS_COUNT; i++) {
		uint64_t begin_ns = now_ns();

		arithmetic();
		uint64_t took_ns = now_ns() - begin_ns;
		if (took_ns < least_ns)
			least_ns = took_ns;
	}
	out->loop_ns = (double)least_ns;
}

void noise_probe(struct noise_probe *out)
{
	noise_probe_with(clock_now_ns, out);
}

json_t *noise_probe_json(const struct noise_probe *probe)
{
	return json_pack("{s:f, s:f, s:f}", "jitter_percent", probe->jitter_percent, "gap_ns",
			 probe->gap_ns, "loop_ns", probe->loop_ns);
}

json_t *noise_probes_sum(const json_t *probes)
{
	double count = (double)json_array_size(probes), jitter = 0, gap_ns = 0, loops_ns = 0,
	       least_ns = 0;
	json_t *probe;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)probes, i, probe)
	{
		double longest_ns = json_number_value(json_object_get(probe, "gap_ns"));
		double loop_ns = json_number_value(json_object_get(probe, "loop_ns"));

		jitter += json_number_value(json_object_get(probe, "jitter_percent"));
		gap_ns = longest_ns > gap_ns ? longest_ns : gap_ns;
		loops_ns += loop_ns;
		least_ns = i == 0 || loop_ns < least_ns ? loop_ns : least_ns;
	}
	if (!(count > 0 && least_ns > 0))
		return json_object();
	return json_pack("{s:f, s:f, s:f, s:f}", "jitter_percent", jitter / count, "gap_ns", gap_ns,
			 "loop_ns", least_ns, "loop_slower_percent",
			 100 * (loops_ns / count / least_ns - 1));
}
