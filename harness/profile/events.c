/*
 * How it works: each thread has a buffer. Two events write to it: a sampling one, which also records
 * switches, and context-switches with a period of 1, for the stack with which a thread leaves its processor.
 * Wake-ups happen on any processor, so sched:sched_waking is opened on each of them, with a filter for our
 * threads and a buffer of its own. The buffers are read between walks and are large enough for one: a thread
 * that emptied them meanwhile would make the process a threaded one, in which the C library's calls take
 * another path.
 *
 * Events that new processes inherit have a buffer on each processor instead, since the kernel lets them share none
 * across processors.
 *
 * Sources: perf_event_open(2), the kernel's include/uapi/linux/perf_event.h.
 */
#include "events.h"

#include "../count/tracefs.h"
#include "perf_buffer.h"
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define HEAD_BYTES       512 /* of a record with stacks, besides the user's; others take 40 */
#define WAKE_BYTES       100
#define FILTER_BYTES_MAX 4000 /* of a tracepoint's filter: one page */

struct profile_events {
	struct profile_sources sources;
	struct perf_buffer
		*buffers; /* [buffers_count] of the threads, then of the processors' wake-ups */
	size_t threads_count, buffers_count;
	const struct profile_events_settings *settings; /* while it is opened */
	unsigned pid_offset;                            /* of the field in sched_waking's record */
};

/* ---- opening ---- */

static size_t stack_bytes(const struct profile_events *events)
{
	return events->settings->is_inherited ? PROFILE_OTHER_STACK_BYTES : PROFILE_STACK_BYTES;
}

static struct perf_event_attr stack_attr(const struct profile_events *events, uint32_t type,
					 uint64_t config, uint64_t period, bool kernel)
{
	struct perf_event_attr attr = perf_buffer_attr(type, config, RECORD_SAMPLE_TYPE);

	attr.sample_period = period;
	attr.exclude_kernel = !kernel;
	/* It follows frame pointers, which libraries do not have. */
	attr.exclude_callchain_user = 1;
	attr.sample_max_stack = PROFILE_KERNEL_MAX;
	attr.sample_stack_user = (uint32_t)stack_bytes(events);
	attr.inherit = events->settings->is_inherited;
	attr.sample_regs_user = record_registers_mask();
	return attr;
}

/* What is tried, the best first. Samples of cycles count kernel and user together, so without the kernel a timer is
 * better. */
static const struct attempt {
	enum profile_clock clock; /* BEST tries it, too */
	uint32_t type;
	uint64_t config;
	const char *name;
	bool is_counted, kernel;
} attempts[] = {
	{PROFILE_CLOCK_BEST, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, "perf:cycles", true,
	 true},
	{PROFILE_CLOCK_TEST, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, "perf:task-clock", true,
	 true},
	{PROFILE_CLOCK_TIMER, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, "perf:cpu-clock", false,
	 true},
	{PROFILE_CLOCK_TIMER, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, "perf:cpu-clock", false,
	 false},
};

/* The events of one thread, on one processor or, if cpu is -1, on all; the kernel's side only with the right to it. */
static int open_thread(const struct profile_events *events, struct perf_buffer *buffer, pid_t id,
		       int cpu, const struct attempt *attempt)
{
	uint64_t period_ns = events->settings->period_ns;
	struct perf_event_attr attr =
		stack_attr(events, attempt->type, attempt->config, period_ns, attempt->kernel);

	attr.context_switch = 1;
	if (attempt->is_counted) { /* the kernel keeps this rate of samples by changing their period */
		attr.freq = 1;
		attr.sample_freq = UINT64_C(1000000000) / period_ns;
	}
	int err = perf_buffer_add(buffer, &attr, id, cpu, events->settings->records_count,
				  stack_bytes(events) + HEAD_BYTES);
	if (err || !attempt->kernel)
		return err;
	attr = stack_attr(events, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, 1, true);
	return perf_buffer_add(buffer, &attr, id, cpu, 0, 0);
}

