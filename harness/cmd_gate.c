/* iowalk gate: two builds held against each other, and a verdict for CI. */
#include "cell.h"
#include "commands.h"
#include "environment.h"
#include "gate.h"
#include "gate_output.h"
#include "prepare.h"
#include "verdict_out.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
	"usage: iowalk gate --against BINARY [OPTION]...\n"
	"       iowalk gate --baseline RUN [OPTION]...\n"
	"       iowalk gate --selftest [OPTION]...\n"
	"       iowalk gate --resume DIR\n"
	"\n"
	"Holds this build (the candidate) against another (the baseline): system calls, bytes and\n"
	"faults first, then times of fresh processes of both in turn. A change that makes a cell\n"
	"slower by the threshold, or do more, fails.\n"
	"\n"
	"  --against BINARY     the baseline's iowalk\n"
	"  --candidate BINARY   in place of this program\n"
	"  --baseline RUN       a stored run, measured again with this build: counts always, "
	"times\n"
	"                       only where the machine is the same, and of the weaker kind\n"
	"  --suite FILE         cells and budgets (gate)\n"
	"  --filter REGEX       only cells whose name matches (POSIX extended)\n"
	"  --threshold PCT      a slowdown below this is let through (2.5)\n"
	"  --budget S           no more time than this; what is undecided then is inconclusive "
	"(90)\n"
	"  --counts-only        no times\n"
	"  --keep-going         times also where the counts have decided\n"
	"  --timeout S          a worker that takes longer hangs (60)\n"
	"  --selftest           the gate against itself: alike must pass, 5 % slower and one "
	"system\n"
	"                       call more a walk must fail; exit status 0 only where they do\n"
	"  --inject CELL=PCT    make cells of the candidate that match (regular expression) "
	"slower\n"
	"  --inject-syscall CELL   or let each of their walks make one system call more\n"
	"  --order-seed N       of the order of the blocks (drawn, and recorded)\n"
	"\n"
	"  --out DIR            the record (results/gates/<UTC>-<suite>)\n"
	"  --resume DIR         go on with a gate that was ended early\n"
	"  --cache-dir DIR      graph files (default: $IOWALK_CACHE_DIR, ~/.cache/iowalk)\n"
	"  --junit FILE         a test report for the CI: JUnit XML\n"
	"  --markdown FILE      for a job summary ($GITHUB_STEP_SUMMARY)\n"
	"  --annotations        GitHub's workflow commands beside the table\n"
	"  --json               the result as JSON on stdout\n"
	"  --color WHEN         auto, always, never\n"
	"\n"
	"exit status: 0 pass, 1 failure (a side that crashes, hangs or walks wrong is named), 2 "
	"bad\n"
	"usage or input, 3 regression, 4 inconclusive\n";

struct arguments {
	struct gate_settings gate;
	const char *suite, *filter, *out, *resume, *cache_dir, *color;
	const char *baseline_run;
	char *inject_cell; /* of --inject CELL=PCT, or NULL */
	struct gate_output output;
	bool selftest, has_threshold;
};

enum {
	OPT_AGAINST = 1000,
	OPT_CANDIDATE,
	OPT_BASELINE,
	OPT_SUITE,
	OPT_FILTER,
	OPT_THRESHOLD,
	OPT_BUDGET,
	OPT_COUNTS_ONLY,
	OPT_KEEP_GOING,
	OPT_TIMEOUT,
	OPT_SELFTEST,
	OPT_INJECT,
	OPT_INJECT_SYSCALL,
	OPT_ORDER_SEED,
	OPT_OUT,
	OPT_RESUME,
	OPT_CACHE_DIR,
	OPT_JUNIT,
	OPT_MARKDOWN,
	OPT_ANNOTATIONS,
	OPT_JSON,
	OPT_COLOR,
	OPT_HELP
};

