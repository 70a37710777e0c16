/* Putting the parts together: see profiler.h. */
#include "profiler.h"

#include "coarse.h"
#include "events.h"
#include "processes.h"
#include "result.h"
#include "spans.h"
#include "stacks.h"
#include "symbols.h"
#include "timeline.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define USER_FRAMES_MAX 128
#define DRAIN_NS                                                                                   \
	5000000 /* in which a processor has 17 samples, and the smallest buffer room for 30 */
#define SAMPLES_MAX 20000 /* of a slice on a processor: 180 MB of a command */

/* A thread that empties the buffers of a command's events while it runs: it may take long, and a user may not lock enough
 * memory. */
struct draining {
	pthread_t thread;
	atomic_bool is_over;
	int err;
};

struct profiler {
	const struct cell *cell;
	pid_t *ids;                      /* [count] the caller first */
	struct timeline_thread *threads; /* [count] the same */
	size_t count;
	struct processes *
		processes; /* of a command: of what the caller starts, and not of the caller; else NULL */
	struct draining draining;
	uint64_t no_code; /* stands for the part of a stack in them that is not known */
	uint64_t period_ns;
	struct profile_events *events; /* NULL: only the coarse clocks */
	struct symbols *symbols;
	struct spans spans;
	struct stacks stacks;
	struct timeline timeline;
	struct timeline_sums sums;
	struct coarse coarse;
	size_t unknown; /* the stack of what has none */
	uint64_t lost_count;
	double wall_ns; /* of all walks, times the threads; of a command, of all lives of threads */
	struct why events_why;
};

/* ---- what a stack says ---- */

/* The system call of a kernel's function: "pread64" of "__x64_sys_pread64". */
static const char *call_of(const char *function)
{
	static const char *const prefixes[] = {"__x64_sys_", "__se_sys_", "__do_sys_",
					       "__arm64_sys_"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i]);
		if (strncmp(function, prefixes[i], len) == 0)
			return function + len;
	}
	return NULL;
}

/* What a thread does in the kernel that entered it by this function; PROFILE_SYSTEM: it does not tell. The names
 * are those of arch/x86/entry/entry_64.S and arch/x86/include/asm/idtentry.h. */
static enum profile_kind kind_of(const char *function)
{
	/* The first steps of a new thread are the end of the call that made it. */
	if (call_of(function) || strstr(function, "SYSCALL_64") ||
	    strcmp(function, "do_syscall_64") == 0 || strstr(function, "ret_from_fork"))
		return PROFILE_SYSCALL;
	if (strstr(function, "page_fault"))
		return PROFILE_FAULT;
	return strstr(function, "sysvec") || strstr(function, "interrupt") ||
			       strstr(function, "irq")
		       ? PROFILE_INTERRUPT
		       : PROFILE_SYSTEM;
}

/* Does a page fault in this function of the kernel read, or wait for what is read? Whether for the page itself or ahead of the
 * reader the stack does not tell: the functions that know are gone from it by tail calls. So this is not what the kernel counts
 * as a major fault. The names are those of mm/filemap.c, mm/readahead.c, mm/swap_state.c. */
static bool reads_for_fault(const char *function)
{
	static const char *const names[] = {
		"do_sync_mmap_readahead", "page_cache_sync_ra", "page_cache_ra_unbounded",
		"page_cache_ra_order",    "filemap_read_folio", "folio_wait_bit_common",
		"__folio_lock_or_retry",  "swapin_readahead",   "page_cache_async_ra"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(function, names[i]) == 0)
			return true;
	return false;
}