/* One buffer a thread or, if the events are inherited, a processor that is online for each thread. */
static int open_threads(struct profile_events *events, const struct attempt *attempt)
{
	const struct profile_events_settings *settings = events->settings;
	int cpus_count = settings->is_inherited ? get_nprocs_conf() : 1, err = 0;

	events->threads_count = 0;
	for (size_t i = 0; !err && i < settings->ids_count; i++) {
		for (int cpu = 0; !err && cpu < cpus_count; cpu++) {
			struct perf_buffer *buffer = &events->buffers[events->threads_count];

			err = open_thread(events, buffer, settings->ids[i],
					  settings->is_inherited ? cpu : -1, attempt);
			if (!err) {
				events->threads_count++;
				continue;
			}
			perf_buffer_close(buffer);
			err = err == -ENODEV && settings->is_inherited ? 0 : err;
		}
	}
	while (err && events->threads_count > 0)
		perf_buffer_close(&events->buffers[--events->threads_count]);
	events->buffers_count = events->threads_count;
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

static int open_wake(const struct profile_events *events, struct perf_buffer *buffer, uint64_t id,
		     int cpu, const char *filter)
{
	struct perf_event_attr attr =
		perf_buffer_attr(PERF_TYPE_TRACEPOINT, id, PERF_BUFFER_RAW_TYPE);

	attr.sample_period = 1;
	int err = perf_buffer_add(buffer, &attr, -1, cpu, events->settings->records_count,
				  WAKE_BYTES);
	if (err || !*filter)
		return err;
	return ioctl(buffer->fds[0], PERF_EVENT_IOC_SET_FILTER, filter) ? -errno : 0;
}

/* On all processors that are online. */
static int open_processors(struct profile_events *events, uint64_t id, const char *filter)
{
	int err = 0;

	for (int cpu = 0; !err && cpu < get_nprocs_conf(); cpu++) {
		struct perf_buffer *buffer = &events->buffers[events->buffers_count];

		err = open_wake(events, buffer, id, cpu, filter);
		if (!err) {
			events->buffers_count++;
			continue;
		}
		perf_buffer_close(buffer);
		err = err == -ENODEV ? 0 : err; /* this processor is offline */
	}
	while (err && events->buffers_count > events->threads_count)
		perf_buffer_close(&events->buffers[--events->buffers_count]);
	return err;
}

/* Without wake-ups only the sum of blocked and runnable is known. Threads that are yet to begin cannot be named in a filter. */
static int open_wakes(struct profile_events *events, struct why *why)
{
	const struct profile_events_settings *settings = events->settings;
	char filter[FILTER_BYTES_MAX] = "";
	uint64_t id = 0;
	int root_fd = tracefs_open(why);

	if (root_fd < 0)
		return root_fd;
	int err = tracefs_id(root_fd, "sched/sched_waking", &id);
	if (!err)
		err = tracefs_field(root_fd, "sched/sched_waking", "pid", &events->pid_offset);
	close(root_fd);
	if (!err && !settings->is_inherited)
		err = make_filter(settings->ids, settings->ids_count, filter, sizeof(filter));
	if (!err)
		err = open_processors(events, id, filter);
	return err ? why_set(why, err, "cannot record sched:sched_waking: %s", strerror(-err)) : 0;
}

/* ---- life ---- */

static int explain(int err, struct why *why)
{
	if (err == -EACCES || err == -EPERM)
		return why_set(why, err,
			       "perf events are not allowed: sysctl kernel.perf_event_paranoid=2, "
			       "or run as root");
	return why_set(why, err, "cannot open perf events: %s", strerror(-err));
}

static int open_best(struct profile_events *events)
{
	enum profile_clock clock = events->settings->clock;
	int err = -EOPNOTSUPP;

	for (size_t i = 0; err && i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *attempt = &attempts[i];
		bool is_wanted =
			attempt->clock == clock ||
			(attempt->clock == PROFILE_CLOCK_TIMER && clock == PROFILE_CLOCK_BEST);

		if (!is_wanted)
			continue;
		err = open_threads(events, attempt);
		if (err && attempt->kernel)
			explain(err, &events->sources.kernel_why);
		events->sources.sampled_by = attempt->name;
		events->sources.is_counted = attempt->is_counted;
		events->sources.kernel = attempt->kernel;
	}
	return err;
}

int profile_events_new(const struct profile_events_settings *settings, struct profile_events **out,
		       struct why *why)
{
	size_t cpus_count = (size_t)get_nprocs_conf();
	size_t buffers_max =
		settings->ids_count * (settings->is_inherited ? cpus_count : 1) + cpus_count;
	struct profile_events *events = calloc(1, sizeof(*events));

	if (!record_can_read_stacks()) {
		free(events);
		return why_set(why, -EOPNOTSUPP, "stacks are read on x86-64 only");
	}
	if (!events)
		return -ENOMEM;
	events->buffers = calloc(buffers_max, sizeof(*events->buffers));
	if (!events->buffers) {
		free(events);
		return -ENOMEM;
	}
	for (size_t i = 0; i < buffers_max; i++)
		perf_buffer_init(&events->buffers[i]);
	events->settings = settings;
	int err = open_best(events);
	if (err) {
		profile_events_free(events);
		return explain(err, why);
	}
	events->sources.wakeups = open_wakes(events, &events->sources.wakeups_why) == 0;
	events->settings = NULL;
	*out = events;
	return 0;
}

void profile_events_free(struct profile_events *events)
{
	if (!events)
		return;
	for (size_t i = 0; i < events->buffers_count; i++)
		perf_buffer_close(&events->buffers[i]);
	free(events->buffers);
	free(events);
}

const struct profile_sources *profile_events_sources(const struct profile_events *events)
{
	return &events->sources;
}

static int control(const struct profile_events *events, unsigned long request)
{
	int err = 0;

	for (size_t i = 0; !err && i < events->buffers_count; i++)
		err = perf_buffer_control(&events->buffers[i], request);
	return err;
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

int profile_events_drain(struct profile_events *events)
{
	int err = 0;

	for (size_t i = 0; !err && i < events->buffers_count; i++)
		err = perf_buffer_drain(&events->buffers[i]);
	return err;
}

struct taking {
	struct record_form form;
	int (*take)(void *context, const struct profile_event *event);
	void *context;
};

static int take_record(void *context, const unsigned char *record, size_t len_bytes)
{
	const struct taking *taking = context;
	uint64_t registers[PROFILE_REGISTERS_COUNT] = {0};
	struct profile_event event = {0};

	return record_read(&taking->form, record, len_bytes, registers, &event)
		       ? taking->take(taking->context, &event)
		       : 0;
}

int profile_events_take(struct profile_events *events,
			int (*take)(void *context, const struct profile_event *event),
			void *context)
{
	int err = 0;

	for (size_t i = 0; !err && i < events->buffers_count; i++) {
		struct perf_buffer *buffer = &events->buffers[i];
		struct taking taking = {.form = {.leaves_id = buffer->ids[1],
						 .is_wake = i >= events->threads_count,
						 .pid_offset = events->pid_offset},
					.take = take,
					.context = context};

		err = perf_buffer_take(buffer, take_record, &taking);
		if (!err && buffer->overflowed) {
			struct profile_event lost = {.kind = PROFILE_LOST, .lost_count = 1};
			err = take(context, &lost);
		}
	}
	return err;
}
