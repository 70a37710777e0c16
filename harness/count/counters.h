/*
 * Counts of one thread, or of several, between start and stop: system calls (all, and by name),
 * page faults, context switches, and hardware counters where the machine has them.
 *
 * libpfm4 encodes the events. Tracepoints are opened by their id in tracefs. If tracefs is not
 * mounted, it is opened as a detached mount that no other process sees (needs CAP_SYS_ADMIN). A
 * count that cannot be taken is absent from the result, never 0. Who may not use perf still gets the system
 * calls, by ptrace(2).
 *
 * While counting, a system call costs about 200 ns more (pread of 64 cached bytes: 735 ns instead
 * of 530; 1900 where the kernel has no tracepoint per system call), so counted regions are never
 * timed.
 */
#ifndef IOWALK_COUNT_COUNTERS_H
#define IOWALK_COUNT_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/why.h"

#define COUNTERS_MAX     208
#define COUNTER_NAME_MAX 40

struct counter_value {
	/* As in a record: syscalls, syscalls_pread64, faults_minor, … */
	char name[COUNTER_NAME_MAX];
	uint64_t value;
	/* Static: "perf:raw_syscalls:sys_enter", "ptrace", "perf:software", "getrusage", "perf:hardware",
	 * … */
	const char *source;
};

struct counter_set {
	size_t count;
	struct counter_value values[COUNTERS_MAX];
};

enum counters_mode {
	COUNTERS_AUTO, /* perf where it opens; else ptrace for system calls, getrusage for faults */
	COUNTERS_PTRACE, /* as if no perf event could be opened */
	COUNTERS_NONE,   /* neither perf nor ptrace, only getrusage */
};

/* The words of --counters: "auto", "ptrace", "none". NULL beyond the last mode. */
const char *counters_mode_word(enum counters_mode mode);

/* The mode of a word; NULL is COUNTERS_AUTO. -EINVAL. */
int counters_mode_parse(const char *word, enum counters_mode *mode);

struct counters;

/*
 * Opens the counters that can be opened, for the calling thread. A counter that cannot be opened is
 * no error; -ENOMEM is the only one. Calibrates: the counts of an empty start/stop pair are
 * subtracted from every later result. The caller releases *out with counters_free().
 */
int counters_new(enum counters_mode mode, struct counters **out);

/*
 * The same for the processes that the calling thread starts and waits for, with all that they start:
 * each from its execve(2) on, which is not counted itself, to its end. Nothing of this process is counted, except
 * device_read_bytes and device_write_bytes, which /proc/self/io gives for it and its ended children together.
 * faults_minor_rusage is what getrusage(2) gives for the children, and so are faults and switches without perf.
 */
int counters_new_children(enum counters_mode mode, struct counters **out);
void counters_free(struct counters *counters);

/*
 * From now on counts the calling thread and the threads ids[count] (kernel thread ids of this
 * process) together; count 0 goes back to the caller alone. A thread needs about 60 file
 * descriptors. If they cannot be opened, the result is a negative errno with the reason in `why`:
 * later counts then lack everything that needs perf, and faults and switches are those of the whole
 * process.
 */
int counters_threads(struct counters *counters, const pid_t *ids, size_t count, struct why *why);

/*
 * Each takes about 70 µs (counters_new(): about 20 ms). Everything between the two is counted, the
 * caller's own bookkeeping included; the work of the pair itself is not. 0 or negative errno, as
 * ioctl(2) and read(2).
 */
int counters_start(struct counters *counters);
int counters_stop(struct counters *counters);

/*
 * Without perf, system calls are counted in a walk of their own, because ptrace(2) stops the threads at
 * each call; and so is the memory of children, which are stopped when they end. If counters_trace() is true, run the walk once more between the other two functions.
 * counters_read() then returns its system calls, and all other counts from the last counters_start() and
 * counters_stop(). A call costs some microseconds there.
 */
bool counters_trace(const struct counters *counters);
int counters_trace_start(struct counters *counters);
int counters_trace_stop(struct counters *counters);

/*
 * The counts between the last start and stop, into the caller's set (emptied first).
 *   faults_minor, faults_major, context_switches   always (perf, else getrusage)
 *   faults_minor_rusage, faults_major_rusage       always: the same from getrusage, as a check. They
 *       exceed perf's where the kernel faults pages in itself (MAP_POPULATE, MADV_POPULATE_READ,
 *       O_DIRECT into memory that was never written)
 *   syscalls, syscalls_<name>   with perf tracepoints or after counters_trace_stop(). One <name> for each call that happened, and
 *       syscalls_other for calls without a counter; their sum is `syscalls`
 *   memory_peak_bytes   of counters_new_children(), after counters_trace_stop(): the most memory that one
 *       of the processes had at a time (VmHWM of /proc/PID/status when it ended)
 *   device_read_bytes, device_write_bytes   of the whole process, where /proc/self/io is readable
 *   tlb_shootdowns   of the whole machine, where /proc/interrupts has that line (x86)
 */
void counters_read(const struct counters *counters, struct counter_set *out);

/* Value of `name` in the set, or NULL. */
const struct counter_value *counter_find(const struct counter_set *set, const char *name);

/* One counter, for `iowalk list counters` and doctor. */
struct counter_info {
	const char *name;
	const char *help;
	bool available;
	const char *source; /* if available */
	struct why why;     /* if not: the reason and the remedy */
};
/* Fills at most `max` entries (COUNTERS_MAX is enough); returns how many counters there are. */
size_t counters_describe(const struct counters *counters, struct counter_info *out, size_t max);

#endif
