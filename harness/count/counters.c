/*
 * Counts between start and stop.
 *
 * All software counts are one group of perf events: page faults, context switches, system calls in
 * all and by name (syscall_events.c). The named calls are a part of all calls; what is left is
 * syscalls_other. One ioctl starts the group and one stops it: that last one is all that an empty
 * region counts, and calibration takes it off. Everything else that is read here (getrusage,
 * /proc/self/io) is read outside of it.
 *
 * Perf and getrusage count the same faults, with one exception: pages that the kernel brings in for
 * itself (MAP_POPULATE, MADV_POPULATE_READ, buffers of O_DIRECT) trap nobody, and only getrusage
 * has them (mm_account_fault() in the kernel's mm/memory.c). That is why both are in the record.
 *
 * Perf may be had for user mode alone (perf_event_paranoid 2, no privilege), which loses the faults
 * and switches inside system calls: getrusage counts them then, and hardware counters say ":user".
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An empty start/stop pair is measured this often; the least of each count is its overhead. */
#define CALIBRATION_PAIRS 5

_Static_assert(BASIC_COUNT + 1 + SYSCALL_EVENTS_MAX <= PERF_GROUP_MAX, "a group has room");
_Static_assert(2 + SYSCALL_EVENTS_MAX + BASIC_COUNT + 5 + HARDWARE_COUNT <= COUNTERS_MAX,
	       "a set has room");

static void open_basic(struct counters *counters)
{
	for (int i = 0; i < BASIC_COUNT; i++)
		counters->basic_place[i] =
			perf_group_add(&counters->software, counters_basic_events[i].event, false,
				       &counters->basic_why[i]);
}

static void open_hardware(struct counters *counters)
{
	struct perf_group *group = &counters->hardware;
	for (size_t i = 0; i < HARDWARE_COUNT; i++) {
		struct why *why = &counters->hardware_why[i];
		const char *event = counters_hardware_events[i].event;
		bool user_only = counters->hardware_user_only;
		int place = perf_group_add(group, event, user_only, why);
		if (place < 0 && group->events_count == 0 &&
		    (place == -EACCES || place == -EPERM)) {
			place = perf_group_add(group, event, true, why);
			counters->hardware_user_only = place >= 0;
		}
		counters->hardware_place[i] = place;
	}
}

/* Process-wide, not of the thread: the kernel's I/O workers for io_uring are then in it. */
static int read_io(int fd, uint64_t *read_bytes, uint64_t *write_bytes)
{
	char text[512];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	const char *reads = strstr(text, "\nread_bytes: ");
	const char *writes = strstr(text, "\nwrite_bytes: ");
	if (reads == NULL || writes == NULL)
		return -EIO;
	*read_bytes = strtoull(reads + strlen("\nread_bytes: "), NULL, 10);
	*write_bytes = strtoull(writes + strlen("\nwrite_bytes: "), NULL, 10);
	return 0;
}

static void open_io(struct counters *counters)
{
	counters->io_fd = open("/proc/self/io", O_RDONLY | O_CLOEXEC);
	int err = counters->io_fd < 0 ? -errno : 0;
	uint64_t unused;
	if (err == 0)
		err = read_io(counters->io_fd, &unused, &unused);
	if (err == 0)
		return;
	why_set(&counters->io_why, err, "cannot read /proc/self/io: %s", strerror(-err));
	if (counters->io_fd >= 0)
		close(counters->io_fd);
	counters->io_fd = -1;
}

/* Sums over all processors of the line that x86 has: "TLB:  123  456   TLB shootdowns". */
static bool read_tlb(uint64_t *shootdowns)
{
	char line[8192];
	bool found = false;
	FILE *file = fopen("/proc/interrupts", "re");
	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
		char *text = line + strspn(line, " "), *end;
		if (strncmp(text, "TLB:", 4) != 0)
			continue;
		found = true;
		*shootdowns = 0;
		for (text += 4;; text = end) {
			uint64_t count = strtoull(text, &end, 10);
			if (end == text)
				break;
			*shootdowns += count;
		}
	}
	if (file != NULL)
		fclose(file);
	return found;
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
	return getrusage(counters->threads ? RUSAGE_SELF : RUSAGE_THREAD, &out->usage) == 0
		       ? 0
		       : -errno;
}

