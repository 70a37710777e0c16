/*
 * What else happened on the processors while a run was measured: time that the hypervisor took away
 * (steal) and time of other processes, from /proc/stat (proc(5)).
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
};

void noise_begin(struct noise_start *start);

/*
 * Since then: {"seconds", "steal_percent", "others_percent"}, both of the time of all processors;
 * new reference. Without the percentages if no tick of the kernel's clock (10 ms) has passed. NULL
 * where /proc/stat has no such line.
 */
json_t *noise_end(const struct noise_start *start);

/*
 * The text of the worst of an array of such objects (one for each session of a run) if it makes
 * times doubtful and has a second or more: "other processes used 31 % of the processors". Else, or for NULL, an empty text.
 */
void noise_text(const json_t *sessions, char *text, size_t size);

#endif
