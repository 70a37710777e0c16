/*
 * Four yardsticks of the moment, 30 to 50 ms together. A loop that does nothing but read the clock shows
 * how much of its time the kernel, other processes and the hypervisor take (jitter), on whichever
 * processor it runs. A fixed loop of arithmetic shows the speed of that processor: it changes with
 * the frequency. A loop of instructions that do not wait for each other shows how much of its core that
 * processor has: on a virtual machine the other thread of the core belongs to somebody else, who takes up
 * to half of it, and arithmetic in which each step waits for the one before does not see that. A chain of
 * loads through 4 MiB, one for each cache line, shows the speed of the shared cache and of memory: it
 * changes with what other cores do, also those of other virtual machines.
 */
#ifndef IOWALK_MACHINE_NOISE_PROBE_H
#define IOWALK_MACHINE_NOISE_PROBE_H

#include <jansson.h>
#include <stdint.h>

#define NOISE_PROBE_COST_S 0.05

/* Above these, times are doubtful. Quiet virtual machines lose 1 to 2 % and differ by 1 to 5 %; a
 * busy process for each processor takes half of the time. The independent instructions of a core of one's own differ by 2 %,
 * and took 1.5 to 1.7 times as long while others used the core. Loads from the shared cache took 20 ns, and on average 60 to 140 where
 * other virtual machines used it. */
#define NOISE_JITTER_MOST_PERCENT 5.0
#define NOISE_SLOWER_MOST_PERCENT 10.0
#define NOISE_CORE_MOST_PERCENT   10.0
#define NOISE_MEMORY_MOST_PERCENT 50.0

struct noise_probe {
	double jitter_percent; /* of 20 ms: in steps over 2 us longer than the shortest one */
	double gap_ns;         /* the longest of these steps; 0 if there is none */
	double loop_ns;        /* the arithmetic, the least of 8 times */
	double core_ns;   /* of 1000 independent additions and loads, mean of 200 times 120 000 */
	double memory_ns; /* of a load, mean of 65 536 */
};

/* Measures now, on the calling thread. Never fails. */
void noise_probe(struct noise_probe *out);

/* The same with another clock (tests): a call returns the time in ns. */
void noise_probe_with(uint64_t (*now_ns)(void), struct noise_probe *out);

/* core_ns of this moment, on the calling thread: the mean of 12 times 120 000 instructions, 0.4 to 0.8 ms. */
double noise_core_ns(void);

/* {"jitter_percent", "gap_ns", "loop_ns", "core_ns", "memory_ns"}; new reference. NULL if out of memory. */
json_t *noise_probe_json(const struct noise_probe *probe);

/*
 * What an array of such objects says together, in one object: the mean "jitter_percent", the
 * longest "gap_ns", the least "loop_ns" and, in "loop_slower_percent", by how much the loops took
 * longer than the least one on average; "core_ns" and "core_slower_percent", and "memory_ns" and
 * "memory_slower_percent", in the same way, if the probes have them. New reference; empty if there are
 * no probes. NULL if out of memory.
 */
json_t *noise_probes_sum(const json_t *probes);

#endif