/* The outermost function that tells why the thread is in the kernel decides. */
static void classify(struct profiler *profiler, struct stack *stack)
{
	stack->running = stack->kernel_count ? PROFILE_SYSTEM : PROFILE_USER;
	for (unsigned i = stack->kernel_count; i-- > 0;) {
		const char *name =
			symbols_find_kernel(profiler->symbols, stack->kernel[i] - (i > 0)).name;

		if (!name)
			continue;
		if (stack->running == PROFILE_SYSTEM)
			stack->running = kind_of(name);
		if (stack->running == PROFILE_SYSCALL && !stack->call)
			stack->call = call_of(name);
		stack->is_switching |=
			strcmp(name, "schedule") == 0 || strcmp(name, "__schedule") == 0;
		stack->is_reading |= reads_for_fault(name);
	}
	stack->is_reading &= stack->running == PROFILE_FAULT;
	if (stack->running == PROFILE_FAULT)
		stack->call = "page_fault";
}

/* The user's part of a stack, of at most USER_FRAMES_MAX. */
static size_t walk_own_stack(struct profiler *profiler, const struct profile_event *event,
			     uint64_t *user, bool *is_whole)
{
	*is_whole = false;
	return event->registers && event->stack
		       ? symbols_walk_stack(profiler->symbols, NULL, event->registers, event->stack,
					    event->stack_bytes,
					    (uintptr_t)profiler->cell->workload->run, user,
					    USER_FRAMES_MAX, is_whole)
		       : 0;
}

/* Of a process of the command; its program is the outermost frame. */
static size_t walk_other_stack(struct profiler *profiler, const struct profile_event *event,
			       uint64_t *user)
{
	struct process_view view =
		processes_at(profiler->processes, event->process_id, event->time_ns);
	struct symbols_space space = {process_view_inside, &view};
	bool is_whole = false;
	size_t count = 0;

	if (event->registers && event->stack)
		count = symbols_walk_stack(profiler->symbols, &space, event->registers,
					   event->stack, event->stack_bytes, 0, user,
					   USER_FRAMES_MAX - 2, &is_whole);
	if (!is_whole)
		user[count++] = profiler->no_code;
	uint64_t name = process_view_name(&view);
	if (name)
		user[count++] = name;
	return count;
}

static int find_stack(struct profiler *profiler, const struct profile_event *event, size_t *index)
{
	uint64_t user[USER_FRAMES_MAX];
	size_t known = profiler->stacks.count;
	bool is_whole = true;
	size_t user_count = profiler->processes ? walk_other_stack(profiler, event, user)
						: walk_own_stack(profiler, event, user, &is_whole);
	int err = stacks_add(&profiler->stacks, event->kernel, event->kernel_count, user,
			     (unsigned)user_count, index);

	if (err || *index < known)
		return err;
	profiler->stacks.items[*index].is_whole = is_whole;
	classify(profiler, &profiler->stacks.items[*index]);
	return 0;
}

/* ---- life ---- */

/* Of a command there is no profile without them: the clocks are those of this process. */
static int explain_command(int err, const struct why *reason, struct why *why)
{
	return why_set(why, err == -EOPNOTSUPP ? -EACCES : err, "no profile of a command: %s",
		       *reason->text ? reason->text : strerror(-err));
}

/* What a command starts. */
static int open_processes(struct profiler *profiler, struct why *why)
{
	struct why reason = {""};
	int err = symbols_new(&profiler->symbols, &reason);

	if (!err) {
		profiler->no_code = symbols_add_name(profiler->symbols, SPAN_UNKNOWN);
		err = profiler->no_code ? processes_new(profiler->ids[0], profiler->symbols,
							&profiler->processes)
					: -ENOMEM;
	}
	return err ? explain_command(err, &reason, why) : 0;
}

