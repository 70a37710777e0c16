/* iowalk gate's command line: see gate_arguments.h. */
#include "gate_arguments.h"

#include "commands.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

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
static bool parse_inject(struct gate_arguments *arguments, const char *text)
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
static int parse_one(struct gate_arguments *arguments, int option, const char *value)
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
static int check_arguments(struct gate_arguments *arguments)
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
	if (gate->inject_syscall && arguments->inject_cell) {
		message("--inject and --inject-syscall: one of them");
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

int gate_arguments_parse(struct gate_arguments *arguments, int argc, char **argv)
{
	int option, status;

	*arguments = (struct gate_arguments){
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

void gate_arguments_release(struct gate_arguments *arguments)
{
	free(arguments->inject_cell);
	arguments->inject_cell = NULL;
}