static const struct option options[] = {
	{"against", required_argument, NULL, OPT_AGAINST},
	{"candidate", required_argument, NULL, OPT_CANDIDATE},
	{"baseline", required_argument, NULL, OPT_BASELINE},
	{"suite", required_argument, NULL, OPT_SUITE},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"threshold", required_argument, NULL, OPT_THRESHOLD},
	{"budget", required_argument, NULL, OPT_BUDGET},
	{"counts-only", no_argument, NULL, OPT_COUNTS_ONLY},
	{"keep-going", no_argument, NULL, OPT_KEEP_GOING},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"selftest", no_argument, NULL, OPT_SELFTEST},
	{"inject", required_argument, NULL, OPT_INJECT},
	{"inject-syscall", required_argument, NULL, OPT_INJECT_SYSCALL},
	{"order-seed", required_argument, NULL, OPT_ORDER_SEED},
	{"out", required_argument, NULL, OPT_OUT},
	{"resume", required_argument, NULL, OPT_RESUME},
	{"cache-dir", required_argument, NULL, OPT_CACHE_DIR},
	{"junit", required_argument, NULL, OPT_JUNIT},
	{"markdown", required_argument, NULL, OPT_MARKDOWN},
	{"annotations", no_argument, NULL, OPT_ANNOTATIONS},
	{"json", no_argument, NULL, OPT_JSON},
	{"color", required_argument, NULL, OPT_COLOR},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* Above 0 and at most `max`; else a message. */
static bool parse_number(const char *name, const char *text, double max, double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (end != text && !*end && *value > 0 && *value <= max)
		return true;
	message("--%s '%s': not a number above 0 and up to %g", name, text, max);
	return false;
}

/* CELL=PERCENT; the expression may have a '=' of its own. */
static bool parse_inject(struct arguments *arguments, const char *text)
{
	const char *equals = strrchr(text, '=');

	if (!equals || equals == text) {
		message("--inject '%s': not of the form CELL=PERCENT", text);
		return false;
	}
	free(arguments->inject_cell);
	arguments->inject_cell = strndup(text, (size_t)(equals - text));
	arguments->gate.inject_cell = arguments->inject_cell;
	return parse_number("inject", equals + 1, 1000, &arguments->gate.inject_percent);
}

static bool parse_seed(const char *text, uint64_t *seed)
{
	struct option_spec spec = {.name = "order-seed", .type = OPTION_U64, .max = UINT64_MAX};
	struct why why = {""};

	if (option_parse(&spec, text, seed, &why) == 0)
		return true;
	message("--%s", why.text);
	return false;
}

/* 0, or the exit status plus one. */
static int parse_one(struct arguments *arguments, int option, const char *value)
{
	struct gate_settings *gate = &arguments->gate;
	bool good = true;

	switch (option) {
	case OPT_AGAINST:
		gate->baseline = value;
		break;
	case OPT_CANDIDATE:
		gate->candidate = value;
		break;
	case OPT_BASELINE:
		arguments->baseline_run = value;
		break;
	case OPT_SUITE:
		arguments->suite = value;
		break;
	case OPT_FILTER:
		arguments->filter = value;
		break;
	case OPT_THRESHOLD:
		good = parse_number("threshold", value, 1000, &gate->threshold_percent);
		arguments->has_threshold = true;
		break;
	case OPT_BUDGET:
		good = parse_number("budget", value, 1e6, &gate->budget_s);
		break;
	case OPT_COUNTS_ONLY:
		gate->counts_only = true;
		break;
	case OPT_KEEP_GOING:
		gate->keep_going = true;
		break;
	case OPT_TIMEOUT:
		good = parse_number("timeout", value, 1e6, &gate->timeout_s);
		break;
	case OPT_SELFTEST:
		arguments->selftest = true;
		break;
	case OPT_INJECT:
		good = parse_inject(arguments, value);
		break;
	case OPT_INJECT_SYSCALL:
		gate->inject_cell = value;
		gate->inject_syscall = true;
		break;
	case OPT_ORDER_SEED:
		good = parse_seed(value, &gate->order_seed);
		break;
	case OPT_OUT:
		arguments->out = value;
		break;
	case OPT_RESUME:
		arguments->resume = value;
		break;
	case OPT_CACHE_DIR:
		arguments->cache_dir = value;
		break;
	case OPT_JUNIT:
		arguments->output.junit = value;
		break;
	case OPT_MARKDOWN:
		arguments->output.markdown = value;
		break;
	case OPT_ANNOTATIONS:
		arguments->output.annotations = true;
		break;
	case OPT_JSON:
		arguments->output.json = true;
		break;
	case OPT_COLOR:
		arguments->color = value;
		break;
	case OPT_HELP:
		fputs(help, stdout);
		return STATUS_OK + 1;
	default:
		return usage_error("gate") + 1;
	}
	return good ? 0 : STATUS_USAGE + 1;
}

