/* iowalk conform: tests engines and layouts against their contracts, and prints a short history where one breaks it. */
#include "../../base/cache_folder.h"
#include "../../base/clock.h"
#include "../../base/files.h"
#include "../../base/progress.h"
#include "../../base/signals.h"
#include "../../conform/graph_groups.h"
#include "../../conform/groups.h"
#include "../../conform/model.h"
#include "../../conform/power.h"
#include "../../conform/power_histories.h"
#include "../../plan/cell.h"
#include "../../plugin/load.h"
#include "../command.h"
#include "../conform_subjects.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
	uint64_t seed;
	double budget_s;
	bool exhaustive;
	enum outcome_format format;
	const char *history, *fault, *only, *layout, *cache_folder;
	char options[CONFORM_OPTIONS_BYTES]; /* of --opt, with commas between them */
};

static int check_group(const char *name)
{
	char valid[CONFORM_GROUPS_COUNT * 16] = "";

	if (conform_group_find(name) < CONFORM_GROUPS_COUNT)
		return STATUS_OK;
	for (size_t i = 0; i < CONFORM_GROUPS_COUNT; i++)
		strcat(strcat(valid, i ? ", " : ""), conform_groups[i].name);
	message("--only '%s': valid: %s", name, valid);
	return STATUS_USAGE;
}

/* What --history and --fault say. */
struct given {
	struct history_operation *operations; /* [count]; NULL: not given */
	size_t count;
	struct fault fault;         /* none if its ordinal is 0 */
	struct graph_history graph; /* of a layout; its count is 0: not given */
	const struct layout_ops *layout;
};

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;
	char *end;

	switch (option) {
	case CLI_SEED:
		errno = 0;
		arguments->seed = strtoull(value, &end, 10);
		if (*value >= '0' && *value <= '9' && !*end && errno == 0)
			return STATUS_OK;
		message("--seed '%s': not a whole number of 64 bits", value);
		return STATUS_USAGE;
	case CLI_BUDGET:
		return number_parse("--budget", value, 1e7, &arguments->budget_s);
	case CLI_FORMAT:
		for (int i = 0; i < OUTCOME_FORMATS_COUNT; i++) {
			if (strcmp(value, outcome_format_names[i]) != 0)
				continue;
			arguments->format = (enum outcome_format)i;
			return STATUS_OK;
		}
		message("--format '%s': valid: text, tap, junit", value);
		return STATUS_USAGE;
	case CLI_OPT:
		if (strlen(arguments->options) + strlen(value) + 2 > sizeof(arguments->options)) {
			message("--opt: more than %zu bytes", sizeof(arguments->options));
			return STATUS_USAGE;
		}
		strcat(strcat(arguments->options, ","), value);
		return STATUS_OK;
	case CLI_HISTORY:
		arguments->history = value;
		return STATUS_OK;
	case CLI_FAULT:
		arguments->fault = value;
		return STATUS_OK;
	case CLI_ONLY:
		arguments->only = value;
		return check_group(value);
	case CLI_EXHAUSTIVE:
		arguments->exhaustive = true;
		return STATUS_OK;
	case CLI_LAYOUT:
		arguments->layout = value;
		return STATUS_OK;
	case CLI_PLUGIN:
		return plugin_take(value);
	default:
		arguments->cache_folder = value;
		return STATUS_OK;
	}
}

/* ---- testing them ---- */

/* Tests one subject in one group, or with what is given. */
static int test_one(const struct conform_test *test, const struct conform_setup *setup,
		    const struct given *given, struct outcome *outcome)
{
	const struct conform_subject *subject = test->subject;

	outcome_init(outcome, conform_groups[test->group].name, subject);
	if (test->claim)
		outcome_of_claim(outcome, claim_name(test->claim));
	if (test->graph)
		outcome_of_layout(outcome, test->graph);
	/* In a process of its own if there are plug-ins, which may crash. */
	int err = plugin_probe(subject->ops, setup->folder, subject->options, &outcome->why);
	if (err == -EOPNOTSUPP || err == -ECHILD) {
		outcome->state = err == -ECHILD ? OUTCOME_FAILED : OUTCOME_SKIPPED;
		return 0;
	}
	if (subject->ops->capabilities & ENGINE_NO_DATA &&
	    conform_groups[test->group].test != conform_model) {
		outcome->state = OUTCOME_SKIPPED;
		why_set(&outcome->why, 0, "the engine keeps no data, and makes no calls");
		return 0;
	}
	if (subject->ops->capabilities & ENGINE_READ_ONLY && !test->claim) {
		outcome->state = OUTCOME_SKIPPED;
		why_set(&outcome->why, 0, "the engine only reads: histories write");
		return 0;
	}
	const struct fault *fault = given->fault.ordinal ? &given->fault : NULL;
	if (given->graph.count)
		return test->graph ? conform_graph_history(subject, setup, &given->graph, fault,
							   outcome)
				   : conform_power_history(subject, setup, &given->graph, outcome);
	if (given->operations)
		return conform_history(subject, setup, given->operations, given->count, fault,
				       outcome);
	const struct conform_group *group = &conform_groups[test->group];
	return test->graph ? group->test_graph(subject, setup, outcome)
			   : group->test(subject, setup, outcome);
}

