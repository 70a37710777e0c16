/* iowalk gate: compares two builds, with an exit status for CI. */
#include "../../plan/cell.h"
#include "../command.h"
#include "../../machine/environment.h"
#include "../../plugin/load.h"
#include "../gate_arguments.h"
#include "../../prepare/preparer.h"
#include "../../prepare/room.h"
#include "../../judge/writers.h"
#include "../../base/clock.h"
#include "../../base/pattern.h"
#include "../../base/text.h"
#include "../../base/signals.h"
#include "../../gate/explain.h"
#include "../../gate/replay.h"
#include "../../gate/result.h"
#include "../../gate/stages.h"
#include "../../base/cache_folder.h"
#include "../../base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* ---- the plan and its record ---- */

static int make_plan(const struct gate_arguments *arguments, struct plan *plan, struct why *why)
{
	const struct selection *selection = &arguments->selection;
	char path[4096];
	int err;

	if (selection->values[KEY_COMMAND]) {
		plan->suite = strdup("command");
		err = plan->suite ? plan_add(plan, selection, why) : -ENOMEM;
	} else {
		plan_suite_path(arguments->suite ? arguments->suite : arguments->default_suite,
				path, sizeof(path));
		err = plan_add_suite(plan, path, NULL, why);
	}
	err = err ? err : plan_select(plan, arguments->filter, arguments->exclude, why);
	if (!err && !arguments->has_baseline && !plan_has_baselines(plan))
		err = why_set(why, -EINVAL,
			      GATE_NEEDS_BASELINE
			      "; or a suite whose cells are commands, each with `against`");
	return err;
}

static json_t *settings_json(const struct gate_settings *settings)
{
	const struct gate_injection *injection = settings->injections;
	json_t *json = json_pack(
		"{ss ss sf sf sf sI sb sb sb sb}", "baseline", settings->baseline, "candidate",
		settings->candidate, "threshold_percent", settings->threshold_percent, "budget_s",
		settings->budget_s, "timeout_s", settings->timeout_s, "order_seed",
		(json_int_t)settings->order_seed, "counts_only", settings->counts_only,
		"keep_going", settings->keep_going, "allow_lost", settings->allow_lost,
		"inject_syscall", injection->is_syscall);

	if (json && settings->prepare)
		json_object_set_new(json, "prepare", json_text(settings->prepare));
	if (json && injection->cell) {
		json_object_set_new(json, "inject_cell", json_string(injection->cell));
		json_object_set_new(json, "inject_percent", json_real(injection->percent));
		if (injection->share_percent > 0)
			json_object_set_new(json, "inject_share_percent",
					    json_real(injection->share_percent));
	}
	return json;
}

static json_t *gate_info(const struct plan *plan, const struct gate_arguments *arguments,
			 const struct gate_settings *settings, const char *cache_folder, int argc,
			 char **argv)
{
	json_t *command = json_array(), *cells = json_array();
	struct why addresses = {""};
	char started[UTC_STAMP_MAX];

	utc_stamp(started);
	json_array_append_new(command, json_string("iowalk"));
	json_array_append_new(command, json_string("gate"));
	for (int i = 1; i < argc; i++)
		json_array_append_new(command, json_text(argv[i]));
	for (size_t i = 0; i < plan->cells_count; i++)
		json_array_append_new(cells, cell_json(&plan->cells[i]));
	json_t *info = json_pack("{si ss so ss sI sO sO so so so}", "format", GATE_FORMAT, "suite",
				 plan->suite, "command", command, "started", started, "seed",
				 (json_int_t)plan->seed, "selections", plan->selections, "budgets",
				 plan->budgets, "settings", settings_json(settings), "cells", cells,
				 "environment", environment_probe(cache_folder));
	json_t *plugins = plugins_json();
	if (info && json_array_size(plugins))
		json_object_set(info, "plugins", plugins);
	json_decref(plugins);
	const struct user_command *program = plan_one_command(plan);
	if (info && program)
		json_object_set_new(info, "programs",
				    json_pack("{ss ss}", "baseline", program->against->text,
					      "candidate", program->text));
	if (info && settings->baseline_plugins)
		json_object_set(info, "baseline_plugins",
				(json_t *)(uintptr_t)settings->baseline_plugins);
	if (info && arguments->filter)
		json_object_set_new(info, "filter", json_string(arguments->filter));
	if (info && json_array_size(plan->accepts))
		json_object_set(info, "accepts", plan->accepts);
	if (info && arguments->exclude)
		json_object_set_new(info, "exclude", json_string(arguments->exclude));
	if (info && !worker_fixed_addresses(&addresses))
		json_object_set_new(info, "address_randomization", json_string(addresses.text));
	return info;
}