/* What a record of an earlier gate decides by itself cannot be given once more. */
static int check_arguments(struct arguments *arguments)
{
	const struct gate_settings *gate = &arguments->gate;

	if (arguments->resume) {
		const char *given = gate->baseline        ? "against"
				    : gate->candidate     ? "candidate"
				    : arguments->suite    ? "suite"
				    : arguments->filter   ? "filter"
				    : arguments->out      ? "out"
				    : gate->inject_cell   ? "inject"
				    : arguments->selftest ? "selftest"
							  : NULL;
		if (!given)
			return 0;
		message("--resume goes on as the gate was begun; --%s cannot be given with it",
			given);
		return STATUS_USAGE + 1;
	}
	if (arguments->selftest && (gate->baseline || gate->inject_cell)) {
		message("--selftest holds this build against itself; --against and --inject cannot "
			"be given with it");
		return STATUS_USAGE + 1;
	}
	if (arguments->baseline_run &&
	    (gate->baseline || gate->inject_cell || arguments->selftest)) {
		message("--baseline measures one build; --against, --inject and --selftest need "
			"two");
		return STATUS_USAGE + 1;
	}
	if (!arguments->selftest && !arguments->baseline_run && !gate->baseline) {
		message("gate needs a baseline: --against BINARY or --baseline RUN");
		return usage_error("gate") + 1;
	}
	return 0;
}

static int parse_arguments(struct arguments *arguments, int argc, char **argv)
{
	int option, status;

	*arguments = (struct arguments){
		.color = "auto",
		.gate = {.threshold_percent = 2.5, .budget_s = 90, .timeout_s = 60}};
	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		status = parse_one(arguments, option == 'h' ? OPT_HELP : option, optarg);
		if (status)
			return status;
	}
	if (optind < argc) {
		message("gate takes no argument '%s'", argv[optind]);
		return usage_error("gate") + 1;
	}
	if (!color_parse(arguments->color, stdout, &arguments->output.color)) {
		message("--color '%s': valid: auto, always, never", arguments->color);
		return STATUS_USAGE + 1;
	}
	return check_arguments(arguments);
}

/* ---- the plan and its record ---- */

static int make_plan(const struct arguments *arguments, struct plan *plan, struct why *why)
{
	char path[4096];

	plan_suite_path(arguments->suite ? arguments->suite : "gate", path, sizeof(path));
	int err = plan_add_suite(plan, path, NULL, why);
	if (err || !arguments->filter)
		return err;
	int left = plan_filter(plan, arguments->filter, why);
	return left < 0 ? left
	       : left   ? 0
			: why_set(why, -EINVAL, "no cell matches the filter '%.100s'",
				  arguments->filter);
}

static json_t *settings_json(const struct gate_settings *settings)
{
	json_t *json = json_pack(
		"{ss ss sf sf sf sI sb sb sb}", "baseline", settings->baseline, "candidate",
		settings->candidate, "threshold_percent", settings->threshold_percent, "budget_s",
		settings->budget_s, "timeout_s", settings->timeout_s, "order_seed",
		(json_int_t)settings->order_seed, "counts_only", settings->counts_only,
		"keep_going", settings->keep_going, "inject_syscall", settings->inject_syscall);

	if (json && settings->inject_cell) {
		json_object_set_new(json, "inject_cell", json_string(settings->inject_cell));
		json_object_set_new(json, "inject_percent", json_real(settings->inject_percent));
	}
	return json;
}

/* The texts stay the record's. */
static int settings_restore(struct gate_settings *settings, const struct gate_record *record,
			    struct why *why)
{
	const json_t *json = json_object_get(record->info, "settings");

