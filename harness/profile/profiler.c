/* Putting the parts together: see profiler.h. */
#include "profiler.h"

#include "coarse.h"
#include "events.h"
#include "result.h"
#include "spans.h"
#include "stacks.h"
#include "symbols.h"
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USER_FRAMES_MAX 128

struct profiler {
	const struct cell *cell;
	pid_t *ids; /* [count] the caller first */
	size_t count;
	struct profile_events *events; /* NULL: only the coarse clocks */
	struct symbols *symbols;
	struct spans spans;
	struct stacks stacks;
	struct timeline timeline;
	struct timeline_sums sums;
	struct coarse coarse;
	size_t unknown; /* the stack of what has none */
	uint64_t lost_count;
	double wall_ns; /* of all walks, times the threads */
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
	if (call_of(function) || strstr(function, "SYSCALL_64") ||
	    strcmp(function, "do_syscall_64") == 0)
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

static int find_stack(struct profiler *profiler, const struct profile_event *event, size_t *index)
{
	uint64_t user[USER_FRAMES_MAX];
	size_t user_count = 0, known = profiler->stacks.count;
	bool is_whole = false;

	if (event->registers && event->stack)
		user_count = symbols_walk_stack(
			profiler->symbols, event->registers, event->stack, event->stack_bytes,
			(uintptr_t)profiler->cell->workload->run, user, USER_FRAMES_MAX, &is_whole);
	int err = stacks_add(&profiler->stacks, event->kernel, event->kernel_count, user,
			     (unsigned)user_count, index);
	if (err || *index < known)
		return err;
	profiler->stacks.items[*index].is_whole = is_whole;
	classify(profiler, &profiler->stacks.items[*index]);
	return 0;
}

/* ---- life ---- */

static int open_events(struct profiler *profiler, const struct profiler_settings *settings,
		       struct why *why)
{
	/* A walk may take longer than the one before. */
	size_t records_count =
		(size_t)(2 * (settings->slice_ns / PROFILE_PERIOD_NS + settings->switches_count));
	int err = profile_events_new(profiler->ids, profiler->count, settings->clock,
				     PROFILE_PERIOD_NS, records_count, &profiler->events,
				     &profiler->events_why);

	if (err) {
		profiler->events = NULL;
		return err == -ENOMEM ? err : 0;
	}
	err = symbols_new(&profiler->symbols, why);
	return err ? err : spans_init(&profiler->spans, profiler->cell);
}

int profiler_new(const struct profiler_settings *settings, struct profiler **out, struct why *why)
{
	struct profiler *profiler = calloc(1, sizeof(*profiler));

	if (!profiler)
		return -ENOMEM;
	profiler->cell = settings->cell;
	profiler->count = settings->ids_count + 1;
	profiler->ids = calloc(profiler->count, sizeof(*profiler->ids));
	int err = profiler->ids ? 0 : -ENOMEM;
	if (!err) {
		profiler->ids[0] = (pid_t)syscall(SYS_gettid);
		if (settings->ids_count)
			memcpy(profiler->ids + 1, settings->ids,
			       settings->ids_count * sizeof(*settings->ids));
		err = settings->without_events ? 0 : open_events(profiler, settings, why);
	}
	err = err ? err : stacks_add(&profiler->stacks, NULL, 0, NULL, 0, &profiler->unknown);
	err = err ? err : coarse_open(&profiler->coarse, profiler->ids, profiler->count);
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
	timeline_release(&profiler->timeline);
	stacks_release(&profiler->stacks);
	spans_release(&profiler->spans);
	symbols_free(profiler->symbols);
	free(profiler->ids);
	free(profiler);
}

/* ---- recording ---- */

int profiler_begin(struct profiler *profiler)
{
	coarse_begin(&profiler->coarse);
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
	return profile_events_sources(profiler->events)->is_counted ? 1 : PROFILE_PERIOD_NS;
}

int profiler_end(struct profiler *profiler)
{
	int err = profiler->events ? profile_events_disable(profiler->events) : 0;

	coarse_end(&profiler->coarse);
	if (!err && profiler->events)
		err = profile_events_take(profiler->events, take_event, profiler);
	if (!err && profiler->events)
		timeline_sum_up(&profiler->timeline, profiler->ids, profiler->count,
				sample_ns(profiler), &profiler->stacks, profiler->unknown,
				&profiler->sums);
	return err;
}

int profiler_walked(struct profiler *profiler, uint64_t began_ns, uint64_t ended_ns)
{
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
		.walks = (double)walks,
		.wall_ns = profiler->wall_ns,
	};

	return profile_result_write(&result, metrics, sources, detail);
}
