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
#include "counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "perf.h"
#include "syscall_events.h"

static const struct hardware_event {
	const char *name;  /* in a record */
	const char *event; /* libpfm4's name */
	const char *help;
} hardware_events[] = {
	{"cycles", "PERF_COUNT_HW_CPU_CYCLES", "processor cycles"},
	{"instructions", "PERF_COUNT_HW_INSTRUCTIONS", "instructions retired"},
	{"cache_misses", "PERF_COUNT_HW_CACHE_MISSES", "misses of the last-level cache"},
	{"dtlb_load_misses", "PERF_COUNT_HW_CACHE_DTLB:READ:MISS",
	 "loads that missed the data TLB"},
	{"branch_misses", "PERF_COUNT_HW_BRANCH_MISSES", "mispredicted branches"},
};

#define HARDWARE_COUNT (sizeof(hardware_events) / sizeof(hardware_events[0]))

/* An empty start/stop pair is measured this often; the least of each count is its overhead. */
#define CALIBRATION_PAIRS 5

enum basic { FAULTS_MINOR, FAULTS_MAJOR, CONTEXT_SWITCHES, BASIC_COUNT };

static const struct basic_event {
	const char *name;
	const char *event;
	const char *help;
} basic_events[BASIC_COUNT] = {
	{"faults_minor", "PERF_COUNT_SW_PAGE_FAULTS_MIN", "page faults without I/O"},
	{"faults_major", "PERF_COUNT_SW_PAGE_FAULTS_MAJ", "page faults that waited for I/O"},
	{"context_switches", "PERF_COUNT_SW_CONTEXT_SWITCHES", "switches to another thread"},
};

_Static_assert(BASIC_COUNT + 1 + SYSCALL_EVENTS_MAX <= PERF_GROUP_MAX, "a group has room");
_Static_assert(2 + SYSCALL_EVENTS_MAX + BASIC_COUNT + 4 + HARDWARE_COUNT <= COUNTERS_MAX,
	       "a set has room");

/* Everything read at one end of a region. */
struct snapshot {
	struct rusage usage;
	struct perf_reading software;
	struct perf_reading hardware;
	uint64_t device_read_bytes;
	uint64_t device_write_bytes;
};

/* What was counted between two snapshots; events by their place in their group. */
struct tally {
	uint64_t rusage[BASIC_COUNT];
	uint64_t software[PERF_GROUP_MAX];
	uint64_t hardware[PERF_GROUP_MAX];
	uint64_t device_read_bytes;
	uint64_t device_write_bytes;
	bool hardware_whole; /* counted all the time: not multiplexed */
};

struct counters {
	enum counters_mode mode;
	struct perf_group software;
	struct perf_group hardware;
	/* Places in the groups; negative: not there. */
	int basic_place[BASIC_COUNT];
	int hardware_place[HARDWARE_COUNT];
	struct syscall_events syscalls;
	bool hardware_user_only;
	int io_fd; /* /proc/self/io, or -1 */
	struct snapshot before, after;
	struct tally overhead;
	struct why syscalls_why, io_why;
	struct why basic_why[BASIC_COUNT];
	struct why hardware_why[HARDWARE_COUNT];
};

static void open_basic(struct counters *counters)
{
	for (int i = 0; i < BASIC_COUNT; i++)
		counters->basic_place[i] = perf_group_add(
			&counters->software, basic_events[i].event, false, &counters->basic_why[i]);
}

