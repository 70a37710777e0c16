/* Counting and scaling: see hardware.h. Source: perf_event_open(2), "time_enabled" and "time_running". */
#include "hardware.h"

#include "perf.h"

#include <errno.h>
#include <stdlib.h>

const struct hardware_event hardware_events[HARDWARE_COUNT] = {
	{"cycles", "PERF_COUNT_HW_CPU_CYCLES", "processor cycles"},
	{"instructions", "PERF_COUNT_HW_INSTRUCTIONS", "instructions retired"},
	{"cache_misses", "PERF_COUNT_HW_CACHE_MISSES", "misses of the last-level cache"},
	{"dtlb_load_misses", "PERF_COUNT_HW_CACHE_DTLB:READ:MISS",
	 "loads that missed the data TLB"},
	{"branch_misses", "PERF_COUNT_HW_BRANCH_MISSES", "mispredicted branches"},
};

struct hardware {
	const struct hardware_event *events; /* borrowed */
	size_t *present;                     /* [count] indices of those that are there */
	struct perf_group *groups;           /* [count × threads_count] one event each */
	struct perf_reading *before;         /* [count × threads_count] */
	size_t count, threads_count;
};

static struct perf_group *group_at(const struct hardware *hardware, size_t i, size_t thread)
{
	return &hardware->groups[i * hardware->threads_count + thread];
}

/* An event in all threads; in user code only, if that is all that is allowed. */
static int open_event(struct hardware *hardware, const struct hardware_event *event,
		      const pid_t *ids, struct why *why)
{
	int index = 0;

	for (size_t t = 0; index >= 0 && t < hardware->threads_count; t++) {
		struct perf_group *group = group_at(hardware, hardware->count, t);

		*group = (struct perf_group){.thread_id = t ? ids[t - 1] : 0};
		index = perf_group_add(group, event->event, false, why);
		if (index == -EACCES || index == -EPERM)
			index = perf_group_add(group, event->event, true, why);
	}
	for (size_t t = 0; index < 0 && t < hardware->threads_count; t++)
		perf_group_close(group_at(hardware, hardware->count, t));
	return index < 0 ? index : 0;
}

int hardware_new(const struct hardware_event *events, size_t events_count, const pid_t *ids,
		 size_t count, struct hardware **out, struct why *why)
{
	struct hardware *hardware = calloc(1, sizeof(*hardware));

	if (!hardware)
		return -ENOMEM;
	hardware->threads_count = count + 1;
	hardware->events = events;
	hardware->present = calloc(events_count, sizeof(*hardware->present));
	hardware->groups = calloc(events_count * (count + 1), sizeof(*hardware->groups));
	hardware->before = calloc(events_count * (count + 1), sizeof(*hardware->before));
	if (!hardware->present || !hardware->groups || !hardware->before) {
		hardware_free(hardware);
		return -ENOMEM;
	}
	for (size_t i = 0; i < events_count; i++) {
		if (open_event(hardware, &events[i], ids, why) == 0)
			hardware->present[hardware->count++] = i;
	}
	if (!hardware->count) {
		hardware_free(hardware);
		return -EOPNOTSUPP; /* the reason is that of the last event */
	}
	*out = hardware;
	return 0;
}

void hardware_free(struct hardware *hardware)
{
	for (size_t i = 0; hardware->groups && i < hardware->count * hardware->threads_count; i++)
		perf_group_close(&hardware->groups[i]);
	free(hardware->present);
	free(hardware->groups);
	free(hardware->before);
	free(hardware);
}

/* Values go on from one pair of begin and end to the next, so those before are kept. */
int hardware_begin(struct hardware *hardware)
{
	size_t all = hardware->count * hardware->threads_count;
	int err = 0;

	for (size_t i = 0; !err && i < all; i++)
		err = perf_group_read(&hardware->groups[i], &hardware->before[i]);
	for (size_t i = 0; !err && i < all; i++)
		err = perf_group_enable(&hardware->groups[i]);
	return err;
}

int hardware_end(struct hardware *hardware)
{
	int err = 0;

	for (size_t i = 0; i < hardware->count * hardware->threads_count; i++) {
		int group_err = perf_group_disable(&hardware->groups[i]);
		err = err ? err : group_err;
	}
	return err;
}

int hardware_read(const struct hardware *hardware, size_t i, struct hardware_value *out)
{
	double enabled_ns = 0, running_ns = 0;

	if (i >= hardware->count)
		return -ENOENT;
	*out = (struct hardware_value){.name = hardware->events[hardware->present[i]].name};
	for (size_t t = 0; t < hardware->threads_count; t++) {
		const struct perf_reading *before =
			&hardware->before[i * hardware->threads_count + t];
		struct perf_reading now;
		int err = perf_group_read(group_at(hardware, i, t), &now);

		if (err)
			return err;
		double enabled = (double)(now.enabled_ns - before->enabled_ns);
		double running = (double)(now.running_ns - before->running_ns);
		double count = (double)(now.values[0] - before->values[0]);
		enabled_ns += enabled;
		running_ns += running;
		out->count += running > 0 ? count * enabled / running : 0;
	}
	out->running_percent = enabled_ns > 0 ? 100 * running_ns / enabled_ns : 0;
	return 0;
}
