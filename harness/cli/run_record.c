/* The plan and the folder of what the options of `iowalk run` ask for: see run_record.h. */
#include "run_record.h"

#include "../base/clock.h"
#include "../base/files.h"
#include "../base/text.h"
#include "../count/counters.h"
#include "../machine/environment.h"
#include "../plugin/load.h"
#include "../prepare/memory_group.h"
#include "../record/resume.h"
#include "../roofline/for_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the plan ---- */

/* --nodes without a graph that has a number of nodes to choose. */
static int check_nodes(const struct plan *plan, const struct selection *selection, struct why *why)
{
	if (!selection->values[KEY_NODES])
		return 0;
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (!plan->cells[i].params.path)
			return 0;
	}
	return why_set(why, -EINVAL, "--nodes is for generated graphs: a file has its own number");
}

/* Keeps the shard that is asked for. */
static int keep_shard(const struct run_arguments *arguments, struct plan *plan, struct why *why)
{
	struct run run = {0};
	json_t *costs = NULL;
	int err = arguments->costs ? run_load(arguments->costs, false, &run, why) : 0;

	if (!err && arguments->costs) {
		costs = shard_costs(&run);
		err = !costs                    ? -ENOMEM
		      : json_object_size(costs) ? 0
						: why_set(why, -EINVAL,
							  "--costs '%.200s': its samples do not "
							  "say what they took",
							  arguments->costs);
	}
	if (!err)
		err = shard_keep(plan, &arguments->shard, costs);
	json_decref(costs);
	if (run.path)
		run_release(&run);
	return err;
}

int run_plan_make(const struct run_arguments *arguments, struct plan *plan, struct why *why)
{
	char path[4096];
	int err;

	if (arguments->has_seed)
		plan->seed = arguments->seed;
	if (arguments->suite) {
		plan_suite_path(arguments->suite, path, sizeof(path));
		err = plan_add_suite(plan, path, &arguments->selection, why);
	} else {
		err = plan_add(plan, &arguments->selection, why);
		err = err ? err : check_nodes(plan, &arguments->selection, why);
		plan->suite = strdup(arguments->command->takes_program ? "exec" : "run");
	}
	if (!err && plan->repeated_count)
		message("%zu cell%s asked for more than once: each is measured once",
			plan->repeated_count, plan->repeated_count == 1 ? " is" : "s are");
	if (!err && arguments->claim)
		err = plan_keep_claim(plan, arguments->claim, why);
	if (!err && arguments->prepare && !(plan->prepare = strdup(arguments->prepare)))
		err = -ENOMEM;
	err = err ? err : plan_select(plan, arguments->filter, arguments->exclude, why);
	return err || !arguments->shard.count ? err : keep_shard(arguments, plan, why);
}

/* Checks before anything is written that memory limits work here, if a cell has one. */
int run_memory_groups(const struct plan *plan, struct memory_groups **out, struct why *why)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (plan->cells[i].memory_limit_bytes && !plan->cells[i].skipped)
			return memory_groups_new(out, why);
	}
	return 0;
}

/* ---- the record ---- */

static json_t *run_info(const struct plan *plan, const struct run_arguments *arguments, int argc,
			char **argv)
{
	json_t *info = json_object(), *command = json_array(), *cells = json_array();
	char started[UTC_STAMP_MAX];

	utc_stamp(started);
	json_array_append_new(command, json_string("iowalk"));
	json_array_append_new(command, json_string(arguments->command->name));
	for (int i = 1; i < argc; i++)
		json_array_append_new(command, json_text(argv[i]));
	for (size_t i = 0; i < plan->cells_count; i++)
		json_array_append_new(cells, cell_json(&plan->cells[i]));
	json_object_set_new(info, "format", json_integer(1));
	json_object_set_new(info, "suite", json_string(plan->suite));
	if (plan->summary)
		json_object_set_new(info, "summary", json_string(plan->summary));
	json_object_set_new(info, "command", command);
	json_object_set_new(info, "started", json_string(started));
	json_object_set_new(info, "seed", json_integer((json_int_t)plan->seed));
	json_t *plugins = plugins_json();
	if (json_array_size(plugins) > 0)
		json_object_set(info, "plugins", plugins);
	json_decref(plugins);
	json_object_set(info, "selections", plan->selections);
	if (plan->filter)
		json_object_set_new(info, "filter", json_string(plan->filter));
	if (plan->prepare)
		json_object_set_new(info, "prepare", json_text(plan->prepare));
	if (plan->exclude)
		json_object_set_new(info, "exclude", json_string(plan->exclude));
	if (plan->shard)
		json_object_set(info, "shard", plan->shard);
	if (arguments->counters != COUNTERS_AUTO)
		json_object_set_new(info, "counters",
				    json_string(counters_mode_word(arguments->counters)));
	if (arguments->precision.asked_percent > 0)
		json_object_set_new(info, "precision", precision_json(&arguments->precision));
	json_object_set(info, "limits", plan->limits);
	json_object_set(info, "claims", plan->claims);
	json_object_set_new(info, "cells", cells);
	json_t *files = resume_graph_files(plan);
	if (json_array_size(files) > 0)
		json_object_set(info, "graph_files", files);
	json_decref(files);
	return info;
}

/* The suite's file as it is now, so that the run can be made again after it has changed. */
static void keep_suite(const char *suite, const char *run_folder)
{
	char from[4096], into[4200];
	char *text = NULL;
	size_t len = 0, size = 0;

	plan_suite_path(suite, from, sizeof(from));
	snprintf(into, sizeof(into), "%s/suite.ini", run_folder);
	FILE *file = fopen(from, "re");
	ssize_t got = file ? getdelim(&text, &size, '\0', file) : -1;
	if (got >= 0)
		len = (size_t)got;
	int err = got < 0 ? -errno : write_text_file(into, text, len);
	if (err)
		message("cannot keep the suite in '%s': %s", into, strerror(-err));
	if (file)
		fclose(file);
	free(text);
}

#define SAME_SECOND_MAX 1000 /* runs that begin in one second and have no --out */

int run_record_new(const struct run_arguments *arguments, const struct plan *plan,
		   const char *cache_folder, int argc, char **argv, struct run *run,
		   struct why *why)
{
	char path[4096], stamp[UTC_STAMP_MAX];

	utc_folder_stamp(stamp);
	snprintf(path, sizeof(path), RUNS_FOLDER "/%s-%s", stamp, plan->suite);
	if (arguments->out)
		snprintf(path, sizeof(path), "%s", arguments->out);
	json_t *environment = environment_probe(cache_folder);
	json_t *info = run_info(plan, arguments, argc, argv);
	if (!arguments->no_roofline)
		roofline_for_run(plan, cache_folder, info);
	int err = run_create(path, info, environment, run, why);
	/* Another run began in the same second. */
	for (unsigned n = 2; err == -EEXIST && !arguments->out && n < SAME_SECOND_MAX; n++) {
		snprintf(path, sizeof(path), RUNS_FOLDER "/%s-%s-%u", stamp, plan->suite, n);
		*why = (struct why){""};
		err = run_create(path, info, environment, run, why);
	}
	if (err && !*why->text)
		why_set(why, err, "cannot make '%s': %s", path, strerror(-err));
	if (!err && arguments->suite)
		keep_suite(arguments->suite, path);
	json_decref(environment);
	json_decref(info);
	return err;
}
