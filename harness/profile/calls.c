/* Pairs of raw_syscalls:sys_enter and sys_exit: see calls.h. */
#include "calls.h"

#include "../base/clock.h"
#include "../base/histogram.h"
#include "../count/syscall_events.h"
#include "../count/tracefs.h"
#include "perf_buffer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECORD_BYTES 128
#define TRIAL_CALLS  400  /* of a call that does nothing, to calibrate */
#define BARE_CALLS   2000 /* the same without recording */
#define OTHER_NAME   "other"

/* The calls of one name. */
struct figures {
	const char *name;
	double total_ns;
	struct histogram histogram;
};

struct thread {
	struct perf_buffer buffer;
	long number;       /* of the call that it is in, or -1 */
	uint64_t began_ns; /* 0: it is not known whether it is in one */
};

struct calls {
	struct thread *threads; /* [count] */
	size_t count;
	uint64_t calls_max;                 /* that a thread's buffer has to hold */
	unsigned enter_offset, exit_offset; /* of the field id */
	uint64_t overhead_ns;               /* that recording adds to a call */
	uint64_t began_ns, ended_ns;        /* of the walks */
	struct thread *taking;              /* whose records are read */
	struct figures *figures;            /* [figures_count] by name */
	size_t figures_count;
	uint64_t lost_count;
};

/* ---- opening ---- */

static int open_thread(struct thread *thread, pid_t id, uint64_t enter_id, uint64_t exit_id,
		       size_t records_count)
{
	struct perf_event_attr attr =
		perf_buffer_attr(PERF_TYPE_TRACEPOINT, enter_id, PERF_BUFFER_RAW_TYPE);

	attr.sample_period = 1;
	thread->number = -1;
	int err = perf_buffer_add(&thread->buffer, &attr, id, -1, records_count, RECORD_BYTES);
	attr.config = exit_id;
	return err ? err : perf_buffer_add(&thread->buffer, &attr, id, -1, 0, 0);
}

static int open_threads(struct calls *calls, const pid_t *ids, struct why *why)
{
	uint64_t enter_id = 0, exit_id = 0;
	int root_fd = tracefs_open(why);

	if (root_fd < 0)
		return root_fd;
	int err = tracefs_id(root_fd, "raw_syscalls/sys_enter", &enter_id);
	err = err ? err : tracefs_id(root_fd, "raw_syscalls/sys_exit", &exit_id);
	err = err ? err
		  : tracefs_field(root_fd, "raw_syscalls/sys_enter", "id", &calls->enter_offset);
	err = err ? err
		  : tracefs_field(root_fd, "raw_syscalls/sys_exit", "id", &calls->exit_offset);
	close(root_fd);
	for (size_t i = 0; !err && i < calls->count; i++)
		err = open_thread(&calls->threads[i], i ? ids[i - 1] : 0, enter_id, exit_id,
				  2 * calls->calls_max);
	return err ? why_set(why, err, "cannot record system calls: %s", strerror(-err)) : 0;
}

/* ---- reading ---- */