	*settings = (struct gate_settings){
		.baseline = json_string_value(json_object_get(json, "baseline")),
		.candidate = json_string_value(json_object_get(json, "candidate")),
		.threshold_percent = json_number_value(json_object_get(json, "threshold_percent")),
		.budget_s = json_number_value(json_object_get(json, "budget_s")),
		.timeout_s = json_number_value(json_object_get(json, "timeout_s")),
		.order_seed = (uint64_t)json_integer_value(json_object_get(json, "order_seed")),
		.counts_only = json_is_true(json_object_get(json, "counts_only")),
		.keep_going = json_is_true(json_object_get(json, "keep_going")),
		.inject_syscall = json_is_true(json_object_get(json, "inject_syscall")),
		.inject_cell = json_string_value(json_object_get(json, "inject_cell")),
		.inject_percent = json_number_value(json_object_get(json, "inject_percent")),
	};
	if (!settings->baseline || !settings->candidate || !(settings->threshold_percent > 0) ||
	    !(settings->budget_s > 0) || !(settings->timeout_s > 0))
		return why_set(why, -EBADMSG, "'%s/gate.json' has no settings", record->path);
	return 0;
}

static json_t *gate_info(const struct plan *plan, const struct arguments *arguments,
			 const struct gate_settings *settings, const char *cache_folder, int argc,
			 char **argv)
{
	json_t *command = json_array(), *cells = json_array();
	struct why addresses = {""};
	char started[32];
	time_t now = time(NULL);
	struct tm utc;

	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	json_array_append_new(command, json_string("iowalk"));
	json_array_append_new(command, json_string("gate"));
	for (int i = 1; i < argc; i++)
		json_array_append_new(command, json_string(argv[i]));
	for (size_t i = 0; i < plan->cells_count; i++)
		json_array_append_new(cells, cell_json(&plan->cells[i]));
	json_t *info = json_pack("{si ss so ss sI sO sO so so so}", "format", 1, "suite",
				 plan->suite, "command", command, "started", started, "seed",
				 (json_int_t)plan->seed, "selections", plan->selections, "budgets",
				 plan->budgets, "settings", settings_json(settings), "cells", cells,
				 "environment", environment_probe(cache_folder));
	if (info && arguments->filter)
		json_object_set_new(info, "filter", json_string(arguments->filter));
	if (info && !worker_fixed_addresses(&addresses))
		json_object_set_new(info, "address_randomization", json_string(addresses.text));
	return info;
}

static int new_record(const struct plan *plan, const struct arguments *arguments,
		      const struct gate_settings *settings, const char *cache_folder,
		      const char *path, int argc, char **argv, struct gate_record *record,
		      struct why *why)
{
	json_t *info = gate_info(plan, arguments, settings, cache_folder, argc, argv);
	int err = info ? gate_record_create(record, path, info, why) : -ENOMEM;

	json_decref(info);
	return err;
}

static void default_path(const struct arguments *arguments, const struct plan *plan, char *path,
			 size_t path_size)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm utc;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H%M%SZ", gmtime_r(&now, &utc));
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
		json_object_set_new(record->info, "result", verdict_json(comparison));
	json_object_set_new(record->info, "elapsed_s", json_real(gate_elapsed_s(gate)));
	json_object_set_new(record->info, "exit_status", json_integer(status));
	return gate_record_save(record);
}

/* Measures a gate whose record is open, and shows what came of it: an exit status. */
static int run_gate(const struct arguments *arguments, const struct gate_settings *settings,
		    const struct plan *plan, struct preparer *preparer, struct gate_record *record)
{
	struct comparison comparison;
	struct gate gate;
	int err = gate_open(&gate, plan, settings, record, preparer), status;

	err = err ? err : gate_measure(&gate);
	if (err == -EINTR)
		message("interrupted; go on with: iowalk gate --resume '%s'", record->path);
	else if (err)
		message("%s", *gate.why.text ? gate.why.text : strerror(-err));
	status = !err ? STATUS_OK : err == -EDQUOT ? STATUS_USAGE : status_of(err);
	/* A side that fails as a whole is the machine's or the build's failure, not the user's. */
	if (err == -EBADMSG || err == -EPROTO)
		status = STATUS_FAILURE;
	if (!err) {
		err = gate_compare(&gate, &comparison);
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
	}
	gate_close(&gate);
	return status;
}

/* ---- the gate against itself ---- */

