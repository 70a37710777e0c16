/* The stacks of a run's profiles, for the formats that write them. */
#ifndef IOWALK_EXPORT_STACKS_H
#define IOWALK_EXPORT_STACKS_H

#include <stddef.h>

#include "../../record/run.h"

#define EXPORTED_FRAMES_MAX 320

enum exported_time { EXPORTED_CPU, EXPORTED_RUNNABLE, EXPORTED_BLOCKED, EXPORTED_TIMES_COUNT };

/* "cpu", "runnable", "blocked" */
extern const char *const exported_time_names[EXPORTED_TIMES_COUNT];

/* A stack of a cell; all borrowed. */
struct exported_stack {
	const char *cell;
	const char *frames[EXPORTED_FRAMES_MAX]; /* [frames_count] outermost first */
	size_t frames_count;
	double ns[EXPORTED_TIMES_COUNT]; /* of one walk */
};

/* Calls write() for each stack of each profiled cell, in the order of the cells. -ENODATA if the run has no
 * profiles with stacks; errors of profile_stacks_load(). */
int export_stacks(const struct run *run,
		  void (*write)(void *context, const struct exported_stack *stack), void *context);

#endif
