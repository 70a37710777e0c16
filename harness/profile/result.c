/*
 * What is recorded of a profile: see result.h.
 *
 * Every part is added up on its own, and what is left of the wall time is `unassigned_ns`; only samples in the
 * scheduler are limited to what there is.
 */
#include "result.h"

#include "../base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_to(json_t *object, const char *key, double ns)
{
	json_object_set_new(object, key,
			    json_real(json_number_value(json_object_get(object, key)) + ns));
}

/* "syscall_pread64_ns", "blocked_pread64_ns", … */
static void add_call(json_t *object, const char *part, const char *call, double ns)
{
	char key[128];

	snprintf(key, sizeof(key), "%s_%s_ns", part, call);
	add_to(object, key, ns);
}

/*
 * What a sample in the scheduler counts for. The timer that samples is stopped and started at each switch,
 * which takes 2 µs that no walk without a profile has and that lie outside the exact time on a processor; so
 * these samples share what the others leave of that time, and never count for more than they are.
 */
static double switching_share(const struct profile_result *result)
{
	const struct timeline_sums *sums = result->sums;
	double left_ns = result->wall_ns - sums->off_ns - sums->sampled_ns;

	return sums->switching_ns > 0 ? fmin(fmax(left_ns / sums->switching_ns, 0), 1) : 1;
}

/* What a sample that is counted in cycles stands for: all of them share the time on a processor. */
static double counted_share(const struct profile_result *result)
{
	const struct timeline_sums *sums = result->sums;
	double on_ns = result->wall_ns - sums->off_ns;

	return sums->samples_count ? on_ns / (double)sums->samples_count : 0;
}

/* Of one walk. */
static double time_of(const struct profile_result *result, const struct stack *stack, unsigned kind)
{
	bool is_off = kind == PROFILE_RUNNABLE || kind == PROFILE_BLOCKED;
	bool is_counted = result->sources && result->sources->is_counted;
	double share = is_off                ? 1
		       : is_counted          ? counted_share(result)
		       : stack->is_switching ? switching_share(result)
					     : 1;

	return share * stack->ns[kind] / result->walks;
}

/* The parts of a stack's times, per walk, added to `into`. */
static void add_parts(const struct profile_result *result, const struct stack *stack, json_t *into)
{
	for (unsigned kind = 0; kind < PROFILE_KINDS_COUNT; kind++) {
		double ns = time_of(result, stack, kind);
		char key[64];

		if (!(ns > 0))
			continue;
		snprintf(key, sizeof(key), "%s_ns", profile_kind_names[kind]);
		add_to(into, key, ns);
		if (kind == PROFILE_FAULT)
			add_to(into, stack->is_reading ? "fault_read_ns" : "fault_map_ns", ns);
		if (stack->call && (kind == PROFILE_SYSCALL || kind == PROFILE_BLOCKED))
			add_call(into, profile_kind_names[kind], stack->call, ns);
	}
}

static bool has_time(const struct stack *stack)
{
	for (unsigned kind = 0; kind < PROFILE_KINDS_COUNT; kind++) {
		if (stack->ns[kind] > 0)
			return true;
	}
	return false;
}

static double part_of(const json_t *metrics, const char *kind)
{
	char key[64];

	snprintf(key, sizeof(key), "%s_ns", kind);
	return json_number_value(json_object_get(metrics, key));
}

/* ---- stacks ---- */

/* The index of a name in the array of frames; `known` has the indices by name. */
static json_int_t frame_index(json_t *frames, json_t *known, const char *name)
{
	json_t *index = json_object_get(known, name);

	if (index)
		return json_integer_value(index);
	json_int_t next = (json_int_t)json_array_size(frames);
	json_array_append_new(frames, json_text(name));
	json_object_set_new(known, name, json_integer(next));
	return next;
}

static void append_frame(json_t *stack, json_t *frames, json_t *known, const char *name,
			 const char *mark)
{
	char text[400];

	snprintf(text, sizeof(text), "%s%s", name ? name : "[unknown]", mark);
	json_array_append_new(stack, json_integer(frame_index(frames, known, text)));
}

/* The frames of a stack, outermost first; those of the kernel end in "_[k]", as other tools write
 * them. */
static json_t *frames_json(const struct profile_result *result, const struct stack *stack,
			   json_t *frames, json_t *known)
{
	json_t *indices = json_array();

	if (!stack->is_whole)
		append_frame(indices, frames, known, SPAN_UNKNOWN, "");
	for (unsigned i = stack->user_count; i-- > 0;)
		append_frame(indices, frames, known,
			     symbols_find(result->symbols, stack->user[i] - (i > 0)).name, "");
	for (unsigned i = stack->kernel_count; i-- > 0;)
		append_frame(indices, frames, known,
			     symbols_find_kernel(result->symbols, stack->kernel[i] - (i > 0)).name,
			     "_[k]");
	return indices;
}