static int open_events(struct profiler *profiler, const struct profiler_settings *settings,
		       struct why *why)
{
	struct profile_events_settings wanted = {
		.ids = profiler->ids,
		.ids_count = profiler->count,
		.is_inherited = settings->cell->command != NULL,
		.clock = settings->clock,
		.period_ns = profiler->period_ns,
		/* A walk may take longer than the one before. */
		.records_count = (size_t)(2 * (settings->slice_ns / profiler->period_ns +
					       settings->switches_count)),
	};
	/* Those of processes first: they need little of the memory that a user may lock, the others take what there is. */
	int err = wanted.is_inherited ? open_processes(profiler, why) : 0;
	if (err)
		return err;
	err = profile_events_new(&wanted, &profiler->events, &profiler->events_why);
	if (err) {
		profiler->events = NULL;
		return wanted.is_inherited ? explain_command(err, &profiler->events_why, why)
		       : err == -ENOMEM    ? err
					   : 0;
	}
	if (!profiler->symbols)
		err = symbols_new(&profiler->symbols, why);
	return err ? err : spans_init(&profiler->spans, profiler->cell);
}

static int set_threads(struct profiler *profiler, const struct profiler_settings *settings)
{
	profiler->count = settings->ids_count + 1;
	profiler->ids = calloc(profiler->count, sizeof(*profiler->ids));
	profiler->threads = calloc(profiler->count, sizeof(*profiler->threads));
	if (!profiler->ids || !profiler->threads)
		return -ENOMEM;
	profiler->ids[0] = (pid_t)syscall(SYS_gettid);
	if (settings->ids_count)
		memcpy(profiler->ids + 1, settings->ids,
		       settings->ids_count * sizeof(*settings->ids));
	for (size_t i = 0; i < profiler->count; i++)
		profiler->threads[i] = (struct timeline_thread){profiler->ids[i], 0, UINT64_MAX};
	return 0;
}

/* Of a command, which may run for long, the samples of a slice are limited. */
static uint64_t period_of(const struct profiler_settings *settings)
{
	uint64_t longest_ns = settings->cell->command ? settings->slice_ns / SAMPLES_MAX : 0;

	return longest_ns > PROFILE_PERIOD_NS ? longest_ns : PROFILE_PERIOD_NS;
}

int profiler_new(const struct profiler_settings *settings, struct profiler **out, struct why *why)
{
	struct profiler *profiler = calloc(1, sizeof(*profiler));
	bool is_command = settings->cell->command != NULL;

	if (!profiler)
		return -ENOMEM;
	profiler->cell = settings->cell;
	profiler->period_ns = period_of(settings);
	int err = set_threads(profiler, settings);
	if (!err && !settings->without_events)
		err = open_events(profiler, settings, why);
	else if (!err && is_command)
		err = why_set(why, -EACCES,
			      "no profile of a command: --counters none allows no perf events");
	err = err ? err : stacks_add(&profiler->stacks, NULL, 0, NULL, 0, &profiler->unknown);
	err = err ? err
		  : coarse_open(&profiler->coarse, profiler->ids, is_command ? 0 : profiler->count);
	if (err) {
		profiler_free(profiler);
		return err;
	}
	*out = profiler;
	return 0;
}

void profiler_free(struct profiler *profiler)
{
	if (!profiler)
		return;
	coarse_close(&profiler->coarse);
	profile_events_free(profiler->events);
	processes_free(profiler->processes);
	timeline_release(&profiler->timeline);
	stacks_release(&profiler->stacks);
	spans_release(&profiler->spans);
	symbols_free(profiler->symbols);
	free(profiler->ids);
	free(profiler->threads);
	free(profiler);
}

/* ---- recording ---- */

static void *drain(void *context)
{
	struct profiler *profiler = context;
	const struct timespec pause = {.tv_nsec = DRAIN_NS};

	while (!profiler->draining.err && !atomic_load(&profiler->draining.is_over)) {
		nanosleep(&pause, NULL);
		profiler->draining.err = profile_events_drain(profiler->events);
		if (!profiler->draining.err)
			profiler->draining.err = processes_drain(profiler->processes);
	}
	return NULL;
}

static void stop_draining(struct profiler *profiler)
{
	atomic_store(&profiler->draining.is_over, true);
	pthread_join(profiler->draining.thread, NULL);
}

