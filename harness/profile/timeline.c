/* The sweep over a thread's events: see timeline.h. */
#include "timeline.h"

#include "../base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int timeline_add_moment(struct timeline *timeline, const struct moment *moment)
{
	struct moment *next = array_next((void **)&timeline->moments, timeline->count,
					 &timeline->capacity, sizeof(*moment));

	if (!next)
		return -ENOMEM;
	*next = *moment;
	timeline->count++;
	return 0;
}

int timeline_add_window(struct timeline *timeline, uint64_t began_ns, uint64_t ended_ns)
{
	struct window *next = array_next((void **)&timeline->windows, timeline->windows_count,
					 &timeline->windows_capacity, sizeof(*next));

	if (!next)
		return -ENOMEM;
	*next = (struct window){began_ns, ended_ns};
	timeline->windows_count++;
	return 0;
}

void timeline_release(struct timeline *timeline)
{
	free(timeline->moments);
	free(timeline->windows);
	free(timeline->entries);
	*timeline = (struct timeline){0};
}

/* ---- one thread ---- */

/* A sweep over the moments of one thread. */
struct sweep {
	struct timeline *timeline;
	const struct timeline_thread *life;
	size_t thread; /* its index */
	struct stacks *stacks;
	struct timeline_sums *sums;
	size_t unknown;
	size_t window; /* the first that does not end before the current moment */
	bool is_off;   /* since off_ns */
	bool is_preempted;
	uint64_t off_ns, woken_ns; /* woken_ns 0: not yet */
	size_t leaving;            /* the stack with which it left, or STACK_NONE */
};

/* The part of [from, to), as far as the thread lived, that lies in windows from `first` on, in nanoseconds. */
static double within_windows(const struct timeline *timeline, size_t first,
			     const struct timeline_thread *life, uint64_t from, uint64_t to)
{
	double sum = 0;

	from = life->began_ns > from ? life->began_ns : from;
	to = life->ended_ns < to ? life->ended_ns : to;
	for (size_t i = first; i < timeline->windows_count; i++) {
		const struct window *window = &timeline->windows[i];
		uint64_t begin = window->began_ns > from ? window->began_ns : from;
		uint64_t end = window->ended_ns < to ? window->ended_ns : to;

		if (window->began_ns >= to)
			break;
		if (begin < end)
			sum += (double)(end - begin);
	}
	return sum;
}

double timeline_life_ns(const struct timeline *timeline, const struct timeline_thread *thread)
{
	return within_windows(timeline, 0, thread, 0, UINT64_MAX);
}

static double off_ns(const struct sweep *sweep, uint64_t from, uint64_t to)
{
	return within_windows(sweep->timeline, sweep->window, sweep->life, from, to);
}

static void add(const struct sweep *sweep, size_t stack, enum profile_kind kind, uint64_t at_ns,
		double ns)
{
	struct timeline *timeline = sweep->timeline;
	size_t known = stack == STACK_NONE ? sweep->unknown : stack;
	struct stack *into = &sweep->stacks->items[known];
	bool is_wait = kind == PROFILE_BLOCKED || kind == PROFILE_RUNNABLE;

	into->ns[kind] += ns;
	into->count[kind]++;
	if (timeline->entries && timeline->entries_count < TIMELINE_ENTRIES_MAX)
		timeline->entries[timeline->entries_count++] =
			(struct timeline_entry){.at_ns = at_ns,
						.ns = is_wait ? ns : 0,
						.thread = sweep->thread,
						.stack = known,
						.kind = kind};
}

static void come_back(struct sweep *sweep, uint64_t time_ns)
{
	uint64_t woken_ns = sweep->is_preempted               ? sweep->off_ns
			    : sweep->woken_ns > sweep->off_ns ? sweep->woken_ns
							      : time_ns;
	double blocked_ns = off_ns(sweep, sweep->off_ns, woken_ns);
	double runnable_ns = off_ns(sweep, woken_ns, time_ns);

	if (woken_ns == time_ns)
		sweep->sums->unwoken_ns += blocked_ns;

	if (blocked_ns > 0)
		add(sweep, sweep->leaving, PROFILE_BLOCKED, sweep->off_ns, blocked_ns);
	if (runnable_ns > 0)
		add(sweep, sweep->leaving, PROFILE_RUNNABLE, woken_ns, runnable_ns);
	sweep->sums->off_ns += blocked_ns + runnable_ns;
	sweep->is_off = false;
	sweep->leaving = STACK_NONE;
}

static bool is_within(struct sweep *sweep, uint64_t time_ns)
{
	const struct window *windows = sweep->timeline->windows;

	return sweep->window < sweep->timeline->windows_count &&
	       windows[sweep->window].began_ns <= time_ns;
}