static int new_record(const struct plan *plan, const struct gate_arguments *arguments,
		      const struct gate_settings *settings, const char *cache_folder,
		      const char *path, int argc, char **argv, struct gate_record *record,
		      struct why *why)
{
	json_t *info = gate_info(plan, arguments, settings, cache_folder, argc, argv);
	int err = info ? gate_record_create(record, path, info, why) : -ENOMEM;

	json_decref(info);
	return err;
}

static void default_path(const struct gate_arguments *arguments, const struct plan *plan,
			 char *path, size_t path_size)
{
	char stamp[UTC_STAMP_MAX];

	utc_folder_stamp(stamp);
	snprintf(path, path_size, "results/gates/%s-%s", stamp, plan->suite);
	if (arguments->out)
		snprintf(path, path_size, "%s", arguments->out);
}

/* ---- one gate ---- */

/* The result goes into gate.json. */
static int keep_result(struct gate_record *record, const struct gate *gate,
		       const struct comparison *comparison, int status)
{
	if (comparison)
		json_object_set_new(record->info, "result", comparison_json(comparison));
	json_object_set_new(record->info, "elapsed_s", json_real(gate_elapsed_s(gate)));
	json_object_set_new(record->info, "exit_status", json_integer(status));
	return gate_record_save(record);
}

/* Measures a gate whose record is open and prints the result. Returns an exit status. */
static int run_gate(const struct gate_arguments *arguments, const struct gate_settings *settings,
		    const struct plan *plan, struct preparer *preparer, struct gate_record *record)
{
	struct comparison comparison;
	struct gate gate;
	int err = gate_open(&gate, plan, settings, record, preparer), status;

	err = err ? err : gate_measure(&gate);
	if (err == -EINTR)
		message("interrupted; continue with: iowalk gate --resume '%s'", record->path);
	else if (err)
		message("%s", *gate.why.text ? gate.why.text : strerror(-err));
	status = !err ? STATUS_OK : err == -EDQUOT ? STATUS_USAGE : status_of(err);
	/* If a whole side fails, that is a failure of the build or the machine, not bad usage. */
	if (err == -EBADMSG || err == -EPROTO)
		status = STATUS_FAILURE;
	if (!err) {
		err = gate_compare(&gate, &comparison);
		err = err ? err
			  : gate_explain(&gate, &comparison,
					 arguments->suite ? arguments->suite : plan->suite);
		if (!err) {
			status = comparison_status(&comparison);
			if (gate_show(&arguments->output, &comparison) && status == STATUS_OK)
				status = STATUS_FAILURE;
			if (!arguments->output.json)
				printf("\n%.1f s; record: %s\n", gate_elapsed_s(&gate),
				       record->path);
		}
		if (keep_result(record, &gate, err ? NULL : &comparison, status) &&
		    status == STATUS_OK)
			status = STATUS_FAILURE;
		comparison_release(&comparison);
	} else if (err != -EINTR) {
		keep_result(record, &gate, NULL, status);
	} else {
		gate_record_save(record); /* without a result: it can be continued */
	}
	gate_close(&gate);
	return status;
}

/* ---- the gate against itself ---- */