int counters_start(struct counters *counters)
{
	struct snapshot *before = &counters->before;
	int err = read_perf(counters, before);
	if (err == 0 && counters->io_fd >= 0)
		err = read_io(counters->io_fd, &before->device_read_bytes,
			      &before->device_write_bytes);
	if (counters->has_tlb)
		read_tlb(&before->tlb_shootdowns);
	/* Twice: after a fork the page it is written to faults, which the first reading then counts. */
	for (int i = 0; err == 0 && i < 2; i++)
		err = read_usage(counters, before);
	/* Hardware first here and last below: its ioctls then lie outside of what software counts.
	 * The other threads wait meanwhile and do nothing. */
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
		read_tlb(&after->tlb_shootdowns);
	err = err != 0 ? err : usage_err != 0 ? usage_err : hardware_err;
	if (err == 0)
		err = read_perf(counters, after);
	if (err == 0 && counters->io_fd >= 0)
		err = read_io(counters->io_fd, &after->device_read_bytes,
			      &after->device_write_bytes);
	return err;
}

static uint64_t less(uint64_t value, uint64_t subtrahend)
{
	return value > subtrahend ? value - subtrahend : 0;
}

/* What the two snapshots differ by, less `overhead`. */
static void tally_make(const struct counters *counters, const struct tally *overhead,
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
		out->rusage[i] = less(out->rusage[i], overhead->rusage[i]);
	for (unsigned i = 0; i < counters->software.events_count; i++)
		out->software[i] = less(after->software.values[i] - before->software.values[i],
					overhead->software[i]);
	for (unsigned i = 0; i < counters->hardware.events_count; i++)
		out->hardware[i] = less(after->hardware.values[i] - before->hardware.values[i],
					overhead->hardware[i]);
	uint64_t enabled_ns = after->hardware.enabled_ns - before->hardware.enabled_ns;
	uint64_t running_ns = after->hardware.running_ns - before->hardware.running_ns;
	out->hardware_whole = enabled_ns == running_ns && running_ns > 0 && !counters->perf_off;
	out->device_read_bytes = after->device_read_bytes - before->device_read_bytes;
	out->device_write_bytes = after->device_write_bytes - before->device_write_bytes;
	out->tlb_shootdowns = after->tlb_shootdowns - before->tlb_shootdowns;
}

static void keep_least(uint64_t *least, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		least[i] = values[i] < least[i] ? values[i] : least[i];
}