/* Windows that end before the moment, and before the thread left, are over. */
static void pass_windows(struct sweep *sweep, uint64_t time_ns)
{
	uint64_t earliest_ns = sweep->is_off && sweep->off_ns < time_ns ? sweep->off_ns : time_ns;

	while (sweep->window < sweep->timeline->windows_count &&
	       sweep->timeline->windows[sweep->window].ended_ns <= earliest_ns)
		sweep->window++;
}

static void take(struct sweep *sweep, const struct moment *moment, double period_ns)
{
	size_t stack;

	pass_windows(sweep, moment->time_ns);
	switch (moment->kind) {
	case PROFILE_SAMPLE:
		if (!is_within(sweep, moment->time_ns))
			break;
		stack = moment->stack == STACK_NONE ? sweep->unknown : moment->stack;
		add(sweep, stack, sweep->stacks->items[stack].running, moment->time_ns, period_ns);
		*(sweep->stacks->items[stack].is_switching ? &sweep->sums->switching_ns
							   : &sweep->sums->sampled_ns) += period_ns;
		sweep->sums->samples_count++;
		break;
	case PROFILE_LEAVES:
		sweep->leaving = moment->stack;
		break;
	case PROFILE_OUT:
		sweep->is_off = true;
		sweep->is_preempted = moment->is_preempted;
		sweep->off_ns = moment->time_ns;
		sweep->woken_ns = 0;
		break;
	case PROFILE_WOKEN:
		if (sweep->is_off && !sweep->woken_ns)
			sweep->woken_ns = moment->time_ns;
		break;
	case PROFILE_IN:
		if (sweep->is_off)
			come_back(sweep, moment->time_ns);
		break;
	case PROFILE_LOST:
		break;
	}
}

static int compare(const void *a, const void *b)
{
	const struct moment *left = a, *right = b;

	if (left->thread_id != right->thread_id)
		return left->thread_id < right->thread_id ? -1 : 1;
	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return (int)left->kind - (int)right->kind; /* a thread leaves before it is out */
}

/* Is the thread off its processor before its first moment? A thread that waits from before the first
 * walk on first comes back; one without any moment waited all the time. */
static bool begins_off(const struct moment *moments, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (moments[i].kind == PROFILE_OUT || moments[i].kind == PROFILE_SAMPLE)
			return false;
		if (moments[i].kind == PROFILE_IN)
			return true;
	}
	return true;
}

/* The first moment of a thread, or the place where it would be: the moments are sorted. */
static size_t first_moment(const struct timeline *timeline, pid_t thread_id)
{
	size_t low = 0, high = timeline->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (timeline->moments[middle].thread_id < thread_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* One thread from its first moment to the end of the last window. */
static void sum_up_thread(struct sweep *sweep, bool runs_at_first, double period_ns)
{
	struct timeline *timeline = sweep->timeline;
	bool is_new = sweep->life->began_ns > 0;
	size_t first = first_moment(timeline, sweep->life->id), last = first;

	while (last < timeline->count && timeline->moments[last].thread_id == sweep->life->id)
		last++;
	sweep->is_off =
		(is_new || !runs_at_first) && begins_off(timeline->moments + first, last - first);
	sweep->is_preempted = is_new; /* it waits for a processor */
	for (size_t i = first; i < last; i++)
		take(sweep, &timeline->moments[i], period_ns);
	if (sweep->is_off)
		come_back(sweep, timeline->ended_ns);
}

void timeline_sum_up(struct timeline *timeline, const struct timeline_thread *threads, size_t count,
		     double period_ns, struct stacks *stacks, size_t unknown,
		     struct timeline_sums *sums)
{
	/* Without memory for the entries there are none; the sums need none. */
	if (!timeline->entries)
		timeline->entries = calloc(TIMELINE_ENTRIES_MAX, sizeof(*timeline->entries));
	timeline->entries_count = 0;
	timeline->began_ns = timeline->windows_count ? timeline->windows[0].began_ns : 0;
	timeline->ended_ns = timeline->windows_count
				     ? timeline->windows[timeline->windows_count - 1].ended_ns
				     : 0;
	if (timeline->count)
		qsort(timeline->moments, timeline->count, sizeof(*timeline->moments), compare);
	for (size_t t = 0; t < count; t++) {
		struct sweep sweep = {.timeline = timeline,
				      .life = &threads[t],
				      .thread = t,
				      .stacks = stacks,
				      .sums = sums,
				      .unknown = unknown,
				      .leaving = STACK_NONE};

		sum_up_thread(&sweep, t == 0, period_ns);
	}
	timeline->count = timeline->windows_count = 0;
}
