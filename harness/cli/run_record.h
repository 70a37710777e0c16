/* The plan and the folder of what the options of `iowalk run`, `profile` and `tune` ask for. */
#ifndef IOWALK_CLI_RUN_RECORD_H
#define IOWALK_CLI_RUN_RECORD_H

#include "../record/run.h"
#include "run_arguments.h"

struct memory_groups;

/* The cells of the options, into a plan after plan_init(). -EINVAL with the reason. */
int run_plan_make(const struct run_arguments *arguments, struct plan *plan, struct why *why);

/* Checks before anything is written that memory limits work here, if a cell has one; *out stays as it is if none has. The
 * caller frees it. */
int run_memory_groups(const struct plan *plan, struct memory_groups **out, struct why *why);

/* Makes the run's folder: --out, or one in RUNS_FOLDER. Measures the device if a cell is cold, unless --no-roofline. */
int run_record_new(const struct run_arguments *arguments, const struct plan *plan,
		   const char *cache_folder, int argc, char **argv, struct run *run,
		   struct why *why);

#endif
