/* What was counted between two snapshots: see counters.h. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

_Static_assert(2 + SYSCALL_EVENTS_MAX + BASIC_COUNT + 6 + HARDWARE_COUNT <= COUNTERS_MAX,
	       "a set holds all counters");

static uint64_t minus(uint64_t value, uint64_t subtrahend)
{
	return value > subtrahend ? value - subtrahend : 0;
}

void counters_tally(const struct counters *counters, const struct tally *overhead,
		    struct tally *out)
{
	const struct snapshot *before = &counters->before;
	const struct snapshot *after = &counters->after;
	const struct rusage *from = &before->usage;
	const struct rusage *to = &after->usage;
	long switches = to->ru_nvcsw - from->ru_nvcsw + to->ru_nivcsw - from->ru_nivcsw;

	*out = (struct tally){0};
	out->rusage[FAULTS_MINOR] = (uint64_t)(to->ru_minflt - from->ru_minflt);
	out->rusage[FAULTS_MAJOR] = (uint64_t)(to->ru_majflt - from->ru_majflt);
	out->rusage[CONTEXT_SWITCHES] = (uint64_t)switches;
	for (int i = 0; i < BASIC_COUNT; i++)
		out->rusage[i] = minus(out->rusage[i], overhead->rusage[i]);
	for (unsigned i = 0; i < counters->software.events_count; i++)
		out->software[i] = minus(after->software.values[i] - before->software.values[i],
					 overhead->software[i]);
	for (unsigned i = 0; i < counters->hardware.events_count; i++)
		out->hardware[i] = minus(after->hardware.values[i] - before->hardware.values[i],
					 overhead->hardware[i]);
	uint64_t enabled_ns = after->hardware.enabled_ns - before->hardware.enabled_ns;
	uint64_t running_ns = after->hardware.running_ns - before->hardware.running_ns;
	out->hardware_whole = enabled_ns == running_ns && running_ns > 0 && !counters->perf_off;
	out->device_read_bytes = after->device_read_bytes - before->device_read_bytes;
	out->device_write_bytes = after->device_write_bytes - before->device_write_bytes;
	out->tlb_shootdowns = after->tlb_shootdowns - before->tlb_shootdowns;
}

static void put(struct counter_set *set, const char *prefix, const char *name, uint64_t value,
		const char *source)
{
	struct counter_value *slot = &set->values[set->count++];
	snprintf(slot->name, sizeof(slot->name), "%s%s", prefix, name);
	slot->value = value;
	slot->source = source;
}

static void put_syscalls(const struct counters *counters, const struct tally *tally,
			 struct counter_set *out)
{
	if (counters->syscalls.all_index < 0 || counters->perf_off)
		return;
	uint64_t all = tally->software[counters->syscalls.all_index];
	uint64_t other = all;
	put(out, "syscalls", "", all, counters_syscalls_source);
	for (size_t i = 0; i < counters->syscalls.named_count; i++) {
		const struct syscall_event *event = &counters->syscalls.named[i];
		uint64_t value = tally->software[event->index];
		if (value == 0)
			continue;
		other = minus(other, value);
		put(out, "syscalls_", event->name, value, counters_syscalls_source);
	}
	if (other != 0)
		put(out, "syscalls_", "other", other, counters_syscalls_source);
}

/* The same from the tracer. */
static void put_traced(const struct counters *counters, struct counter_set *out)
{
	const uint64_t *counts = tracer_counts(counters->tracer);
	uint64_t all = 0, other = 0;
	for (long number = 0; number < TRACER_CALLS_MAX; number++)
		all += counts[number];
	put(out, "syscalls", "", all, counters_tracer_source);
	for (long number = 0; number < TRACER_CALLS_MAX; number++) {
		const char *name = counts[number] == 0 ? NULL : syscall_name(number);
		if (name != NULL)
			put(out, "syscalls_", name, counts[number], counters_tracer_source);
		else
			other += counts[number];
	}
	if (other != 0)
		put(out, "syscalls_", "other", other, counters_tracer_source);
}

void counters_read(const struct counters *counters, struct counter_set *out)
{
	struct tally tally;
	counters_tally(counters, &counters->overhead, &tally);
	out->count = 0;
	put_syscalls(counters, &tally, out);
	if (counters->has_traced && counters->syscalls.all_index < 0)
		put_traced(counters, out);
	if (counters->has_traced && counters->children)
		put(out, "memory_peak_bytes", "", tracer_memory_bytes(counters->tracer),
		    counters_tracer_source);
	for (int i = 0; i < BASIC_COUNT; i++) {
		int index = counters->basic_index[i];
		put(out, counters_basic_events[i].name, "",
		    index < 0 || counters->perf_off ? tally.rusage[i] : tally.software[index],
		    counters_basic_source(counters, i));
	}
	put(out, "faults_minor_rusage", "", tally.rusage[FAULTS_MINOR], "getrusage");
	put(out, "faults_major_rusage", "", tally.rusage[FAULTS_MAJOR], "getrusage");
	if (counters->io_fd >= 0) {
		put(out, "device_read_bytes", "", tally.device_read_bytes, "/proc/self/io");
		put(out, "device_write_bytes", "", tally.device_write_bytes, "/proc/self/io");
	}
	if (counters->has_tlb)
		put(out, "tlb_shootdowns", "", tally.tlb_shootdowns, "/proc/interrupts");
	for (size_t i = 0; i < HARDWARE_COUNT && tally.hardware_whole; i++) {
		if (counters->hardware_index[i] >= 0)
			put(out, hardware_events[i].name, "",
			    tally.hardware[counters->hardware_index[i]],
			    counters_hardware_source(counters));
	}
}

const struct counter_value *counter_find(const struct counter_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->values[i].name, name) == 0)
			return &set->values[i];
	}
	return NULL;
}