static void open_hardware(struct counters *counters)
{
	struct perf_group *group = &counters->hardware;
	for (size_t i = 0; i < HARDWARE_COUNT; i++) {
		struct why *why = &counters->hardware_why[i];
		const char *event = hardware_events[i].event;
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

int counters_start(struct counters *counters)
{
	struct snapshot *before = &counters->before;
	int err = perf_group_read(&counters->software, &before->software);
	if (err == 0)
		err = perf_group_read(&counters->hardware, &before->hardware);
	if (err == 0 && counters->io_fd >= 0)
		err = read_io(counters->io_fd, &before->device_read_bytes,
			      &before->device_write_bytes);
	if (err == 0 && getrusage(RUSAGE_THREAD, &before->usage) != 0)
		err = -errno;
	/* Hardware first here and last below: its ioctls then lie outside of what software counts.
	 */
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
	if (getrusage(RUSAGE_THREAD, &after->usage) != 0 && err == 0)
		err = -errno;
	if (err == 0)
		err = hardware_err;
	if (err == 0)
		err = perf_group_read(&counters->software, &after->software);
	if (err == 0)
		err = perf_group_read(&counters->hardware, &after->hardware);
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
	out->hardware_whole = enabled_ns == running_ns && running_ns > 0;
	out->device_read_bytes = after->device_read_bytes - before->device_read_bytes;
	out->device_write_bytes = after->device_write_bytes - before->device_write_bytes;
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

void counters_free(struct counters *counters)
{
	if (counters == NULL)
		return;
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

static const char *basic_source(const struct counters *counters, int which)
{
	return counters->basic_place[which] < 0 ? "getrusage" : "perf:software";
}

static const char *hardware_source(const struct counters *counters)
{
	return counters->hardware_user_only ? "perf:hardware:user" : "perf:hardware";
}

static const char syscalls_source[] = "perf:raw_syscalls:sys_enter";

static void put_syscalls(const struct counters *counters, const struct tally *tally,
			 struct counter_set *out)
{
	if (counters->syscalls.all_place < 0)
		return;
	uint64_t all = tally->software[counters->syscalls.all_place];
	uint64_t other = all;
	put(out, "syscalls", "", all, syscalls_source);
	for (size_t i = 0; i < counters->syscalls.named_count; i++) {
		const struct syscall_event *event = &counters->syscalls.named[i];
		uint64_t value = tally->software[event->place];
		if (value == 0)
			continue;
		other = less(other, value);
		put(out, "syscalls_", event->name, value, syscalls_source);
	}
	if (other != 0)
		put(out, "syscalls_", "other", other, syscalls_source);
}

void counters_read(const struct counters *counters, struct counter_set *out)
{
	struct tally tally;
	tally_make(counters, &counters->overhead, &tally);
	out->count = 0;
	put_syscalls(counters, &tally, out);
	for (int i = 0; i < BASIC_COUNT; i++) {
		int place = counters->basic_place[i];
		put(out, basic_events[i].name, "",
		    place < 0 ? tally.rusage[i] : tally.software[place], basic_source(counters, i));
	}
	put(out, "faults_minor_rusage", "", tally.rusage[FAULTS_MINOR], "getrusage");
	put(out, "faults_major_rusage", "", tally.rusage[FAULTS_MAJOR], "getrusage");
	if (counters->io_fd >= 0) {
		put(out, "device_read_bytes", "", tally.device_read_bytes, "/proc/self/io");
		put(out, "device_write_bytes", "", tally.device_write_bytes, "/proc/self/io");
	}
	for (size_t i = 0; i < HARDWARE_COUNT && tally.hardware_whole; i++) {
		if (counters->hardware_place[i] >= 0)
			put(out, hardware_events[i].name, "",
			    tally.hardware[counters->hardware_place[i]], hardware_source(counters));
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

/* Why a counter is not there, and the remedy. */
static void explain(const struct counters *counters, int place, const char *reason,
		    const char *remedy, struct why *why)
{
	if (counters->mode == COUNTERS_NONE)
		why_set(why, place, "perf events were not asked for");
	else
		why_set(why, place, "%s; %s", reason, remedy);
}

static const char *hardware_remedy(int place)
{
	if (place == -EACCES || place == -EPERM)
		return "run as root or lower kernel.perf_event_paranoid to 1";
	if (place == -EINVAL)
		return "the processor has no counter free for it";
	return "there is no PMU: use a machine, or a virtual machine type, that has one";
}

size_t counters_describe(const struct counters *counters, struct counter_info *out, size_t max)
{
	static const char paranoid[] =
		"run as root, or set kernel.perf_event_paranoid to 1 and make "
		"tracefs readable (mount -o remount,mode=755 /sys/kernel/tracing)";
	struct counter_info all[2 + BASIC_COUNT + 4 + HARDWARE_COUNT] = {0};
	size_t count = 0;

	for (int i = 0; i < 2; i++) {
		struct counter_info *info = &all[count++];
		info->name = i == 0 ? "syscalls" : "syscalls_<name>";
		info->help =
			i == 0 ? "system calls in all" : "the same by name, for each that happened";
		info->available = counters->syscalls.all_place >= 0;
		info->source = info->available ? syscalls_source : NULL;
		if (!info->available)
			explain(counters, counters->syscalls.all_place, counters->syscalls_why.text,
				paranoid, &info->why);
	}
	for (int i = 0; i < BASIC_COUNT; i++)
		all[count++] = (struct counter_info){.name = basic_events[i].name,
						     .help = basic_events[i].help,
						     .available = true,
						     .source = basic_source(counters, i)};
	all[count++] =
		(struct counter_info){"faults_minor_rusage",
				      "minor faults, those the kernel makes for itself included",
				      true,
				      "getrusage",
				      {""}};
	all[count++] = (struct counter_info){
		"faults_major_rusage", "major faults, likewise", true, "getrusage", {""}};
	for (int i = 0; i < 2; i++)
		all[count++] = (struct counter_info){
			.name = i == 0 ? "device_read_bytes" : "device_write_bytes",
			.help = i == 0 ? "fetched from the device by this process"
				       : "made dirty for the device by this process",
			.available = counters->io_fd >= 0,
			.source = counters->io_fd >= 0 ? "/proc/self/io" : NULL,
			.why = counters->io_why};
	for (size_t i = 0; i < HARDWARE_COUNT; i++) {
		struct counter_info *info = &all[count++];
		int place = counters->hardware_place[i];
		info->name = hardware_events[i].name;
		info->help = hardware_events[i].help;
		info->available = place >= 0;
		info->source = info->available ? hardware_source(counters) : NULL;
		if (!info->available)
			explain(counters, place, counters->hardware_why[i].text,
				hardware_remedy(place), &info->why);
	}
	for (size_t i = 0; i < count && i < max; i++)
		out[i] = all[i];
	return count;
}
