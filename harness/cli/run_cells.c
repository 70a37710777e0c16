/* Makes a plan from the options, measures it and prints the table: see run_cells.h. */
#include "../plan/cell.h"
#include "run_cells.h"
#include "run_arguments.h"
#include "run_outputs.h"
#include "run_record.h"
#include "../count/counters.h"
#include "../record/resume.h"
#include "../machine/environment.h"
#include "../plugin/load.h"
#include "../prepare/memory_group.h"
#include "../base/units.h"
#include "../prepare/preparer.h"
#include "../prepare/room.h"
#include "../report/profile_table.h"
#include "../report/table.h"
#include "../roofline/for_run.h"
#include "../measure/runner.h"
#include "../base/clock.h"
#include "../base/text.h"
#include "../base/files.h"
#include "../base/cache_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- the end ---- */

static bool has_pass(const struct plan *plan, unsigned passes)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (plan->cells[i].passes & passes)
			return true;
	}
	return false;
}

static void print_tables(const struct run *run, const struct run_arguments *arguments,
			 const struct plan *plan)
{
	bool profiled = has_pass(plan, 1u << PASS_PROFILE);
	bool measured = has_pass(plan, ~(1u << PASS_PROFILE));

	if (measured || !profiled)
		table_print(stdout, run, arguments->use_color);
	if (measured && profiled)
		putchar('\n');
	if (profiled)
		profile_table_print(stdout, run, !measured, arguments->use_color);
}

static int finish(const struct run *run, const struct run_arguments *arguments,
		  const struct plan *plan, const struct run_outcome *outcome)
{
	bool drawn = !arguments->no_plots && plan->cells_count > 0;
	int failures = run_outputs_write(run, drawn);
	if (arguments->fom) {
		failures += run_print_fom(run);
	} else if (arguments->json) {
		json_t *table = table_json(run);
		if (has_pass(plan, 1u << PASS_PROFILE))
			json_object_set_new(table, "profiles", profile_table_json(run));
		json_dumpf(table, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(table);
	} else {
		print_tables(run, arguments, plan);
		printf("\nrecord: %s\n", run->path);
	}
	if (plan->cells_count == 0)
		message("the shard has no cells: there are fewer blocks of compared cells than "
			"shards, or they were hashed to others");
	if (outcome->interrupted)
		message("interrupted; continue with: iowalk %s --resume '%s'",
			arguments->command->name, run->path);
	if (outcome->imprecise_count)
		message("%zu of %zu cells did not reach the precision: they are marked with !",
			outcome->imprecise_count, plan->cells_count);
	if (outcome->failed_count)
		message("%zu of %zu cells failed", outcome->failed_count, plan->cells_count);
	return failures || outcome->interrupted || outcome->failed_count ? STATUS_FAILURE
									 : STATUS_OK;
}

static void print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++)
		printf("%s%s%s\n", plan->cells[i].name, plan->cells[i].skipped ? "\tskipped: " : "",
		       plan->cells[i].skipped ? plan->cells[i].skipped : "");
}

static void print_cost(const char *cache_folder, const struct plan *plan)
{
	struct plan_cost cost;
	char bytes[UNIT_TEXT_MAX];

	plan_cost(cache_folder, plan, &cost);
	format_bytes(bytes, sizeof(bytes), (double)cost.new_files_bytes);
	message("%zu cells: %s of new graph files, at least %.1f s of warm samples%s",
		plan->cells_count, bytes, cost.warm_samples_s,
		cost.unknown_count ? "; graphs from files are not in it" : "");
}

static int check_resumed(const struct run *run, const struct plan *plan, const char *cache_folder,
			 struct why *why)
{
	json_t *environment = environment_probe(cache_folder);
	int err = environment ? resume_check(run, plan, environment, why) : -ENOMEM;

	json_decref(environment);
	return err;
}

static int run_with(const struct run_arguments *arguments, struct plan *plan, int argc, char **argv)
{
	struct preparer *preparer = NULL;
	struct run_settings settings = {.timeout_s = arguments->timeout_s};
	struct run_outcome outcome;
	struct run run = {0};
	struct why why = {0};
	char folder[2048];
	bool resuming = arguments->resume != NULL;
	const char *record_folder = resuming         ? arguments->resume
				    : arguments->out ? arguments->out
						     : RUNS_FOLDER;
	int status = STATUS_FAILURE;
	int err = resuming ? run_load(arguments->resume, true, &run, &why) : 0;

	if (!err && resuming)
		err = plugins_restore(json_object_get(run.info, "plugins"), PLUGINS_SAME, &why);
	if (!err)
		err = resuming ? plan_restore(plan, run.info, arguments->resume, &why)
			       : run_plan_make(arguments, plan, &why);
	if (err)
		goto out;
	cache_folder_path(arguments->cache_dir, folder, sizeof(folder));
	if (arguments->dry_run) {
		print_plan(plan);
		print_cost(folder, plan);
		status = STATUS_OK;
		goto out;
	}
	err = resuming ? check_resumed(&run, plan, folder, &why) : 0;
	if (!err)
		err = preparer_new(folder, arguments->cache_limit_bytes,
				   arguments->build_memory_bytes, &preparer, &why);
	if (!err)
		preparer_set_patience(preparer, arguments->timeout_s);
	if (!err && room_check(folder, plan, arguments->build_memory_bytes, record_folder, &why)) {
		/* Too large for this machine, or not a valid edge list. Nothing was written. */
		message("%s", why.text);
		status = STATUS_USAGE;
		goto out;
	}
	if (!err)
		err = run_memory_groups(plan, &settings.groups, &why);
	if (!err) {
		plan_probe(plan, folder);
		if (!resuming)
			err = run_record_new(arguments, plan, folder, argc, argv, &run, &why);
	}
	if (!err && counters_mode_parse(json_string_value(json_object_get(run.info, "counters")),
					&settings.counters))
		err = why_set(&why, -EBADMSG, "the record's `counters` is unknown");
	if (!err)
		err = run_plan(plan, &run, preparer, &settings, &outcome, &why);
	if (!err)
		status = finish(&run, arguments, plan, &outcome);
out:
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		status = status_of(err);
	}
	memory_groups_free(settings.groups);
	preparer_free(preparer);
	if (run.path)
		run_release(&run);
	return status;
}

int run_cells(const struct command *command, const char *passes, int argc, char **argv)
{
	struct run_arguments arguments;
	struct plan plan;
	int status = run_arguments_parse(command, passes, &arguments, argc, argv);

	if (status) {
		selection_release(&arguments.selection);
		return status - 1;
	}
	plan_init(&plan);
	status = run_with(&arguments, &plan, argc, argv);
	plan_release(&plan);
	selection_release(&arguments.selection);
	return status;
}