static int selftest(const struct gate_arguments *arguments, const struct plan *plan,
		    struct preparer *preparer, const char *cache_folder, const char *path, int argc,
		    char **argv)
{
	static const struct {
		const char *name, *what;
		double inject_percent;
		bool inject_syscall;
		int wanted;
	} trials[] = {
		{"alike", "the build against itself", 0, false, STATUS_OK},
		{"syscall", "one more system call per walk in one cell", 0, true,
		 STATUS_REGRESSION},
		{"slower", "5 % slower in one cell", 5, false, STATUS_REGRESSION},
	};
	size_t cell = 0, failures = 0;
	char *pattern;

	while (cell < plan->cells_count && (plan->cells[cell].skipped || plan->cells[cell].cold))
		cell++;
	if (cell == plan->cells_count) {
		message("--selftest: the suite has no warm cell to inject into");
		return STATUS_USAGE;
	}
	pattern = pattern_of_text(plan->cells[cell].name);
	if (!pattern)
		return status_of(-ENOMEM);
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]) && !signals_caught(); i++) {
		struct gate_settings settings = arguments->gate;
		struct gate_record record = {0};
		struct why why = {""};
		char folder[4200];

		if (trials[i].wanted)
			settings.injections[0] =
				(struct gate_injection){.cell = pattern,
							.percent = trials[i].inject_percent,
							.is_syscall = trials[i].inject_syscall};
		snprintf(folder, sizeof(folder), "%s/%s", path, trials[i].name);
		printf("== %s\n", trials[i].what);
		int err = new_record(plan, arguments, &settings, cache_folder, folder, argc, argv,
				     &record, &why);
		int status = err ? status_of(err)
				 : run_gate(arguments, &settings, plan, preparer, &record);
		if (err)
			message("%s", *why.text ? why.text : strerror(-err));
		gate_record_release(&record);
		failures += status != trials[i].wanted;
		printf("%s: %s: exit status %d, wanted %d\n\n",
		       status == trials[i].wanted ? "ok" : "NOT OK", trials[i].what, status,
		       trials[i].wanted);
	}
	free(pattern);
	printf("%s\n", failures ? "selftest failed: the gate is not reliable on this machine"
				: "selftest passed: an unchanged build passes, a slower one and "
				  "more system calls fail");
	return failures || signals_caught() ? STATUS_FAILURE : STATUS_OK;
}

/* ---- the command ---- */

/* The plug-ins of the baseline: those that the suite names are loaded, too, now. */
static int find_plugins(struct gate_arguments *arguments, struct why *why)
{
	if (!arguments->against_plugins_count)
		return 0;
	int err = plugins_against(arguments->against_plugins, arguments->against_plugins_count,
				  &arguments->baseline_plugins, why);
	arguments->gate.baseline_plugins = arguments->baseline_plugins;
	return err;
}

