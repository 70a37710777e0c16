/*
 * How it works: each thread has a ring buffer in memory shared with the kernel. Two events write to it: a
 * sampling one, which also records switches, and context-switches with a period of 1, for the stack with
 * which a thread leaves its processor. Wake-ups happen on any processor, so sched:sched_waking is opened
 * on each of them, with a filter for our threads and a buffer of its own. The buffers are read between walks
 * and are large enough for one: a thread that emptied them meanwhile would make the process a threaded one, in
 * which the C library's calls take another path.
 *
 * Sources: perf_event_open(2), the kernel's include/uapi/linux/perf_event.h.
 */
#include "events.h"

#include "../count/tracefs.h"
#include "record.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define RECORD_BYTES     (PROFILE_STACK_BYTES + 512) /* a record with stacks; others take 40 */
#define RING_BYTES_MIN   (UINT64_C(4) << 20)
#define RING_BYTES_MAX   (UINT64_C(512) << 20) /* 110 000 stacks */
#define RING_BYTES_SMALL (UINT64_C(256) << 10) /* what perf_event_mlock_kb allows to every user */
#define WAKE_BYTES       100
#define FILTER_BYTES_MAX 4000 /* of a tracepoint's filter: one page */

struct ring {
	int fds[2]; /* of the event that owns the buffer, and of the one that also writes to it; or -1 */
	uint64_t ids[2];
	struct perf_event_mmap_page *page; /* NULL: not mapped */
	size_t data_bytes;
	bool is_wake; /* of a processor's wake-ups */
};

struct profile_events {
	struct profile_sources sources;
	struct ring *rings; /* [threads_count + wakes_count] */
	size_t threads_count, rings_count;
	size_t records_count;  /* that a buffer has to hold */
	unsigned pid_offset;   /* of the field in sched_waking's record */
	unsigned char *record; /* [UINT16_MAX + 1] one that is in two parts in its buffer */
};

/* ---- opening ---- */

