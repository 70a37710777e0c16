/* iowalk tune: searches the options that are marked tunable, and writes the best setting of each engine and layout. */
#include "../../base/cache_folder.h"
#include "../../base/clock.h"
#include "../../base/files.h"
#include "../../prepare/memory_group.h"
#include "../../prepare/preparer.h"
#include "../../prepare/room.h"
#include "../../tune/output.h"
#include "../command.h"
#include "../run_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TUNE_FOLDER      "results/tune"
#define ENDING           ".ini"
#define WARM_REPETITIONS 3 /* of a process, if no number is given: more processes tell more */
#define COLD_REPETITIONS 1

extern const struct command command_tune;

struct paths {
	char profiles[4096], record[4096], run[4096];
};

/* FILE.ini, FILE.json and FILE.run. */
static int make_paths(const struct run_arguments *arguments, struct paths *paths)
{
	char stamp[UTC_STAMP_MAX];
	size_t len, ending = strlen(ENDING);

	utc_folder_stamp(stamp);
	if (arguments->out)
		snprintf(paths->profiles, sizeof(paths->profiles), "%.4000s", arguments->out);
	else
		snprintf(paths->profiles, sizeof(paths->profiles), TUNE_FOLDER "/%s" ENDING, stamp);
	len = strlen(paths->profiles);
	if (len <= ending || strcmp(paths->profiles + len - ending, ENDING) != 0 ||
	    strchr(paths->profiles, ',')) {
		message("--out '%s': the name of the profiles ends in " ENDING
			" and has no comma, so that `iowalk run --profile` takes it",
			paths->profiles);
		return -EINVAL;
	}
	snprintf(paths->record, sizeof(paths->record), "%.*s.json", (int)(len - ending),
		 paths->profiles);
	snprintf(paths->run, sizeof(paths->run), "%.*s.run", (int)(len - ending), paths->profiles);
	return 0;
}

struct keeping {
	const struct paths *paths;
	const struct run *run;
};

/* What is known, after each round too: a search that is killed leaves it. */
static int keep(const struct tuner *tuner, void *context)
{
	const struct keeping *keeping = context;
	json_t *record = tune_json(tuner, keeping->run);
	int err = record ? write_json_file(keeping->paths->record, record) : -ENOMEM;

	json_decref(record);
	if (!err)
		err = tune_write_profiles(tuner, keeping->run, keeping->paths->profiles);
	if (err)
		message("cannot write '%s': %s", keeping->paths->profiles, strerror(-err));
	return err;
}

static int finish(const struct tuner *tuner, const struct run_arguments *arguments,
		  const struct keeping *keeping)
{
	struct style style = style_for(arguments->use_color);
	size_t failed = 0;

	if (keep(tuner, (void *)(uintptr_t)keeping))
		return STATUS_FAILURE;
	if (arguments->json) {
		json_t *record = tune_json(tuner, keeping->run);

		json_dumpf(record, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(record);
	} else {
		tune_print(stdout, tuner, &style);
		printf("\nprofiles: %s\nrecord: %s\n", keeping->paths->profiles,
		       keeping->paths->record);
	}
	for (size_t s = 0; s < tuner->search.settings_count; s++)
		failed += tuner->search.settings[s].end == TUNE_FAILED;
	if (strcmp(tune_ended(tuner), "complete") != 0)
		message("the search %s: what is known so far is above and in '%s'",
			strcmp(tune_ended(tuner), "budget") == 0
				? "ran out of its budget before its last rounds were complete"
				: "was interrupted",
			keeping->paths->profiles);
	if (failed)
		message("%zu of %zu settings failed", failed, tuner->search.settings_count);
	return failed ? STATUS_FAILURE : STATUS_OK;
}

static int search(const struct run_arguments *arguments, struct tuner *tuner,
		  struct preparer *preparer, const char *folder, int argc, char **argv,
		  struct why *why)
{
	struct paths paths;
	struct run run = {0};
	struct keeping keeping = {.paths = &paths, .run = &run};
	struct run_settings settings = {.timeout_s = arguments->timeout_s};
	struct run_arguments own = *arguments;
	int status = STATUS_FAILURE;
	int err = make_paths(arguments, &paths);

	if (err)
		return STATUS_USAGE;
	own.out = paths.run;
	own.suite = NULL;
	own.no_roofline = true;
	own.precision.asked_percent = 0;
	err = run_memory_groups(tuner->selected, &settings.groups, why);
	err = err ? err : run_record_new(&own, &tuner->plan, folder, argc, argv, &run, why);
	if (!err) {
		tuner->keep = keep;
		tuner->context = &keeping;
		err = tuner_run(tuner, &run, preparer, &settings, why);
	}
	if (!err)
		status = finish(tuner, arguments, &keeping);
	if (err)
		message("%s", *why->text ? why->text : strerror(-err));
	memory_groups_free(settings.groups);
	if (run.path)
		run_release(&run);
	return err ? status_of(err) : status;
}

/* Fewer samples of a process than a run takes: the search decides by processes. */
static void set_repetitions(const struct run_arguments *arguments, struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (!arguments->suite && !arguments->selection.values[KEY_REPETITIONS])
			plan->cells[i].repetitions =
				plan->cells[i].cold ? COLD_REPETITIONS : WARM_REPETITIONS;
	}
}

