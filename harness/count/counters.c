/*
 * Counts between start and stop.
 *
 * All software counts are one group of perf events: page faults, context switches, all system calls
 * and system calls by name (syscall_events.c). Calls that have no event of their own are
 * syscalls_other. One ioctl starts the group and one stops it. The second is the only call that an
 * empty region counts; calibration subtracts it. Everything else that is read here (getrusage,
 * /proc/self/io) is read outside the region.
 *
 * Perf and getrusage count the same faults, with one exception: pages that the kernel faults in
 * itself (MAP_POPULATE, MADV_POPULATE_READ, buffers of O_DIRECT) raise no exception, and only
 * getrusage counts them (mm_account_fault() in the kernel's mm/memory.c). That is why the record
 * has both.
 *
 * An unprivileged process may be allowed to count user mode only (perf_event_paranoid 2). Software
 * events would then miss faults and switches inside system calls, so getrusage counts them, and the
 * source of hardware counters ends in ":user".
 */
#include "../base/message.h"
#include "../base/proc.h"
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Empty start/stop pairs that calibration measures; the minimum of each count is the overhead. */
#define CALIBRATION_PAIRS 5
/* Events, and what engines and stores open; children have more events by name. */
#define DESCRIPTORS_MIN          (80 + HARDWARE_COUNT + 32)
#define DESCRIPTORS_MIN_CHILDREN (PERF_GROUP_MAX + HARDWARE_COUNT + 32)

_Static_assert(BASIC_COUNT + 1 + SYSCALL_EVENTS_MAX <= PERF_GROUP_MAX, "a group holds all events");

static void open_basic(struct counters *counters)
{
	for (int i = 0; i < BASIC_COUNT; i++)
		counters->basic_index[i] =
			perf_group_add(&counters->software, counters_basic_events[i].event, false,
				       &counters->basic_why[i]);
}

static void open_hardware(struct counters *counters)
{
	struct perf_group *group = &counters->hardware;
	for (size_t i = 0; i < HARDWARE_COUNT; i++) {
		struct why *why = &counters->hardware_why[i];
		const char *event = hardware_events[i].event;
		bool user_only = counters->hardware_user_only;
		int index = perf_group_add(group, event, user_only, why);
		if (index < 0 && group->events_count == 0 &&
		    (index == -EACCES || index == -EPERM)) {
			index = perf_group_add(group, event, true, why);
			counters->hardware_user_only = index >= 0;
		}
		counters->hardware_index[i] = index;
	}
}

static void open_io(struct counters *counters)
{
	counters->io_fd = proc_io_open();
	int err = counters->io_fd < 0 ? counters->io_fd : 0;
	uint64_t unused;
	if (err == 0)
		err = proc_io_read(counters->io_fd, &unused, &unused);
	if (err == 0)
		return;
	why_set(&counters->io_why, err, "cannot read /proc/self/io: %s", strerror(-err));
	if (counters->io_fd >= 0)
		close(counters->io_fd);
	counters->io_fd = -1;
}

static int add_reading(const struct perf_group *group, struct perf_reading *sum)
{
	struct perf_reading reading = {0};
	int err = perf_group_read(group, &reading);
	sum->enabled_ns += reading.enabled_ns;
	sum->running_ns += reading.running_ns;
	for (unsigned i = 0; i < group->events_count; i++)
		sum->values[i] += reading.values[i];
	return err;
}

static int read_perf(const struct counters *counters, struct snapshot *out)
{
	int err = perf_group_read(&counters->software, &out->software);
	if (err == 0)
		err = perf_group_read(&counters->hardware, &out->hardware);
	for (size_t i = 0; err == 0 && i < counters->others_count; i++) {
		err = add_reading(&counters->others[i].software, &out->software);
		if (err == 0)
			err = add_reading(&counters->others[i].hardware, &out->hardware);
	}
	return err;
}

static int read_usage(const struct counters *counters, struct snapshot *out)
{
	int who = counters->children  ? RUSAGE_CHILDREN
		  : counters->threads ? RUSAGE_SELF
				      : RUSAGE_THREAD;
	return getrusage(who, &out->usage) == 0 ? 0 : -errno;
}

