/*
 * Counts of one thread, or of several, between start and stop: system calls in all and by name, page faults, context
 * switches, and hardware counters where the machine has them.
 *
 * Events are named through libpfm4; tracepoints by their id in tracefs, which is looked for where it
 * is mounted and else opened as a detached mount that no other process sees (needs CAP_SYS_ADMIN).
 * What cannot be counted is absent from the result: never 0.
 *
 * While counting, a system call costs about 200 ns more (pread of 64 cached bytes: 530 ns becomes 735;
 * where the kernel has no tracepoint for each name: 1900), so never time what is being counted.
 */
#ifndef IOWALK_COUNT_COUNTERS_H
#define IOWALK_COUNT_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/option.h"

#define COUNTERS_MAX     96
#define COUNTER_NAME_MAX 40

struct counter_value {
	char name
		[COUNTER_NAME_MAX]; /* as in a record: syscalls, syscalls_pread64, faults_minor, … */
	uint64_t value;
	const char *
		source; /* static: "perf:raw_syscalls:sys_enter", "perf:software", "getrusage", "perf:hardware" … */
};

struct counter_set {
	size_t count;
	struct counter_value values[COUNTERS_MAX];
};

enum counters_mode {
	COUNTERS_AUTO, /* perf where it opens, getrusage for faults elsewhere */
	COUNTERS_NONE, /* no perf at all; what getrusage gives */
};

struct counters;

/*
 * Opens what can be opened; never fails for want of a counter, only with -ENOMEM. Counts the calling
 * thread. Calibrates: what an empty start/stop pair counts is subtracted from every result after.
 */
int counters_new(enum counters_mode mode, struct counters **out);
void counters_free(struct counters *counters);

/*
 * From here on the counts are those of the calling thread and of ids[count] (the kernel's; of this
 * process) together; count 0: of the caller alone again. Where their events cannot be opened (there
 * are some 60 descriptors a thread) nothing that takes perf is counted, and faults and switches are
 * those of the process: negative errno with the reason then, which is no reason not to count.
 */
int counters_threads(struct counters *counters, const pid_t *ids, size_t count, struct why *why);

/*
 * Each takes some 70 µs, and opening some 20 ms. All between the two is counted, the caller's own
 * bookkeeping too; what the pair itself does is not. 0 or negative errno, as ioctl(2) and read(2).
 */
int counters_start(struct counters *counters);
int counters_stop(struct counters *counters);

/*
 * The counts between the last start and stop, into the caller's set (emptied first). Always there:
 * faults_minor, faults_major, context_switches (perf, else getrusage). With perf tracepoints:
 * syscalls (all), and syscalls_<name> for each call that happened, their sum being `syscalls`:
 * those without a counter of their own are syscalls_other. device_read_bytes and device_write_bytes
 * of the whole process, from /proc/self/io where readable. tlb_shootdowns of the whole machine, from
 * /proc/interrupts where it has such a line (x86). faults_minor_rusage, faults_major_rusage:
 * the same from getrusage, to check the others by. They are more than perf's where the kernel faults
 * pages in for itself (MAP_POPULATE, MADV_POPULATE_READ, O_DIRECT into untouched memory).
 */
void counters_read(const struct counters *counters, struct counter_set *out);

/* Value of `name` in the set, or NULL. */
const struct counter_value *counter_find(const struct counter_set *set, const char *name);

/* One line a counter for `iowalk list counters` and doctor: is it to be had, and if not why, and the remedy. */
struct counter_info {
	const char *name;
	const char *help;
	bool available;
	const char *source; /* where available */
	struct why why;     /* where not: the reason and the remedy */
};
/* Fills at most `max` (COUNTERS_MAX is enough); returns how many there are. */
size_t counters_describe(const struct counters *counters, struct counter_info *out, size_t max);

#endif