static int tune_with(const struct run_arguments *arguments, struct plan *plan, int argc,
		     char **argv)
{
	struct preparer *preparer = NULL;
	struct tuner tuner = {0};
	struct why why = {0};
	char folder[2048];
	int status = STATUS_FAILURE;
	int err = run_plan_make(arguments, plan, &why);

	cache_folder_path(arguments->cache_dir, folder, sizeof(folder));
	if (!err && !arguments->dry_run)
		err = preparer_new(folder, arguments->cache_limit_bytes,
				   arguments->build_memory_bytes, &preparer, &why);
	if (!err && !arguments->dry_run)
		preparer_set_patience(preparer, arguments->timeout_s);
	if (!err && !arguments->dry_run &&
	    room_check(folder, plan, arguments->build_memory_bytes, ".", &why))
		err = -EINVAL;
	if (!err) {
		plan_probe(plan, folder);
		set_repetitions(arguments, plan);
		err = tuner_init(&tuner, plan, arguments->precision.budget_s);
	}
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		status = status_of(err);
	} else if (arguments->dry_run) {
		tune_print_plan(stdout, &tuner);
		status = STATUS_OK;
	} else {
		status = search(arguments, &tuner, preparer, folder, argc, argv, &why);
	}
	if (tuner.selected)
		tuner_release(&tuner);
	preparer_free(preparer);
	return status;
}

/* Keys of the selection that the search determines itself. */
static int refuse_keys(const struct run_arguments *arguments)
{
	static const enum selection_key refused[] = {KEY_PASSES, KEY_INTERLEAVE};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (arguments->selection.values[refused[i]]) {
			message("tune measures times, in rounds of its own: --%s cannot be given",
				selection_keys[refused[i]].name);
			return STATUS_USAGE;
		}
	}
	return STATUS_OK;
}

static int tune_main(int argc, char **argv)
{
	struct run_arguments arguments;
	struct plan plan;
	int status = run_arguments_parse(&command_tune, NULL, &arguments, argc, argv);

	if (status) {
		selection_release(&arguments.selection);
		return status - 1;
	}
	plan_init(&plan);
	status = refuse_keys(&arguments);
	if (!status)
		status = tune_with(&arguments, &plan, argc, argv);
	plan_release(&plan);
	selection_release(&arguments.selection);
	return status;
}

const struct command command_tune = {
	.name = "tune",
	.order = 160,
	.summary = "search the best options of each engine and layout for a graph",
	.usage = "tune [OPTION]...",
	.description =
		"Searches the options that change how a graph is walked, not what is walked, for "
		"each of the cells\n"
		"that `iowalk run` would measure: prints the best setting, with its interval and "
		"with what each\n"
		"option was worth, and writes profiles that `iowalk run --profile` takes. Options "
		"given by --opt\n"
		"keep their value. --processes: of the last rounds, at least 6. --dry-run shows "
		"what would be\n"
		"searched. docs/TUNING.md says how to read it, and when not to trust it.",
	.epilogue =
		"exit status: 0 the search ended, with what was found within its budget, 1 some "
		"settings failed,\n"
		"2 bad usage or input; interrupted: 130 (SIGINT) or 143 (SIGTERM), and what is "
		"known is written",
	.main = tune_main,
};