/* Stacks of different addresses that have the same names become one. */
static void add_stack(const struct profile_result *result, const struct stack *stack,
		      json_t *by_frames, json_t *frames, json_t *known)
{
	json_t *indices = frames_json(result, stack, frames, known);
	char *key = json_dumps(indices, JSON_COMPACT);
	json_t *entry = key ? json_object_get(by_frames, key) : NULL;

	if (key && !entry) {
		entry = json_pack("{sO}", "frames", indices);
		json_object_set_new(by_frames, key, entry);
	}
	for (unsigned kind = 0; entry && kind < PROFILE_KINDS_COUNT; kind++) {
		char name[64];

		snprintf(name, sizeof(name), "%s_ns", profile_kind_names[kind]);
		double ns = time_of(result, stack, kind);
		if (ns > 0)
			add_to(entry, name, ns);
	}
	free(key);
	json_decref(indices);
}

static json_t *stacks_json(const struct profile_result *result)
{
	json_t *frames = json_array(), *known = json_object(), *by_frames = json_object();
	json_t *list = json_array(), *entry;
	const char *key;

	for (size_t i = 0; i < result->stacks->count; i++) {
		if (has_time(&result->stacks->items[i]))
			add_stack(result, &result->stacks->items[i], by_frames, frames, known);
	}
	json_object_foreach(by_frames, key, entry)
	{
		json_array_append(list, entry);
	}
	json_decref(by_frames);
	json_decref(known);
	return json_pack("{so so}", "frames", frames, "stacks", list);
}

/* ---- the last recording, moment by moment ---- */

/* The call that a thread waits in, or the innermost function of the user's part. */
static const char *label_of(const struct profile_result *result, const struct timeline_entry *entry)
{
	const struct stack *stack = &result->stacks->items[entry->stack];
	const char *name = NULL;

	if (stack->call)
		return stack->call;
	for (unsigned i = 0; !name && i < stack->user_count; i++)
		name = symbols_find(result->symbols, stack->user[i] - (i > 0)).name;
	return name ? name : SPAN_UNKNOWN;
}

/* Events as [thread, at_ns, ns, kind, label]; kind and label are indices in `names`. */
static json_t *timeline_json(const struct profile_result *result)
{
	const struct timeline *timeline = result->timeline;
	json_t *names = json_array(), *known = json_object(), *events = json_array();

	for (size_t i = 0; i < timeline->entries_count; i++) {
		const struct timeline_entry *entry = &timeline->entries[i];
		uint64_t at_ns =
			entry->at_ns > timeline->began_ns ? entry->at_ns - timeline->began_ns : 0;
		json_t *event = json_pack(
			"[I,I,f,I,I]", (json_int_t)entry->thread, (json_int_t)at_ns, entry->ns,
			frame_index(names, known, profile_kind_names[entry->kind]),
			frame_index(names, known, label_of(result, entry)));
		json_array_append_new(events, event);
	}
	json_decref(known);
	return json_pack("{sI so so}", "wall_ns",
			 (json_int_t)(timeline->ended_ns - timeline->began_ns), "names", names,
			 "events", events);
}

/* ---- without stacks ---- */

/* What only the coarse clocks tell. */
static void set_coarse(const struct profile_result *result, double wall_ns, json_t *metrics)
{
	const struct coarse *coarse = result->coarse;
	double running_ns = (double)coarse->sums.running_ns / result->walks;
	double user_us = (double)coarse->sums.user_us, system_us = (double)coarse->sums.system_us;

	if (!coarse->has_schedstat)
		return;
	double runnable_ns = (double)coarse->sums.runnable_ns / result->walks;
	double user_ns =
		user_us + system_us > 0 ? running_ns * user_us / (user_us + system_us) : running_ns;
	json_object_set_new(metrics, "user_ns", json_real(user_ns));
	json_object_set_new(metrics, "system_ns", json_real(running_ns - user_ns));
	json_object_set_new(metrics, "runnable_ns", json_real(runnable_ns));
	json_object_set_new(metrics, "blocked_ns",
			    json_real(fmax(wall_ns - running_ns - runnable_ns, 0)));
}

/* Samples of the user's code and switches, but nothing of the kernel: what a thread ran beside its user code
 * was the kernel. */
static void set_system(const struct profile_result *result, double wall_ns, json_t *metrics)
{
	double off_ns = result->sums->off_ns / result->walks;
	double user_ns = part_of(metrics, "user");

	json_object_set_new(metrics, "system_ns", json_real(fmax(wall_ns - off_ns - user_ns, 0)));
}

