/* What measuring the cells of a plan needs from its begin to its end: see cells.h. */
#include "cells.h"

#include "../base/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file of this program; the link itself if the file has been replaced since. */
static const char *own_program(char *path, size_t size)
{
	return proc_program(path, size) || access(path, X_OK) ? "/proc/self/exe" : path;
}

int measuring_init(struct measuring *measuring, struct plan *plan, struct run *run,
		   struct preparer *preparer, const struct run_settings *settings, struct why *why)
{
	*measuring = (struct measuring){
		.preparer = preparer,
		.groups = settings->groups,
		.counters = settings->counters,
		.timeout_s = settings->timeout_s,
		.random = ~plan->seed,
		.room = calloc(plan->cells_count + 1, sizeof(struct prepared)),
	};
	measuring->program = (struct worker_binary){
		.path = own_program(measuring->program_path, sizeof(measuring->program_path)),
		.label = "this program",
		.fd = -1};
	if (roofline_parse(json_object_get(run->info, "roofline"), &measuring->roofline))
		memset(&measuring->roofline, 0, sizeof(measuring->roofline));
	int err = measuring->room ? recorder_init(&measuring->recorder, plan, run, why) : -ENOMEM;
	if (err)
		free(measuring->room);
	return err;
}

void measuring_release(struct measuring *measuring)
{
	recorder_release(&measuring->recorder);
	worker_binary_release(&measuring->program);
	free(measuring->room);
}

int measuring_grow(struct measuring *measuring, size_t cells_before)
{
	struct prepared *grown = reallocarray(
		measuring->room, measuring->recorder.plan->cells_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	measuring->room = grown;
	return recorder_grow(&measuring->recorder, cells_before);
}