static int gate_with(struct gate_arguments *arguments, struct plan *plan, int argc, char **argv)
{
	struct gate_settings *settings = &arguments->gate;
	char folder[2048], path[4096], program[4096];
	struct gate_record record = {0};
	struct preparer *preparer = NULL;
	struct why why = {""};
	int status = STATUS_FAILURE;
	int err = proc_program(program, sizeof(program));

	if (!settings->candidate)
		settings->candidate = program;
	if (!settings->baseline)
		settings->baseline = settings->candidate;
	if (!err && arguments->resume) {
		err = gate_record_load(&record, arguments->resume, &why);
		err = err ? err : gate_restore_settings(settings, &record, &why);
		err = err ? err
			  : plugins_restore(json_object_get(record.info, "plugins"), PLUGINS_SAME,
					    &why);
		err = err ? err : gate_restore_plan(plan, &record, &why);
	} else if (!err) {
		err = make_plan(arguments, plan, &why);
		err = err ? err : find_plugins(arguments, &why);
		if (!settings->order_seed &&
		    getrandom(&settings->order_seed, sizeof(settings->order_seed), 0) < 0)
			settings->order_seed = (uint64_t)time(NULL);
		settings->order_seed &= INT64_MAX; /* a JSON number has a sign */
	}
	cache_folder_path(arguments->cache_dir, folder, sizeof(folder));
	err = err ? err : preparer_new(folder, CACHE_LIMIT_BYTES, 0, &preparer, &why);
	if (!err)
		preparer_set_patience(preparer, arguments->gate.timeout_s);
	if (!err && room_check(folder, plan, 0, NULL, &why)) {
		message("%s", why.text);
		status = STATUS_USAGE;
		goto out;
	}
	if (err)
		goto out;
	plan_probe(plan, folder);
	signals_catch();
	default_path(arguments, plan, path, sizeof(path));
	if (arguments->selftest) {
		status = selftest(arguments, plan, preparer, folder, path, argc, argv);
	} else {
		if (!arguments->resume)
			err = new_record(plan, arguments, settings, folder, path, argc, argv,
					 &record, &why);
		if (!err)
			status = run_gate(arguments, settings, plan, preparer, &record);
	}
out:
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		status = status_of(err);
	}
	if (settings->candidate == program)
		settings->candidate = NULL;
	preparer_free(preparer);
	gate_record_release(&record);
	return status;
}

static int baseline_with(const struct gate_arguments *arguments, struct plan *plan)
{
	struct gate_baseline_request request = {
		.runs = arguments->baselines,
		.runs_count = arguments->baselines_count,
		.out = arguments->out,
		.filter = arguments->filter,
		.exclude = arguments->exclude,
		.cache_dir = arguments->cache_dir,
		.threshold_percent =
			arguments->has_threshold ? arguments->gate.threshold_percent : NAN,
		.counts_only = arguments->gate.counts_only,
		.allow_lost = arguments->gate.allow_lost,
		.output = arguments->output};
	struct why why = {""};
	int status = STATUS_OK;
	int err = arguments->suite ? make_plan(arguments, plan, &why) : 0;

	if (!err)
		err = gate_against_run(&request, plan, &status, &why);
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		return err == -EINTR ? STATUS_FAILURE : status_of(err);
	}
	return status;
}

extern const struct command command_gate;

static int gate_main(int argc, char **argv)
{
	struct gate_arguments arguments;
	struct plan plan;
	int status = gate_arguments_parse(&command_gate, &arguments, argc, argv);

	if (!status && gate_output_check(&arguments.output))
		status = STATUS_USAGE + 1;
	if (status) {
		gate_arguments_release(&arguments);
		return status - 1;
	}
	plan_init(&plan);
	status = arguments.baselines_count ? baseline_with(&arguments, &plan)
					   : gate_with(&arguments, &plan, argc, argv);
	plan_release(&plan);
	gate_arguments_release(&arguments);
	return status;
}

const struct command command_gate = {
	.name = "gate",
	.order = 1000,
	.summary = "compare two builds and fail if one is slower or does more",
	.usage = "gate --against BINARY [OPTION]...\n"
		 "gate --plugin NEW.so --against-plugin OLD.so [OPTION]...\n"
		 "gate --command NEW --against-command OLD [OPTION]...\n"
		 "gate --baseline RUN [--baseline RUN]... [OPTION]...\n"
		 "gate --selftest [OPTION]...\n"
		 "gate --resume DIR",
	.description = "Compares this build (the candidate) with another (the baseline): first "
		       "system calls, bytes and\n"
		       "faults, then times of fresh processes of both in turn. A candidate that "
		       "makes a cell slower by the\n"
		       "threshold, or makes it do more, fails.",
	.epilogue = "exit status: 0 pass, 1 failure (the message names a side that crashed, hung "
		    "or gave "
		    "wrong answers),\n"
		    "2 bad usage or input, 3 regression, 4 inconclusive: a cell is undecided or "
		    "only in the "
		    "baseline, or nothing was compared",
	.main = gate_main,
};