/* Intervals whose wake-up was not recorded count as blocked, with what was runnable in them; schedstat knows how
 * much was runnable in all. */
static void split_runnable(const struct profile_result *result, json_t *metrics)
{
	double known_ns = part_of(metrics, "runnable");
	double runnable_ns = (double)result->coarse->sums.runnable_ns / result->walks;
	double more_ns =
		fmin(fmax(runnable_ns - known_ns, 0), result->sums->unwoken_ns / result->walks);

	if (!result->coarse->has_schedstat || !(more_ns > 0))
		return;
	add_to(metrics, "runnable_ns", more_ns);
	add_to(metrics, "blocked_ns", -more_ns);
}

/* ---- all of it ---- */

static void set_sources(const struct profile_result *result, json_t *sources)
{
	const struct profile_sources *has = result->sources;
	const char *off = !has           ? "schedstat"
			  : has->wakeups ? "perf:switch+sched_waking"
					 : "perf:switch+schedstat";

	json_object_set_new(sources, "user_ns", json_string(has ? has->sampled_by : "getrusage"));
	json_object_set_new(sources, "blocked_ns", json_string(off));
	json_object_set_new(sources, "runnable_ns", json_string(off));
	json_object_set_new(sources, has && has->kernel ? "syscall_ns" : "system_ns",
			    json_string(has && has->kernel ? has->sampled_by
					: has              ? "wall - user - off"
							   : "getrusage"));
}

static void set_unassigned(double wall_ns, json_t *metrics)
{
	double assigned_ns = 0;

	for (unsigned kind = 0; kind < PROFILE_KINDS_COUNT; kind++) {
		char key[64];

		assigned_ns += part_of(metrics, profile_kind_names[kind]);
		snprintf(key, sizeof(key), "%s_ns", profile_kind_names[kind]);
		/* Absent would mean that it is not known. */
		bool is_known = kind == PROFILE_USER || kind == PROFILE_RUNNABLE ||
				kind == PROFILE_BLOCKED ||
				((kind == PROFILE_SYSCALL || kind == PROFILE_FAULT) &&
				 !json_object_get(metrics, "system_ns"));
		if (is_known && !json_object_get(metrics, key))
			json_object_set_new(metrics, key, json_real(0));
	}
	json_object_set_new(metrics, "unassigned_ns", json_real(wall_ns - assigned_ns));
}

static void set_counts(const struct profile_result *result, json_t *metrics)
{
	const struct coarse_reading *sums = &result->coarse->sums;

	json_object_set_new(metrics, "faults_minor",
			    json_real((double)sums->faults_minor / result->walks));
	json_object_set_new(metrics, "faults_major",
			    json_real((double)sums->faults_major / result->walks));
	if (!result->sources)
		return;
	json_object_set_new(metrics, "profile_samples_count",
			    json_integer((json_int_t)result->sums->samples_count));
	json_object_set_new(metrics, "profile_lost_count",
			    json_integer((json_int_t)result->lost_count));
}

int profile_result_write(const struct profile_result *result, json_t *metrics, json_t *sources,
			 json_t **detail)
{
	/* The clocks were read a moment before and after the walks, in which the thread may have waited. */
	double wall_ns = result->sources ? result->wall_ns / result->walks
					 : (double)result->coarse->sums.wall_ns / result->walks;
	json_t *spans = json_object();

	for (size_t i = 0; i < result->stacks->count; i++) {
		const struct stack *stack = &result->stacks->items[i];
		char path[SPAN_PATH_MAX];

		if (!has_time(stack))
			continue;
		(result->is_command ? spans_path_of_command
				    : spans_path)(result->spans, result->symbols, stack, path);
		json_t *span = json_object_get(spans, path);
		if (!span) {
			span = json_object();
			json_object_set_new(spans, path, span);
		}
		add_parts(result, stack, metrics);
		add_parts(result, stack, span);
	}
	if (!result->sources)
		set_coarse(result, wall_ns, metrics);
	else if (!result->sources->kernel)
		set_system(result, wall_ns, metrics);
	if (result->sources)
		split_runnable(result, metrics);
	json_object_set_new(metrics, "wall_ns", json_real(wall_ns));
	set_unassigned(wall_ns, metrics);
	set_counts(result, metrics);
	set_sources(result, sources);
	*detail = result->sources ? stacks_json(result) : json_object();
	if (result->sources)
		json_object_set_new(*detail, "timeline", timeline_json(result));
	json_object_set_new(*detail, "spans", spans);
	return *detail ? 0 : -ENOMEM;
}
