/* Makes a plan from the options, measures it and prints the table: see run_cells.h. */
#include "../plan/cell.h"
#include "run_cells.h"
#include "run_arguments.h"
#include "../count/counters.h"
#include "../record/resume.h"
#include "../machine/environment.h"
#include "../prepare/memory_group.h"
#include "../base/units.h"
#include "../prepare/preparer.h"
#include "../prepare/room.h"
#include "../export/support/gbench_json.h"
#include "../plot/flames.h"
#include "../report/profile_table.h"
#include "../report/table.h"
#include "../report/whole.h"
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

static int make_plan(const struct run_arguments *arguments, struct plan *plan, struct why *why)
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
		plan->suite = strdup("run");
	}
	if (!err && plan->repeated_count)
		message("%zu cell%s asked for more than once: each is measured once",
			plan->repeated_count, plan->repeated_count == 1 ? " is" : "s are");
	if (!err && arguments->claim)
		err = plan_keep_claim(plan, arguments->claim, why);
	if (!err && arguments->prepare && !(plan->prepare = strdup(arguments->prepare)))
		err = -ENOMEM;
	return err ? err : plan_select(plan, arguments->filter, arguments->exclude, why);
}

/* Checks before anything is written that memory limits work here, if a cell has one. */
static int find_memory_groups(const struct plan *plan, struct memory_groups **out, struct why *why)
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
	json_object_set(info, "selections", plan->selections);
	if (plan->filter)
		json_object_set_new(info, "filter", json_string(plan->filter));
	if (plan->prepare)
		json_object_set_new(info, "prepare", json_text(plan->prepare));
	if (plan->exclude)
		json_object_set_new(info, "exclude", json_string(plan->exclude));
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

static int new_run(const struct run_arguments *arguments, const struct plan *plan,
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

/* ---- the end ---- */

static int write_outputs(const struct run *run, const struct run_arguments *arguments)
{
	char path[4096];
	struct why why = {0};
	int failures = 0;

	snprintf(path, sizeof(path), "%s/benchmark.json", run->path);
	json_t *gbench = export_gbench_json(run);
	int err = gbench ? write_json_file(path, gbench) : -ENOMEM;
	json_decref(gbench);
	if (err) {
		message("cannot write '%s': %s", path, strerror(-err));
		failures++;
	}
	snprintf(path, sizeof(path), "%s/summary.md", run->path);
	err = summary_write(run, path);
	if (err) {
		message("cannot write '%s': %s", path, strerror(-err));
		failures++;
	}
	if (!arguments->no_plots && (err = report_draw_run(run, &why))) {
		/* Not a failure: the numbers are recorded, and the message names the remedy. */
		message("no plots: %s", *why.text ? why.text : strerror(-err));
	}
	return failures;
}

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

static int draw_flames(const struct run *run)
{
	struct why why = {0};
	size_t count;

	if (!flames_draw_run(run, &count, &why))
		return 0;
	message("%s", why.text);
	return 1;
}

static int finish(const struct run *run, const struct run_arguments *arguments,
		  const struct plan *plan, const struct run_outcome *outcome)
{
	int failures = write_outputs(run, arguments);

	if (!arguments->no_plots)
		failures += draw_flames(run);
	if (arguments->json) {
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

	if (!err)
		err = resuming ? plan_restore(plan, run.info, arguments->resume, &why)
			       : make_plan(arguments, plan, &why);
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
	if (!err && room_check(folder, plan, arguments->build_memory_bytes, record_folder, &why)) {
		/* Too large for this machine, or not a valid edge list. Nothing was written. */
		message("%s", why.text);
		status = STATUS_USAGE;
		goto out;
	}
	if (!err)
		err = find_memory_groups(plan, &settings.groups, &why);
	if (!err) {
		plan_probe(plan, folder);
		if (!resuming)
			err = new_run(arguments, plan, folder, argc, argv, &run, &why);
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