static int begin_processes(struct profiler *profiler)
{
	profiler->draining.err = 0;
	atomic_store(&profiler->draining.is_over, false);
	int err = -pthread_create(&profiler->draining.thread, NULL, drain, profiler);
	if (err)
		return err;
	err = processes_enable(profiler->processes);
	err = err ? err : profile_events_enable(profiler->events);
	if (err)
		stop_draining(profiler);
	return err;
}

static int end_processes(struct profiler *profiler)
{
	int err = processes_disable(profiler->processes);

	stop_draining(profiler);
	err = err ? err : profiler->draining.err;
	return err ? err : processes_take(profiler->processes, &profiler->lost_count);
}

int profiler_begin(struct profiler *profiler)
{
	coarse_begin(&profiler->coarse);
	if (profiler->processes)
		return begin_processes(profiler);
	return profiler->events ? profile_events_enable(profiler->events) : 0;
}

static int take_event(void *context, const struct profile_event *event)
{
	struct profiler *profiler = context;
	struct moment moment = {.time_ns = event->time_ns,
				.stack = STACK_NONE,
				.thread_id = event->thread_id,
				.kind = event->kind,
				.is_preempted = event->is_preempted};
	int err = 0;

	if (event->kind == PROFILE_LOST) {
		profiler->lost_count += event->lost_count;
		return 0;
	}
	if (event->kind == PROFILE_SAMPLE || event->kind == PROFILE_LEAVES)
		err = find_stack(profiler, event, &moment.stack);
	return err ? err : timeline_add_moment(&profiler->timeline, &moment);
}

/* What a sample counts for at first; counted samples get their time at the end. */
static double sample_ns(const struct profiler *profiler)
{
	return profile_events_sources(profiler->events)->is_counted ? 1
								    : (double)profiler->period_ns;
}

/* Of the walks that were recorded: the threads that walk, or those of a command. */
static void sum_up(struct profiler *profiler)
{
	const struct timeline_thread *threads = profiler->threads;
	size_t count = profiler->count;

	if (profiler->processes) {
		threads = processes_threads(profiler->processes, &count);
		for (size_t i = 0; i < count; i++)
			profiler->wall_ns += timeline_life_ns(&profiler->timeline, &threads[i]);
	}
	timeline_sum_up(&profiler->timeline, threads, count, sample_ns(profiler), &profiler->stacks,
			profiler->unknown, &profiler->sums);
}

int profiler_end(struct profiler *profiler)
{
	int err = profiler->events ? profile_events_disable(profiler->events) : 0;

	coarse_end(&profiler->coarse);
	if (profiler->processes) {
		int end_err = end_processes(profiler);
		err = err ? err : end_err;
	}
	if (!err && profiler->events)
		err = profile_events_take(profiler->events, take_event, profiler);
	if (!err && profiler->events)
		sum_up(profiler);
	return err;
}

int profiler_walked(struct profiler *profiler, uint64_t began_ns, uint64_t ended_ns)
{
	if (!profiler->processes)
		profiler->wall_ns += (double)(ended_ns - began_ns) * (double)profiler->count;
	return profiler->events ? timeline_add_window(&profiler->timeline, began_ns, ended_ns) : 0;
}

int profiler_result(struct profiler *profiler, uint64_t walks, json_t *metrics, json_t *sources,
		    json_t **detail)
{
	struct profile_result result = {
		.stacks = &profiler->stacks,
		.spans = &profiler->spans,
		.symbols = profiler->symbols,
		.sums = &profiler->sums,
		.timeline = &profiler->timeline,
		.coarse = &profiler->coarse,
		.sources = profiler->events ? profile_events_sources(profiler->events) : NULL,
		.why_no_events = profiler->events_why.text,
		.lost_count = profiler->lost_count,
		.is_command = profiler->processes != NULL,
		.walks = (double)walks,
		.wall_ns = profiler->wall_ns,
	};

	return profile_result_write(&result, metrics, sources, detail);
}