int counters_start(struct counters *counters)
{
	struct snapshot *before = &counters->before;
	int err = read_perf(counters, before);
	if (err == 0 && counters->io_fd >= 0)
		err = proc_io_read(counters->io_fd, &before->device_read_bytes,
				   &before->device_write_bytes);
	if (counters->has_tlb)
		proc_tlb_shootdowns(&before->tlb_shootdowns);
	/* Twice: after a fork, writing the result faults on a copied page. The first reading takes that
	 * fault, the second counts it. */
	for (int i = 0; err == 0 && i < 2; i++)
		err = read_usage(counters, before);
	/* Hardware first here and last in counters_stop(): its ioctls are then outside the region of the
	 * software events. The other threads are blocked meanwhile. */
	for (size_t i = 0; err == 0 && i < counters->others_count; i++) {
		err = perf_group_enable(&counters->others[i].hardware);
		if (err == 0)
			err = perf_group_enable(&counters->others[i].software);
	}
	if (err == 0)
		err = perf_group_enable(&counters->hardware);
	if (err == 0)
		err = perf_group_enable(&counters->software);
	return err;
}

int counters_stop(struct counters *counters)
{
	struct snapshot *after = &counters->after;
	int err = perf_group_disable(&counters->software);
	int hardware_err = perf_group_disable(&counters->hardware);
	for (size_t i = 0; i < counters->others_count; i++) {
		int other_err = perf_group_disable(&counters->others[i].software);
		hardware_err = hardware_err != 0 ? hardware_err : other_err;
		other_err = perf_group_disable(&counters->others[i].hardware);
		hardware_err = hardware_err != 0 ? hardware_err : other_err;
	}
	int usage_err = read_usage(counters, after);
	if (counters->has_tlb)
		proc_tlb_shootdowns(&after->tlb_shootdowns);
	err = err != 0 ? err : usage_err != 0 ? usage_err : hardware_err;
	if (err == 0)
		err = read_perf(counters, after);
	if (err == 0 && counters->io_fd >= 0)
		err = proc_io_read(counters->io_fd, &after->device_read_bytes,
				   &after->device_write_bytes);
	return err;
}

static void keep_minimum(uint64_t *minimum, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		minimum[i] = values[i] < minimum[i] ? values[i] : minimum[i];
}

static int compare_nothing(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

/*
 * The first qsort() of more than 1 KiB calls sysinfo(2) (glibc up to 2.36, stdlib/msort.c). It
 * happens here, so that the first counted region does not contain it.
 */
static void warm_qsort(void)
{
	uint64_t items[256] = {0};

	qsort(items, sizeof(items) / sizeof(items[0]), sizeof(items[0]), compare_nothing);
}

/* The first pair is not used: it touches the pages that the others need. */
static int calibrate(struct counters *counters)
{
	static const struct tally none;
	struct tally minimum, now;
	for (int i = 0; i <= CALIBRATION_PAIRS; i++) {
		int err = counters_start(counters);
		int stop_err = counters_stop(counters);
		if (err != 0 || stop_err != 0)
			return err != 0 ? err : stop_err;
		counters_tally(counters, &none, &now);
		if (i <= 1)
			minimum = now;
		keep_minimum(minimum.rusage, now.rusage, BASIC_COUNT);
		keep_minimum(minimum.software, now.software, PERF_GROUP_MAX);
		keep_minimum(minimum.hardware, now.hardware, PERF_GROUP_MAX);
	}
	counters->overhead = minimum;
	counters->after = counters->before; /* so that a read before the first region gives 0 */
	return 0;
}

static void drop_perf(struct counters *counters)
{
	perf_group_close(&counters->software);
	perf_group_close(&counters->hardware);
	counters->syscalls.all_index = -1;
	for (int i = 0; i < BASIC_COUNT; i++)
		counters->basic_index[i] = -1;
	for (size_t i = 0; i < HARDWARE_COUNT; i++)
		counters->hardware_index[i] = -1;
}

/*
 * With a low `ulimit -n`, all events or none: a system call whose event could not be opened would be missing
 * from the calls by name, and nothing would be left for engines.
 */
static bool has_descriptors(struct counters *counters)
{
	struct rlimit limit;
	int least = counters->children ? DESCRIPTORS_MIN_CHILDREN : DESCRIPTORS_MIN;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)least)
		return true;
	why_set(&counters->syscalls_why, -EMFILE,
		"only %ju file descriptors are allowed, and perf events need %d of them: ulimit -n "
		"1024",
		(uintmax_t)limit.rlim_cur, least);
	for (int i = 0; i < BASIC_COUNT; i++)
		counters->basic_why[i] = counters->syscalls_why;
	for (size_t i = 0; i < HARDWARE_COUNT; i++)
		counters->hardware_why[i] = counters->syscalls_why;
	message("%s", counters->syscalls_why.text);
	return false;
}

