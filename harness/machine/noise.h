/*
 * What else happened on the processors while a run was measured: time that the hypervisor took away
 * (steal) and time of other processes, from /proc/stat (proc(5)), and the yardsticks of noise_probe.h.
 */
#ifndef IOWALK_MACHINE_NOISE_H
#define IOWALK_MACHINE_NOISE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct noise_start {
	bool known;
	uint64_t total_ticks, busy_ticks, steal_ticks; /* of all processors since boot */
	double own_s; /* CPU time of this process and its children */
	double at_s;
	double probed_s; /* when the last probe ended */
	json_t *probes;  /* owned */
};

/* Begins a session and measures the yardsticks (30 to 50 ms). The caller passes it to noise_end(). */
void noise_begin(struct noise_start *start);

/*
 * Measures the yardsticks again if 5 s, and 1 % of the session, have passed since the last time;
 * otherwise it takes 0.1 us. To be called between measurements.
 */
void noise_look(struct noise_start *start);

/*
 * Ends the session: {"seconds", "steal_percent", "others_percent", "jitter_percent", "gap_ns",
 * "loop_ns", "loop_slower_percent", "core_ns", "core_slower_percent", "memory_ns", "memory_slower_percent", "probes":[{"at_s", "jitter_percent",
 * "gap_ns", "loop_ns", "core_ns", "memory_ns"}]} (see noise_probe.h); new reference. The first two percentages are of the time of
 * all processors; they are absent if no tick of the kernel's clock (10 ms) has passed. NULL where /proc/stat has no such
 * line, and for a session that has ended or, with all bytes 0, has not begun.
 */
json_t *noise_end(struct noise_start *start);

/*
 * The text of the worst of an array of such objects (one for each session of a run) if it makes
 * times doubtful and has a second or more: "other processes used 31 % of the processors' time; a busy loop lost 24 % of its
 * time (at most 12 ms at once)". Else, or for NULL, an empty text.
 */
void noise_text(const json_t *sessions, char *text, size_t size);
#define NOISE_TEXT_MAX 512 /* all of them together */

#endif