static int exit_status(const struct outcome *outcomes, size_t count)
{
	int status = STATUS_INCONCLUSIVE; /* until something was tested */

	for (size_t i = 0; i < count; i++) {
		if (outcomes[i].state == OUTCOME_FAILED)
			return STATUS_FAILURE;
		if (outcomes[i].state == OUTCOME_PASSED)
			status = STATUS_OK;
	}
	return status;
}

/* Until one cannot be tested, or the user interrupts. Returns 0 or negative errno; *done of the outcomes are set. */
static int test_each(const struct conform_tests *tests, const struct arguments *arguments,
		     struct conform_setup *setup, const struct given *given,
		     struct outcome *outcomes, size_t *done)
{
	double began_s = clock_now_s();
	struct progress progress;
	int err = 0;

	progress_begin(&progress, tests->count);
	for (*done = 0; !err && *done < tests->count && !signals_caught(); ++*done) {
		const struct conform_test *test = &tests->all[*done];

		setup->end_s = began_s + arguments->budget_s * (double)(*done + 1) /
						 (double)tests->timed_count;
		setup->claim = test->claim;
		setup->graph = test->graph;
		progress_show(&progress, test->subject->ops->name);
		err = test_one(test, setup, given, &outcomes[*done]);
		if (err || signals_caught())
			break;
		progress_step(&progress, 1, false);
		progress_clear(&progress);
		outcome_write(stdout, arguments->format, &outcomes[*done], *done + 1);
	}
	progress_clear(&progress);
	return err;
}

static int test_all(const struct conform_subjects *subjects, const struct arguments *arguments,
		    const char *folder, const struct given *given)
{
	struct conform_setup setup = {.folder = folder,
				      .seed = arguments->seed,
				      .layout = given->layout,
				      .exhaustive = arguments->exhaustive};
	struct conform_tests tests = {.all = NULL};
	struct outcome *outcomes = NULL;
	size_t done = 0;
	/* Which group a given history is for; NULL: all groups. */
	const char *only = given->fault.ordinal ? "faults"
			   : arguments->only    ? arguments->only
			   : arguments->history ? "model"
						: NULL;
	const struct conform_selection selection = {
		.subjects = subjects->all,
		.subjects_count = subjects->count,
		.layouts = subjects->layouts,
		.layouts_count = given->operations ? 0 : subjects->layouts_count,
		.only = only,
		.variants = arguments->only || *arguments->options || arguments->layout,
		.layout_only = given->layout != NULL};
	int err = conform_tests_list(&tests, &selection);

	if (!err) {
		outcomes = calloc(tests.count + 1, sizeof(*outcomes));
		err = outcomes ? 0 : -ENOMEM;
	}
	signals_catch();
	if (!err)
		err = test_each(&tests, arguments, &setup, given, outcomes, &done);
	if (err)
		message("%s", strerror(-err));
	else
		outcomes_write_end(stdout, arguments->format, outcomes, done, arguments->seed);
	int status = err ? STATUS_FAILURE : exit_status(outcomes, done);
	for (size_t i = 0; outcomes && i < tests.count; i++)
		outcome_release(&outcomes[i]);
	free(outcomes);
	free(tests.all);
	return status;
}

/* In a new folder inside the folder of graph files, which is removed at the end. */
static int test_in_folder(const struct conform_subjects *subjects,
			  const struct arguments *arguments, const struct given *given)
{
	char base[2048], folder[2100];

	cache_folder_path(arguments->cache_folder, base, sizeof(base));
	int err = make_folders(base);
	snprintf(folder, sizeof(folder), "%s/conform.XXXXXX", base);
	if (!err && !mkdtemp(folder))
		err = -errno;
	if (err) {
		message("cannot make a folder in '%s': %s", base, strerror(-err));
		return STATUS_FAILURE;
	}
	int status = test_all(subjects, arguments, folder, given);
	if (rmdir(folder)) {
		message("cannot remove '%s': %s", folder, strerror(errno));
		return STATUS_FAILURE;
	}
	return status;
}

/* ---- the command ---- */

