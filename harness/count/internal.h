/* The state of struct counters, shared by counters.c and describe.c only. */
#ifndef IOWALK_COUNT_INTERNAL_H
#define IOWALK_COUNT_INTERNAL_H

#include "counters.h"

#include <sys/resource.h>

#include "hardware.h"
#include "perf.h"
#include "syscall_events.h"
#include "tracer.h"

enum basic { FAULTS_MINOR, FAULTS_MAJOR, CONTEXT_SWITCHES, BASIC_COUNT };

struct counter_event {
	const char *name;  /* in a record */
	const char *event; /* libpfm4's name */
	const char *help;
};

extern const struct counter_event counters_basic_events[BASIC_COUNT];

/* Everything that is read at the start or the end of a region. */
struct snapshot {
	struct rusage usage;
	struct perf_reading software;
	struct perf_reading hardware;
	uint64_t device_read_bytes;
	uint64_t device_write_bytes;
	uint64_t tlb_shootdowns;
};

/* Counts between two snapshots; perf events by their index in their group. */
struct tally {
	uint64_t rusage[BASIC_COUNT];
	uint64_t software[PERF_GROUP_MAX];
	uint64_t hardware[PERF_GROUP_MAX];
	uint64_t device_read_bytes;
	uint64_t device_write_bytes;
	uint64_t tlb_shootdowns;
	bool hardware_whole; /* the events counted all the time, not multiplexed */
};

/* The events of another thread, in the same order as those of the first. */
struct other {
	struct perf_group software, hardware;
};

struct counters {
	enum counters_mode mode;
	bool children; /* it counts the processes that this one starts */
	struct perf_group software;
	struct perf_group hardware;
	/* Indices in the groups; negative: absent. */
	int basic_index[BASIC_COUNT];
	int hardware_index[HARDWARE_COUNT];
	struct syscall_events syscalls;
	bool hardware_user_only;
	int io_fd; /* /proc/self/io, or -1 */
	bool has_tlb;
	struct other *others;
	size_t others_count;
	pid_t *thread_ids; /* [thread_ids_count] the other threads, for the tracer */
	size_t thread_ids_count;
	struct tracer *tracer; /* NULL: perf counts system calls, or nothing does */
	bool has_traced;       /* since the last counters_threads() */
	bool threads;  /* other threads are counted: getrusage is read for the whole process */
	bool perf_off; /* their perf events could not be opened */
	struct snapshot before, after;
	struct tally overhead;
	struct why syscalls_why, tracer_why, io_why;
	struct why basic_why[BASIC_COUNT];
	struct why hardware_why[HARDWARE_COUNT];
};

/* The difference of the two snapshots, minus `overhead`. */
void counters_tally(const struct counters *counters, const struct tally *overhead,
		    struct tally *out);

/* The source of a counter's values, as written in records; static texts. */
extern const char counters_syscalls_source[], counters_tracer_source[];
const char *counters_basic_source(const struct counters *counters, int which);
const char *counters_hardware_source(const struct counters *counters);

#endif