static int make(enum counters_mode mode, bool children, struct counters **out)
{
	struct counters *counters = malloc(sizeof(*counters));
	if (counters == NULL)
		return -ENOMEM;
	memset(counters, 0, sizeof(*counters)); /* touches every page, as calloc() does not */
	counters->mode = mode;
	counters->children = children;
	counters->software.of_children = counters->hardware.of_children = children;
	drop_perf(counters);
	warm_qsort();
	open_io(counters);
	uint64_t unused;
	counters->has_tlb = proc_tlb_shootdowns(&unused);
	if (mode == COUNTERS_PTRACE)
		why_set(&counters->syscalls_why, -EPERM, "perf events were not asked for");
	if (mode == COUNTERS_AUTO && has_descriptors(counters)) {
		open_basic(counters);
		syscall_events_add(&counters->software, &counters->syscalls,
				   &counters->syscalls_why);
		open_hardware(counters);
	}
	int err = calibrate(counters);
	if (err != 0) {
		/* Events that open but cannot be read are treated as absent. */
		drop_perf(counters);
		why_set(&counters->syscalls_why, err, "cannot read perf events: %s",
			strerror(-err));
		err = calibrate(counters);
	}
	if (err != 0) {
		counters_free(counters);
		return err;
	}
	if (mode != COUNTERS_NONE && (children || counters->syscalls.all_index < 0))
		tracer_new(children ? TRACER_CHILDREN : TRACER_THREADS, &counters->tracer,
			   &counters->tracer_why);
	*out = counters;
	return 0;
}

int counters_new(enum counters_mode mode, struct counters **out)
{
	return make(mode, false, out);
}

int counters_new_children(enum counters_mode mode, struct counters **out)
{
	return make(mode, true, out);
}

static void close_others(struct counters *counters)
{
	for (size_t i = 0; i < counters->others_count; i++) {
		perf_group_close(&counters->others[i].software);
		perf_group_close(&counters->others[i].hardware);
	}
	free(counters->others);
	counters->others = NULL;
	counters->others_count = 0;
	counters->threads = false;
	counters->perf_off = false;
	free(counters->thread_ids);
	counters->thread_ids = NULL;
	counters->thread_ids_count = 0;
	counters->has_traced = false;
}

static int keep_ids(struct counters *counters, const pid_t *ids, size_t count)
{
	counters->thread_ids = calloc(count, sizeof(*ids));
	if (counters->thread_ids == NULL)
		return -ENOMEM;
	memcpy(counters->thread_ids, ids, count * sizeof(*ids));
	counters->thread_ids_count = count;
	return 0;
}

/* Opens the same events as for the first thread, in the same order. */
static int open_other(const struct counters *counters, pid_t id, struct other *out, struct why *why)
{
	struct syscall_events syscalls = {0};
	out->software.thread_id = id;
	out->hardware.thread_id = id;
	for (int i = 0; i < BASIC_COUNT; i++) {
		if (counters->basic_index[i] >= 0)
			perf_group_add(&out->software, counters_basic_events[i].event, false, why);
	}
	if (counters->syscalls.all_index >= 0)
		syscall_events_add(&out->software, &syscalls, why);
	for (size_t i = 0; i < HARDWARE_COUNT; i++) {
		if (counters->hardware_index[i] >= 0)
			perf_group_add(&out->hardware, hardware_events[i].event,
				       counters->hardware_user_only, why);
	}
	return out->software.events_count == counters->software.events_count &&
			       out->hardware.events_count == counters->hardware.events_count
		       ? 0
		       : -EMFILE;
}

int counters_threads(struct counters *counters, const pid_t *ids, size_t count, struct why *why)
{
	close_others(counters);
	counters->threads = count > 0;
	int err = count > 0 ? keep_ids(counters, ids, count) : 0;
	if (count == 0 || (err == 0 && counters->software.events_count == 0))
		return 0;
	counters->others = calloc(count, sizeof(*counters->others));
	err = counters->others == NULL ? -ENOMEM : err;
	while (err == 0 && counters->others_count < count) {
		size_t next = counters->others_count++;
		err = open_other(counters, ids[next], &counters->others[next], why);
	}
	if (err == 0)
		return 0;
	close_others(counters);
	counters->threads = true;
	counters->perf_off = true;
	return err;
}

void counters_free(struct counters *counters)
{
	if (counters == NULL)
		return;
	close_others(counters);
	tracer_free(counters->tracer);
	perf_group_close(&counters->software);
	perf_group_close(&counters->hardware);
	if (counters->io_fd >= 0)
		close(counters->io_fd);
	free(counters);
}

bool counters_trace(const struct counters *counters)
{
	return counters->tracer != NULL;
}

int counters_trace_start(struct counters *counters)
{
	counters->has_traced = false;
	return tracer_start(counters->tracer, counters->thread_ids, counters->thread_ids_count);
}

int counters_trace_stop(struct counters *counters)
{
	int err = tracer_stop(counters->tracer);
	counters->has_traced = err == 0;
	return err;
}