static int read_layout(const char *name, struct given *given, struct why *why)
{
	int i = table_find(TABLE_LAYOUTS, name, why);

	if (i < 0)
		return -EINVAL;
	given->layout = layout_at((size_t)i);
	return 0;
}

/* What --history, --fault and --layout say. */
static int read_given(const struct arguments *arguments, struct given *given, struct why *why)
{
	bool power = arguments->only && strcmp(arguments->only, "power") == 0;
	bool model = arguments->only && strcmp(arguments->only, "model") == 0;
	bool claims = arguments->only && strcmp(arguments->only, "claims") == 0;
	bool damage = arguments->only && strcmp(arguments->only, "damage") == 0;
	int err = arguments->layout ? read_layout(arguments->layout, given, why) : 0;

	if (err)
		return err;
	if (arguments->exhaustive && !power && (!model || arguments->layout))
		return why_set(why, -EINVAL,
			       "--exhaustive needs --only model (of engines) or power");
	if (power && arguments->history && !arguments->layout)
		return why_set(why, -EINVAL, "--history of power needs --layout");
	if (damage && !arguments->layout && arguments->history)
		return why_set(why, -EINVAL, "--history of damage needs --layout");
	if (claims && arguments->layout)
		return why_set(why, -EINVAL, "--layout: only engines make claims");
	if (claims && arguments->history)
		return why_set(why, -EINVAL, "--only claims has its own histories");
	if (arguments->history)
		err = arguments->layout ? graph_parse(arguments->history, &given->graph, why)
					: history_parse(arguments->history, &given->operations,
							&given->count, why);
	if (!err && power && arguments->history)
		err = power_refuses(&given->graph, why);
	if (!err && arguments->fault)
		err = !arguments->history ? why_set(why, -EINVAL, "--fault needs --history")
		      : power             ? why_set(why, -EINVAL,
						    "--fault is for histories of model and faults")
					  : fault_parse(arguments->fault, &given->fault, why);
	return err;
}

extern const struct command command_conform;

static int conform_main(int argc, char **argv)
{
	struct arguments arguments = {.seed = 1};
	struct given given = {.operations = NULL};
	struct conform_subjects subjects = {0};
	struct why why = {""};
	int words, err;

	command_defaults(&command_conform, &arguments, take);
	int status = command_parse(&command_conform, argc, argv, &arguments, take, &words);
	if (status)
		return status - 1;
	if ((status = plugin_take_environment()))
		return status;
	err = read_given(&arguments, &given, &why);
	bool is_own = given.layout && given.layout->capabilities & LAYOUT_REFERENCE;
	if (!err && is_own && words < argc)
		err = why_set(&why, -EINVAL,
			      "layout '%s' is a store with its own I/O: it uses no engine",
			      given.layout->name);
	if (!err && is_own && arguments.only && strcmp(arguments.only, "power") == 0)
		err = why_set(&why, -EINVAL,
			      "--only power: layout '%s' has its own I/O, no engine below it",
			      given.layout->name);
	if (!err && words == argc && !is_own) {
		message("conform needs an ENGINE, or all");
		return usage_error("conform");
	}
	const struct conform_wanted wanted = {.options = arguments.options,
					      .layout = given.layout,
					      .defaults_only =
						      arguments.history || arguments.exhaustive};
	if (!err)
		err = conform_subjects_init(&subjects, &wanted, argv + words, &why);
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		status = status_of(err);
	} else {
		status = test_in_folder(&subjects, &arguments, &given);
	}
	free(given.operations);
	conform_subjects_release(&subjects);
	return status;
}

const struct command command_conform = {
	.name = "conform",
	.order = 350,
	.summary = "test engines and layouts against their contracts",
	.usage = "conform [OPTION]... ENGINE...",
	.description =
		"Plays random histories of operations on each engine and on a plain array of\n"
		"bytes, and compares each result and the whole file. Each engine is tested with\n"
		"its defaults and with each option that changes how it works, or only with what\n"
		"--opt says. A history on which they differ is made as short as possible and\n"
		"printed as a command that repeats it. Then each system call of a history fails,\n"
		"with each of its errors: no error may be lost, nothing that was synced, no\n"
		"descriptor, and no other instance. Layouts on the engine are tested in the same\n"
		"way, by operations on a graph, with damaged files, and opened from what a power\n"
		"failure may leave of them. Last, what the engine claims is shown by what can be\n"
		"observed, such as the calls that it makes. ENGINE all: every engine that stores\n"
		"data. A store with its own I/O (--layout sqlite) is tested without ENGINE.\n"
		"docs/CONFORMANCE.md says what is tested.",
	.epilogue = "exit status: 0 all engines pass, 1 one does not, 2 bad usage, 4 this machine "
		    "can run none of them",
	.main = conform_main,
};