static struct figures *figures_of(struct calls *calls, const char *name)
{
	for (size_t i = 0; i < calls->figures_count; i++) {
		if (strcmp(calls->figures[i].name, name) == 0)
			return &calls->figures[i];
	}
	struct figures *grown =
		realloc(calls->figures, (calls->figures_count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	calls->figures = grown;
	struct figures *figures = &grown[calls->figures_count++];
	memset(figures, 0, sizeof(*figures));
	figures->name = name;
	return figures;
}

static int add_call(struct calls *calls, long number, uint64_t ns)
{
	const char *name = syscall_name(number);
	struct figures *figures = figures_of(calls, name ? name : OTHER_NAME);

	if (!figures)
		return -ENOMEM;
	ns = ns > calls->overhead_ns ? ns - calls->overhead_ns : 0;
	figures->total_ns += (double)ns;
	histogram_record(&figures->histogram, ns);
	return 0;
}

static int take_record(void *context, const unsigned char *record, size_t len_bytes)
{
	struct calls *calls = context;
	struct thread *thread = calls->taking;
	struct perf_raw raw;
	int64_t number;

	if (!perf_raw_read(record, len_bytes, &raw, &calls->lost_count))
		return 0;
	bool enters = raw.id == thread->buffer.ids[0];
	int err = perf_raw_field(&raw, enters ? calls->enter_offset : calls->exit_offset, &number,
				 sizeof(number));
	if (err)
		return err;
	uint64_t time_ns = raw.time_ns;
	bool is_pair = !enters && thread->number == number && thread->began_ns >= calls->began_ns &&
		       time_ns <= calls->ended_ns;
	uint64_t began_ns = thread->began_ns;
	thread->number = enters ? (long)number : -1;
	thread->began_ns = time_ns;
	return is_pair ? add_call(calls, (long)number, time_ns - began_ns) : 0;
}

static int control(const struct calls *calls, unsigned long request)
{
	int err = 0;

	for (size_t i = 0; !err && i < calls->count; i++)
		err = perf_buffer_control(&calls->threads[i].buffer, request);
	return err;
}

int calls_begin(struct calls *calls)
{
	return control(calls, PERF_EVENT_IOC_ENABLE);
}

void calls_walked(struct calls *calls, uint64_t began_ns, uint64_t ended_ns)
{
	calls->began_ns = began_ns;
	calls->ended_ns = ended_ns;
}

int calls_end(struct calls *calls)
{
	int err = control(calls, PERF_EVENT_IOC_DISABLE);

	for (size_t i = 0; !err && i < calls->count; i++) {
		calls->taking = &calls->threads[i];
		err = perf_buffer_take(&calls->threads[i].buffer, take_record, calls);
		calls->lost_count += calls->threads[i].buffer.overflowed;
		calls->threads[i].number = -1;
	}
	return err;
}

/* ---- life ---- */

static void forget(struct calls *calls)
{
	calls->figures_count = 0;
	calls->lost_count = 0;
}

/* The recorded time of a call that does nothing, less what it takes without recording. */
static int calibrate(struct calls *calls)
{
	uint64_t began_ns = clock_now_ns();

	for (unsigned i = 0; i < BARE_CALLS; i++)
		syscall(SYS_getppid);
	uint64_t bare_ns = (clock_now_ns() - began_ns) / BARE_CALLS;
	int err = calls_begin(calls);
	began_ns = clock_now_ns();
	for (unsigned i = 0; !err && i < TRIAL_CALLS; i++)
		syscall(SYS_getppid);
	calls_walked(calls, began_ns, clock_now_ns());
	int end_err = calls_end(calls);
	if (err || end_err)
		return err ? err : end_err;
	for (size_t i = 0; i < calls->figures_count; i++) {
		const struct histogram *histogram = &calls->figures[i].histogram;
		if (histogram->total_count >= TRIAL_CALLS) {
			uint64_t recorded_ns = histogram_quantile(histogram, 0.5);
			calls->overhead_ns = recorded_ns > bare_ns ? recorded_ns - bare_ns : 0;
		}
	}
	forget(calls);
	return 0;
}

int calls_new(const pid_t *ids, size_t count, uint64_t calls_count, struct calls **out,
	      struct why *why)
{
	struct calls *calls = calloc(1, sizeof(*calls));

	if (!calls)
		return -ENOMEM;
	calls->threads = calloc(count + 1, sizeof(*calls->threads));
	if (!calls->threads) {
		free(calls);
		return -ENOMEM;
	}
	calls->count = count + 1;
	calls->calls_max = calls_count;
	for (size_t i = 0; i < calls->count; i++)
		perf_buffer_init(&calls->threads[i].buffer);
	int err = open_threads(calls, ids, why);
	err = err ? err : calibrate(calls);
	if (err) {
		calls_free(calls);
		return err;
	}
	*out = calls;
	return 0;
}

void calls_free(struct calls *calls)
{
	if (!calls)
		return;
	forget(calls);
	for (size_t i = 0; i < calls->count; i++)
		perf_buffer_close(&calls->threads[i].buffer);
	free(calls->figures);
	free(calls->threads);
	free(calls);
}

json_t *calls_result(const struct calls *calls, uint64_t walks)
{
	json_t *result = json_object();

	if (calls->lost_count) {
		json_decref(result);
		return NULL;
	}
	for (size_t i = 0; i < calls->figures_count; i++) {
		const struct figures *figures = &calls->figures[i];
		const struct histogram *histogram = &figures->histogram;
		double count = (double)histogram->total_count;

		json_object_set_new(result, figures->name,
				    json_pack("{sf sf sI sI sI}", "count", count / (double)walks,
					      "mean_ns", figures->total_ns / count, "p50_ns",
					      (json_int_t)histogram_quantile(histogram, .5),
					      "p99_ns",
					      (json_int_t)histogram_quantile(histogram, .99),
					      "worst_ns", (json_int_t)histogram->max_value));
	}
	return result;
}
