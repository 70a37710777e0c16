/* Reading stacks for exports: see stacks.h. */
#include "stacks.h"

#include "../../record/profile_stacks.h"

#include <errno.h>

const char *const exported_time_names[EXPORTED_TIMES_COUNT] = {"cpu", "runnable", "blocked"};

static void read_stack(const json_t *frames, const json_t *json, struct exported_stack *stack)
{
	static const struct {
		const char *key;
		enum exported_time time;
	} kinds[] = {{"user_ns", EXPORTED_CPU},       {"system_ns", EXPORTED_CPU},
		     {"syscall_ns", EXPORTED_CPU},    {"fault_ns", EXPORTED_CPU},
		     {"interrupt_ns", EXPORTED_CPU},  {"runnable_ns", EXPORTED_RUNNABLE},
		     {"blocked_ns", EXPORTED_BLOCKED}};
	json_t *index;
	size_t i;

	stack->frames_count = 0;
	json_array_foreach(json_object_get(json, "frames"), i, index)
	{
		const char *name = json_string_value(
			json_array_get(frames, (size_t)json_integer_value(index)));

		if (name && stack->frames_count < EXPORTED_FRAMES_MAX)
			stack->frames[stack->frames_count++] = name;
	}
	for (size_t k = 0; k < EXPORTED_TIMES_COUNT; k++)
		stack->ns[k] = 0;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		stack->ns[kinds[k].time] += json_number_value(json_object_get(json, kinds[k].key));
}

int export_stacks(const struct run *run,
		  void (*write)(void *context, const struct exported_stack *stack), void *context)
{
	struct why why = {0};
	json_t *profiles, *cell, *json;
	size_t i, k, count = 0;
	int err = profile_stacks_load(run->path, &profiles, &why);

	if (err)
		return err;
	json_array_foreach(json_object_get(run->info, "cells"), i, cell)
	{
		struct exported_stack stack = {
			.cell = json_string_value(json_object_get(cell, "name"))};
		const json_t *profile = json_object_get(profiles, stack.cell);

		json_array_foreach(json_object_get(profile, "stacks"), k, json)
		{
			read_stack(json_object_get(profile, "frames"), json, &stack);
			write(context, &stack);
			count++;
		}
	}
	json_decref(profiles);
	return count ? 0 : -ENODATA;
}