static int open_event(struct perf_event_attr *attr, pid_t thread_id, int cpu)
{
	long fd = syscall(SYS_perf_event_open, attr, thread_id, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static struct perf_event_attr base_attr(uint32_t type, uint64_t config, uint64_t sample_type)
{
	return (struct perf_event_attr){
		.size = sizeof(struct perf_event_attr),
		.type = type,
		.config = config,
		.sample_type = sample_type,
		.disabled = 1,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
}

static struct perf_event_attr stack_attr(uint64_t config, uint64_t period, bool kernel)
{
	struct perf_event_attr attr = base_attr(PERF_TYPE_SOFTWARE, config, RECORD_SAMPLE_TYPE);

	attr.sample_period = period;
	attr.exclude_kernel = !kernel;
	attr.exclude_callchain_user =
		1; /* it follows frame pointers, which libraries do not have */
	attr.sample_max_stack = PROFILE_KERNEL_MAX;
	attr.sample_stack_user = PROFILE_STACK_BYTES;
	attr.sample_regs_user = record_registers_mask();
	return attr;
}

static int map_ring(struct ring *ring, size_t data_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, page_bytes + data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			  ring->fds[0], 0);

	if (page == MAP_FAILED)
		return -errno;
	ring->page = page;
	ring->data_bytes = data_bytes;
	return 0;
}

/* A power of two for so many records. */
static size_t ring_bytes(size_t records_count, size_t record_bytes)
{
	size_t bytes = RING_BYTES_MIN;

	while (bytes < RING_BYTES_MAX && bytes / record_bytes < records_count)
		bytes *= 2;
	return bytes;
}

static int note_id(struct ring *ring, size_t i)
{
	return ioctl(ring->fds[i], PERF_EVENT_IOC_ID, &ring->ids[i]) ? -errno : 0;
}

/* The events of one thread; the kernel's side only with the right to it. */
static int open_thread(struct ring *ring, pid_t id, uint64_t period_ns, size_t records_count,
		       bool kernel)
{
	struct perf_event_attr attr = stack_attr(PERF_COUNT_SW_CPU_CLOCK, period_ns, kernel);

	attr.context_switch = 1;
	ring->fds[0] = open_event(&attr, id, -1);
	int err = ring->fds[0] < 0 ? ring->fds[0] : note_id(ring, 0);
	if (err)
		return err;
	size_t data_bytes = ring_bytes(records_count, RECORD_BYTES);
	err = map_ring(ring, data_bytes);
	/* Without the right to lock more memory, or without the memory. */
	while ((err == -EPERM || err == -ENOMEM) && data_bytes > RING_BYTES_SMALL)
		err = map_ring(ring, data_bytes /= 2);
	if (err || !kernel)
		return err;
	attr = stack_attr(PERF_COUNT_SW_CONTEXT_SWITCHES, 1, true);
	ring->fds[1] = open_event(&attr, id, -1);
	err = ring->fds[1] < 0 ? ring->fds[1] : note_id(ring, 1);
	return err                                                            ? err
	       : ioctl(ring->fds[1], PERF_EVENT_IOC_SET_OUTPUT, ring->fds[0]) ? -errno
									      : 0;
}

static void close_ring(struct ring *ring)
{
	if (ring->page)
		munmap(ring->page, (size_t)sysconf(_SC_PAGESIZE) + ring->data_bytes);
	for (size_t i = 0; i < 2; i++) {
		if (ring->fds[i] >= 0)
			close(ring->fds[i]);
	}
	*ring = (struct ring){.fds = {-1, -1}};
}

static int open_threads(struct profile_events *events, const pid_t *ids, uint64_t period_ns,
			bool kernel)
{
	int err = 0;

	for (size_t i = 0; !err && i < events->threads_count; i++)
		err = open_thread(&events->rings[i], ids[i], period_ns, events->records_count,
				  kernel);
	for (size_t i = 0; err && i < events->threads_count; i++)
		close_ring(&events->rings[i]);
	return err;
}

/* "pid == 1 || pid == 2" in text[size]. -E2BIG. */
static int make_filter(const pid_t *ids, size_t count, char *text, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		int more = snprintf(text + len, size - len, "%spid == %d", i ? " || " : "",
				    (int)ids[i]);
		if (more < 0 || (size_t)more >= size - len)
			return -E2BIG;
		len += (size_t)more;
	}
	return 0;
}

static int open_wake(struct ring *ring, uint64_t id, int cpu, const char *filter, size_t data_bytes)
{
	struct perf_event_attr attr = base_attr(PERF_TYPE_TRACEPOINT, id, RECORD_WAKE_TYPE);

	attr.sample_period = 1;
	ring->is_wake = true;
	ring->fds[0] = open_event(&attr, -1, cpu);
	int err = ring->fds[0] < 0 ? ring->fds[0] : note_id(ring, 0);
	if (!err && ioctl(ring->fds[0], PERF_EVENT_IOC_SET_FILTER, filter))
		err = -errno;
	return err ? err : map_ring(ring, data_bytes);
}

/* On all processors that are online; without them only the sum of blocked and runnable is known. */
static int open_wakes(struct profile_events *events, const pid_t *ids, struct why *why)
{
	char filter[FILTER_BYTES_MAX];
	uint64_t id = 0;
	int root_fd = tracefs_open(why);

	if (root_fd < 0)
		return root_fd;
	int err = tracefs_id(root_fd, "sched/sched_waking", &id);
	if (!err)
		err = tracefs_field(root_fd, "sched/sched_waking", "pid", &events->pid_offset);
	close(root_fd);
	if (!err)
		err = make_filter(ids, events->threads_count, filter, sizeof(filter));
	for (int cpu = 0; !err && cpu < get_nprocs_conf(); cpu++) {
		struct ring *ring = &events->rings[events->rings_count];

		err = open_wake(ring, id, cpu, filter,
				ring_bytes(events->records_count, WAKE_BYTES));
		if (err == -ENODEV) { /* this processor is offline */
			close_ring(ring);
			err = 0;
			continue;
		}
		events->rings_count++;
	}
	if (err)
		why_set(why, err, "cannot record sched:sched_waking: %s", strerror(-err));
	return err;
}

/* ---- life ---- */

static int explain(int err, struct why *why)
{
	if (err == -EACCES || err == -EPERM)
		return why_set(
			why, err,
			"perf events are not allowed: sysctl kernel.perf_event_paranoid=2, or "
			"run as root");
	return why_set(why, err, "cannot open perf events: %s", strerror(-err));
}

int profile_events_new(const pid_t *ids, size_t count, uint64_t period_ns, size_t records_count,
		       struct profile_events **out, struct why *why)
{
	size_t rings_max = count + (size_t)get_nprocs_conf();
	struct profile_events *events = calloc(1, sizeof(*events));

	if (!events)
		return -ENOMEM;
	events->rings = calloc(rings_max, sizeof(*events->rings));
	events->record = malloc(UINT16_MAX + 1);
	if (!events->rings || !events->record) {
		free(events->rings);
		free(events->record);
		free(events);
		return -ENOMEM;
	}
	for (size_t i = 0; i < rings_max; i++)
		events->rings[i].fds[0] = events->rings[i].fds[1] = -1;
	events->records_count = records_count;
	events->threads_count = events->rings_count = count;
	events->sources.sampled_by = "perf:cpu-clock";
	int err = open_threads(events, ids, period_ns, true);
	events->sources.kernel = err == 0;
	if (err) {
		explain(err, &events->sources.kernel_why);
		err = open_threads(events, ids, period_ns, false);
	}
	if (!err)
		events->sources.wakeups =
			open_wakes(events, ids, &events->sources.wakeups_why) == 0;
	if (err) {
		profile_events_free(events);
		return explain(err, why);
	}
	*out = events;
	return 0;
}

void profile_events_free(struct profile_events *events)
{
	if (!events)
		return;
	for (size_t i = 0; i < events->rings_count; i++)
		close_ring(&events->rings[i]);
	free(events->record);
	free(events->rings);
	free(events);
}

const struct profile_sources *profile_events_sources(const struct profile_events *events)
{
	return &events->sources;
}

static int control(struct profile_events *events, unsigned long request)
{
	for (size_t i = 0; i < events->rings_count; i++) {
		for (size_t k = 0; k < 2; k++) {
			int fd = events->rings[i].fds[k];
			if (fd >= 0 && ioctl(fd, request, 0))
				return -errno;
		}
	}
	return 0;
}

int profile_events_enable(struct profile_events *events)
{
	return control(events, PERF_EVENT_IOC_ENABLE);
}

int profile_events_disable(struct profile_events *events)
{
	return control(events, PERF_EVENT_IOC_DISABLE);
}

/* ---- reading ---- */

/* The bytes [at, at + len) of a ring, len at most 65536; copied if they go round its end. */
static const unsigned char *ring_at(const struct profile_events *events, const struct ring *ring,
				    uint64_t at, size_t len)
{
	const unsigned char *data =
		(const unsigned char *)ring->page + (size_t)sysconf(_SC_PAGESIZE);
	size_t from = (size_t)(at % ring->data_bytes), first = ring->data_bytes - from;

	if (len <= first)
		return data + from;
	memcpy(events->record, data + from, first);
	memcpy(events->record + first, data, len - first);
	return events->record;
}

static int take_ring(const struct profile_events *events, struct ring *ring,
		     int (*take)(void *context, const struct profile_event *event), void *context)
{
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t at = ring->page->data_tail;
	int err = 0;

	while (!err && at < head) {
		struct perf_event_header header;
		uint64_t registers[PROFILE_REGISTERS_COUNT] = {0};
		struct profile_event event = {0};

		memcpy(&header, ring_at(events, ring, at, sizeof(header)), sizeof(header));
		if (header.size < sizeof(header) || header.size > head - at) {
			err = -EBADMSG;
			break;
		}
		const unsigned char *record = ring_at(events, ring, at, header.size);
		const struct record_form form = {.leaves_id = ring->fds[1] >= 0 ? ring->ids[1] : 0,
						 .is_wake = ring->is_wake,
						 .pid_offset = events->pid_offset};
		if (record_read(&form, record, header.size, registers, &event))
			err = take(context, &event);
		at += header.size;
	}
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
	return err;
}

int profile_events_take(struct profile_events *events,
			int (*take)(void *context, const struct profile_event *event),
			void *context)
{
	int err = 0;

	for (size_t i = 0; !err && i < events->rings_count; i++)
		err = take_ring(events, &events->rings[i], take, context);
	return err;
}
