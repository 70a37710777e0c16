/*
 * How it works: a span's own time is the sum of its parts, without the spans below it, so its growth is its own. The
 * function is found by self times: of each stack the innermost function that is not the kernel's.
 */
#include "explanation.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../base/text.h"
#include "../base/units.h"
#include "../record/cell_profile.h"

#define GROWTH_MIN                                                                                 \
	0.01 /* of the wall time; less is not told from chance by some thousand samples */
#define WAITING_MIN 0.02
#define CALLS_MIN   0.005 /* an operation, in which a count differs */

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static double wall_of(const struct explained_side *side)
{
	return number(side->metrics, "wall_ns");
}

/* All parts of a span, without what is told twice by the names of calls, and without waiting for a processor, which is
 * the doing of other processes. */
static double sum_of(const json_t *span)
{
	double sum = 0;

	for (unsigned i = 0; i < PARTS_COUNT; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ns", profile_part_names[i]);
		sum += i == PART_RUNNABLE ? 0 : number(span, key);
	}
	return sum;
}

static const char *span_that_grew(const struct explained_side *before,
				  const struct explained_side *after, double *growth_ns)
{
	const char *path, *most = NULL;
	json_t *span;

	*growth_ns = 0;
	json_object_foreach((json_t *)after->spans, path, span)
	{
		double grown = sum_of(span) - sum_of(json_object_get(before->spans, path));

		if (grown > *growth_ns) {
			*growth_ns = grown;
			most = path;
		}
	}
	return most;
}

/* The key of the span that grew most; that of a call rather than of the part that it is most of. */
static const char *part_that_grew(const json_t *before, const json_t *after)
{
	const char *key, *most = NULL;
	double growth_ns = 0;
	json_t *value;

	json_object_foreach((json_t *)after, key, value)
	{
		double grown = json_number_value(value) - number(before, key);
		/* "syscall_ns", but "syscall_pread64_ns" */
		bool is_call = strncmp(key, "syscall_", 8) == 0 && strcmp(key, "syscall_ns") != 0;

		is_call |= strncmp(key, "blocked_", 8) == 0 && strcmp(key, "blocked_ns") != 0;
		if (strcmp(key, "runnable_ns") == 0)
			continue;
		if (grown > (is_call ? 0.8 : 1) * growth_ns) {
			growth_ns = grown;
			most = key;
		}
	}
	return most;
}

/* ---- functions ---- */

static bool is_kernel(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, "_[k]") == 0;
}

/* A function that can be mended: not the kernel's, and not the C library's way into it. */
static bool is_ours(const char *name)
{
	return *name != '[' && strncmp(name, "__", 2) != 0 && !is_kernel(name);
}

/* Time by the innermost such function of each stack: name → ns. New reference. */
static json_t *self_times(const json_t *profile)
{
	const json_t *frames = json_object_get(profile, "frames");
	json_t *times = json_object(), *stack, *index;
	size_t i, k;

	json_array_foreach(json_object_get(profile, "stacks"), i, stack)
	{
		const char *function = NULL;

		json_array_foreach(json_object_get(stack, "frames"), k, index)
		{
			const char *name = json_string_value(
				json_array_get(frames, (size_t)json_integer_value(index)));
			if (name && is_ours(name))
				function = name;
		}
		if (function)
			json_object_set_new(times, function,
					    json_real(number(times, function) + sum_of(stack)));
	}
	return times;
}

static bool function_that_grew(const struct explained_side *before,
			       const struct explained_side *after, char *text, size_t size)
{
	json_t *then = self_times(before->stacks), *now = self_times(after->stacks), *value;
	const char *name;
	double growth_ns = GROWTH_MIN * wall_of(after);

	*text = '\0';
	json_object_foreach(now, name, value)
	{
		double grown = json_number_value(value) - number(then, name);

		if (grown > growth_ns) {
			growth_ns = grown;
			snprintf(text, size, "%s", name);
		}
	}
	json_decref(then);
	json_decref(now);
	return *text != '\0';
}

/* ---- words ---- */

/* "in pread64", "blocked in fsync", "in user code" */
static void append_part(char *text, size_t size, const char *key)
{
	static const struct {
		const char *key, *words;
	} parts[] = {{"user_ns", "in user code"},       {"system_ns", "in the kernel"},
		     {"syscall_ns", "in system calls"}, {"fault_ns", "in page faults"},
		     {"interrupt_ns", "in interrupts"}, {"blocked_ns", "blocked"}};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(key, parts[i].key) == 0) {
			text_append(text, size, "%s", parts[i].words);
			return;
		}
	}
	bool is_blocked = strncmp(key, "blocked_", 8) == 0;
	text_append(text, size, "%sin %.*s", is_blocked ? "blocked " : "",
		    (int)(strlen(key + 8) - strlen("_ns")), key + 8);
}

static void append_calls(const struct explained_side *before, const struct explained_side *after,
			 double operations_count, const char *operation, char *text, size_t size)
{
	const char *name;
	json_t *call;

	json_object_foreach((json_t *)after->calls, name, call)
	{
		double grown = (number(call, "count") -
				number(json_object_get(before->calls, name), "count")) /
			       operations_count;

		if (fabs(grown) >= CALLS_MIN)
			text_append(text, size, "; %+.3g %s a %s", grown, name, operation);
	}
}

void explain_growth(const struct explained_side *before, const struct explained_side *after,
		    double operations_count, const char *operation, char text[EXPLANATION_MAX],
		    json_t *details)
{
	char time[UNIT_TEXT_MAX], function[256];
	double growth_ns;

	text[0] = '\0';
	const char *path = span_that_grew(before, after, &growth_ns);
	if (!path || growth_ns < GROWTH_MIN * wall_of(after))
		return;
	const char *part = part_that_grew(json_object_get(before->spans, path),
					  json_object_get(after->spans, path));
	format_time_ns(time, sizeof(time), growth_ns / operations_count, true);
	text_append(text, EXPLANATION_MAX, "+%s a %s in ", time, operation);
	append_span_path(text, EXPLANATION_MAX, path);
	if (part) {
		text_append(text, EXPLANATION_MAX, ", most of it ");
		append_part(text, EXPLANATION_MAX, part);
	}
	json_object_set_new(details, "grown_span", json_text(path));
	json_object_set_new(details, "grown_ns", json_real(growth_ns));
	if (part)
		json_object_set_new(details, "grown_part", json_text(part));
	if (before->stacks && after->stacks &&
	    function_that_grew(before, after, function, sizeof(function))) {
		text_append(text, EXPLANATION_MAX, "; function %s", function);
		json_object_set_new(details, "grown_function", json_text(function));
	}
	if (before->calls && after->calls)
		append_calls(before, after, operations_count, operation, text, EXPLANATION_MAX);
	double waited_ns =
		number(after->metrics, "blocked_ns") - number(before->metrics, "blocked_ns");
	if (fabs(waited_ns) < WAITING_MIN * wall_of(after))
		text_append(text, EXPLANATION_MAX, "; blocked as before");
}