static int compare_nothing(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

/*
 * The first qsort() of more than 1 KiB asks the kernel how much memory there is (glibc to 2.36,
 * stdlib/msort.c): here, not in whatever is counted first.
 */
static void settle_qsort(void)
{
	uint64_t items[256] = {0};

	qsort(items, sizeof(items) / sizeof(items[0]), sizeof(items[0]), compare_nothing);
}

/* The first pair also touches all that a later one does, so that it faults on nothing. */
static int calibrate(struct counters *counters)
{
	static const struct tally none;
	struct tally least, now;
	for (int i = 0; i <= CALIBRATION_PAIRS; i++) {
		int err = counters_start(counters);
		int stop_err = counters_stop(counters);
		if (err != 0 || stop_err != 0)
			return err != 0 ? err : stop_err;
		tally_make(counters, &none, &now);
		if (i <= 1)
			least = now;
		keep_least(least.rusage, now.rusage, BASIC_COUNT);
		keep_least(least.software, now.software, PERF_GROUP_MAX);
		keep_least(least.hardware, now.hardware, PERF_GROUP_MAX);
	}
	counters->overhead = least;
	counters->after = counters->before; /* a read before the first region finds nothing */
	return 0;
}

static void forget_perf(struct counters *counters)
{
	perf_group_close(&counters->software);
	perf_group_close(&counters->hardware);
	counters->syscalls.all_place = -1;
	for (int i = 0; i < BASIC_COUNT; i++)
		counters->basic_place[i] = -1;
	for (size_t i = 0; i < HARDWARE_COUNT; i++)
		counters->hardware_place[i] = -1;
}

int counters_new(enum counters_mode mode, struct counters **out)
{
	struct counters *counters = malloc(sizeof(*counters));
	if (counters == NULL)
		return -ENOMEM;
	memset(counters, 0, sizeof(*counters)); /* touches every page, as calloc() does not */
	counters->mode = mode;
	forget_perf(counters);
	settle_qsort();
	open_io(counters);
	uint64_t unused;
	counters->has_tlb = read_tlb(&unused);
	if (mode == COUNTERS_AUTO) {
		open_basic(counters);
		syscall_events_add(&counters->software, &counters->syscalls,
				   &counters->syscalls_why);
		open_hardware(counters);
	}
	int err = calibrate(counters);
	if (err != 0) {
		/* Opened but not to be read: the same as absent. */
		forget_perf(counters);
		why_set(&counters->syscalls_why, err, "cannot read perf events: %s",
			strerror(-err));
		err = calibrate(counters);
	}
	if (err != 0) {
		counters_free(counters);
		return err;
	}
	*out = counters;
	return 0;
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
}

/* The same events as the first thread's, so that each has the same place. */
static int open_other(const struct counters *counters, pid_t id, struct other *out, struct why *why)
{
	struct syscall_events syscalls = {0};
	out->software.thread_id = id;
	out->hardware.thread_id = id;
	for (int i = 0; i < BASIC_COUNT; i++) {
		if (counters->basic_place[i] >= 0)
			perf_group_add(&out->software, counters_basic_events[i].event, false, why);
	}
	if (counters->syscalls.all_place >= 0)
		syscall_events_add(&out->software, &syscalls, why);
	for (size_t i = 0; i < HARDWARE_COUNT; i++) {
		if (counters->hardware_place[i] >= 0)
			perf_group_add(&out->hardware, counters_hardware_events[i].event,
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
	if (count == 0 || counters->software.events_count == 0)
		return 0;
	counters->others = calloc(count, sizeof(*counters->others));
	int err = counters->others == NULL ? -ENOMEM : 0;
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
	perf_group_close(&counters->software);
	perf_group_close(&counters->hardware);
	if (counters->io_fd >= 0)
		close(counters->io_fd);
	free(counters);
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
	if (counters->syscalls.all_place < 0 || counters->perf_off)
		return;
	uint64_t all = tally->software[counters->syscalls.all_place];
	uint64_t other = all;
	put(out, "syscalls", "", all, counters_syscalls_source);
	for (size_t i = 0; i < counters->syscalls.named_count; i++) {
		const struct syscall_event *event = &counters->syscalls.named[i];
		uint64_t value = tally->software[event->place];
		if (value == 0)
			continue;
		other = less(other, value);
		put(out, "syscalls_", event->name, value, counters_syscalls_source);
	}
	if (other != 0)
		put(out, "syscalls_", "other", other, counters_syscalls_source);
}

void counters_read(const struct counters *counters, struct counter_set *out)
{
	struct tally tally;
	tally_make(counters, &counters->overhead, &tally);
	out->count = 0;
	put_syscalls(counters, &tally, out);
	for (int i = 0; i < BASIC_COUNT; i++) {
		int place = counters->basic_place[i];
		put(out, counters_basic_events[i].name, "",
		    place < 0 || counters->perf_off ? tally.rusage[i] : tally.software[place],
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
		if (counters->hardware_place[i] >= 0)
			put(out, counters_hardware_events[i].name, "",
			    tally.hardware[counters->hardware_place[i]],
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