static int selftest(const struct arguments *arguments, const struct plan *plan,
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
		{"syscall", "one system call more a walk in one cell", 0, true, STATUS_REGRESSION},
		{"slower", "5 % slower in one cell", 5, false, STATUS_REGRESSION},
	};
	size_t cell = 0, failures = 0;

	while (cell < plan->cells_count && (plan->cells[cell].skipped || plan->cells[cell].cold))
		cell++;
	if (cell == plan->cells_count) {
		message("--selftest: the suite has no warm cell to inject into");
		return STATUS_USAGE;
	}
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]) && !worker_interrupted(); i++) {
		struct gate_settings settings = arguments->gate;
		struct gate_record record = {0};
		struct why why = {""};
		char folder[4200];

		settings.inject_percent = trials[i].inject_percent;
		settings.inject_syscall = trials[i].inject_syscall;
		if (trials[i].wanted)
			settings.inject_cell = plan->cells[cell].name;
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
	printf("%s\n", failures ? "selftest failed: this gate cannot be relied on here"
				: "selftest passed: alike passes, slower and more calls fail");
	return failures || worker_interrupted() ? STATUS_FAILURE : STATUS_OK;
}

/* ---- the command ---- */

/* This program, as another process can execute it. */
static int own_path(char *path, size_t path_size)
{
	ssize_t len = readlink("/proc/self/exe", path, path_size - 1);

	if (len < 0)
		return -errno;
	path[len] = '\0';
	return 0;
}

static int gate_with(struct arguments *arguments, struct plan *plan, int argc, char **argv)
{
	struct gate_settings *settings = &arguments->gate;
	char folder[2048], path[4096], program[4096];
	struct gate_record record = {0};
	struct preparer *preparer = NULL;
	struct why why = {""};
	int status = STATUS_FAILURE;
	int err = own_path(program, sizeof(program));

	if (!settings->candidate)
		settings->candidate = program;
	if (!settings->baseline)
		settings->baseline = settings->candidate;
	if (!err && arguments->resume) {
		err = gate_record_load(&record, arguments->resume, &why);
		err = err ? err : settings_restore(settings, &record, &why);
		err = err ? err : plan_restore(plan, record.info, arguments->resume, &why);
		if (!err && json_object_get(record.info, "budgets")) {
			json_decref(plan->budgets);
			plan->budgets = json_incref(json_object_get(record.info, "budgets"));
		}
	} else if (!err) {
		err = make_plan(arguments, plan, &why);
		if (!settings->order_seed &&
		    getrandom(&settings->order_seed, sizeof(settings->order_seed), 0) < 0)
			settings->order_seed = (uint64_t)time(NULL);
		settings->order_seed &= INT64_MAX; /* a JSON number has a sign */
	}
	snprintf(folder, sizeof(folder), "%s", arguments->cache_dir ? arguments->cache_dir : "");
	if (!*folder)
		default_cache_folder(folder, sizeof(folder));
	err = err ? err : preparer_new(folder, UINT64_C(20) << 30, &preparer, &why);
	if (!err && preparer_check_room(preparer, plan, &why)) {
		message("%s", why.text);
		status = STATUS_USAGE;
		goto out;
	}
	if (err)
		goto out;
	plan_probe(plan, folder);
	worker_catch_signals();
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
	preparer_free(preparer);
	gate_record_release(&record);
	return status;
}

static int baseline_with(const struct arguments *arguments, struct plan *plan)
{
	struct gate_baseline_request request = {
		.run = arguments->baseline_run,
		.out = arguments->out,
		.filter = arguments->filter,
		.cache_dir = arguments->cache_dir,
		.threshold_percent =
			arguments->has_threshold ? arguments->gate.threshold_percent : NAN,
		.counts_only = arguments->gate.counts_only,
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

int command_gate(int argc, char **argv)
{
	struct arguments arguments;
	struct plan plan;
	int status = parse_arguments(&arguments, argc, argv);

	if (status) {
		free(arguments.inject_cell);
		return status - 1;
	}
	plan_init(&plan);
	status = arguments.baseline_run ? baseline_with(&arguments, &plan)
					: gate_with(&arguments, &plan, argc, argv);
	plan_release(&plan);
	free(arguments.inject_cell);
	return status;
}
