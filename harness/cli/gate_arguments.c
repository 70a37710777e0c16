/* The command line of iowalk gate: see gate_arguments.h. */
#include "gate_arguments.h"

#include "command.h"

#include <stdlib.h>
#include <string.h>

/* CELL=PERCENT or CELL=PERCENT/SHARE; the regular expression CELL may contain '=' and '/'. */
static int parse_inject(struct gate_arguments *arguments, const char *text)
{
	struct gate_injection *injection = arguments->gate.injections;
	const char *equals = strrchr(text, '=');

	if (!equals || equals == text) {
		message("--inject '%s': not of the form CELL=PERCENT or CELL=PERCENT/SHARE", text);
		return STATUS_USAGE;
	}
	char *percent = strdup(equals + 1), *slash = percent ? strchr(percent, '/') : NULL;
	int status = percent ? STATUS_OK : STATUS_FAILURE;
	if (slash) {
		*slash = '\0';
		status = number_parse("inject", slash + 1, 100, &injection->share_percent);
	}
	if (!status)
		status = number_parse("inject", percent, 1000, &injection->percent);
	free(percent);
	free(arguments->inject_cell);
	arguments->inject_cell = strndup(text, (size_t)(equals - text));
	injection->cell = arguments->inject_cell;
	return status;
}

static int parse_seed(const char *text, uint64_t *seed)
{
	struct option_spec spec = {.name = "order-seed", .type = OPTION_U64, .max = UINT64_MAX};
	struct why why = {""};

	if (option_parse(&spec, text, seed, &why) == 0)
		return STATUS_OK;
	message("--%s", why.text);
	return STATUS_USAGE;
}

/* Stores the options that take a text. */
static int take_text(struct gate_arguments *arguments, enum cli_option option, const char *value)
{
	struct gate_settings *gate = &arguments->gate;
	const struct {
		enum cli_option option;
		const char **text;
	} texts[] = {
		{CLI_AGAINST, &gate->baseline},
		{CLI_CANDIDATE, &gate->candidate},
		{CLI_SUITE, &arguments->suite},
		{CLI_FILTER, &arguments->filter},
		{CLI_EXCLUDE, &arguments->exclude},
		{CLI_INJECT_SYSCALL, &gate->injections[0].cell},
		{CLI_PREPARE, &gate->prepare},
		{CLI_OUT, &arguments->out},
		{CLI_RESUME, &arguments->resume},
		{CLI_CACHE_DIR, &arguments->cache_dir},
		{CLI_JUNIT, &arguments->output.junit},
		{CLI_MARKDOWN, &arguments->output.markdown},
	};

	gate->injections[0].is_syscall |= option == CLI_INJECT_SYSCALL;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].option == option)
			*texts[i].text = value;
	}
	return STATUS_OK;
}

static int take(void *context, enum cli_option option, const char *value)
{
	struct gate_arguments *arguments = context;
	struct gate_settings *gate = &arguments->gate;

	if (option < CLI_SELECTION + SELECTION_KEYS_COUNT)
		return key_take(&arguments->selection, option, value);

	switch (option) {
	case CLI_THRESHOLD:
		arguments->has_threshold = true;
		return number_parse("threshold", value, 1000, &gate->threshold_percent);
	case CLI_BASELINE:
		if (arguments->baselines_count == BASELINES_MAX) {
			message("--baseline: at most %d runs", BASELINES_MAX);
			return STATUS_USAGE;
		}
		arguments->baselines[arguments->baselines_count++] = value;
		return STATUS_OK;
	case CLI_PLUGIN:
		arguments->has_plugin = true;
		return plugin_take(value);
	case CLI_AGAINST_PLUGIN:
		if (arguments->against_plugins_count == AGAINST_PLUGINS_MAX) {
			message("--against-plugin: at most %d", AGAINST_PLUGINS_MAX);
			return STATUS_USAGE;
		}
		arguments->against_plugins[arguments->against_plugins_count++] = value;
		return STATUS_OK;
	case CLI_BUDGET:
		return number_parse("budget", value, 1e6, &gate->budget_s);
	case CLI_TIMEOUT:
		return number_parse("timeout", value, 1e6, &gate->timeout_s);
	case CLI_INJECT:
		return parse_inject(arguments, value);
	case CLI_ORDER_SEED:
		return parse_seed(value, &gate->order_seed);
	case CLI_COLOR:
		return color_parse(value, stdout, &arguments->output.color);
	default:
		break;
	}
	if (value)
		return take_text(arguments, option, value);
	gate->counts_only |= option == CLI_COUNTS_ONLY;
	gate->keep_going |= option == CLI_KEEP_GOING;
	gate->allow_lost |= option == CLI_ALLOW_LOST;
	arguments->selftest |= option == CLI_SELFTEST;
	arguments->output.annotations |= option == CLI_ANNOTATIONS;
	arguments->output.json |= option == CLI_JSON;
	return STATUS_OK;
}

/* --command has what it compares with, and is not compared with anything else. */
static int check_command(const struct command *command, const struct gate_arguments *arguments)
{
	const struct gate_settings *gate = &arguments->gate;
	char *const *values = arguments->selection.values;
	const char *other = gate->baseline                     ? "against"
			    : gate->candidate                  ? "candidate"
			    : arguments->suite                 ? "suite"
			    : arguments->baselines_count       ? "baseline"
			    : arguments->against_plugins_count ? "against-plugin"
			    : arguments->selftest              ? "selftest"
							       : NULL;

	if (!values[KEY_COMMAND] != !values[KEY_AGAINST]) {
		message("--%s needs --%s, the other program",
			values[KEY_COMMAND] ? "command" : "against-command",
			values[KEY_COMMAND] ? "against-command" : "command");
		return STATUS_USAGE + 1;
	}
	if (values[KEY_COMMAND] && other) {
		message("--command is compared with --against-command; --%s cannot be given with "
			"it",
			other);
		return STATUS_USAGE + 1;
	}
	struct option_info option;
	const char *given =
		values[KEY_COMMAND] ? NULL : key_given(command, &arguments->selection, &option);
	if (given) {
		message("--%s is of --command, which is not given", given);
		return STATUS_USAGE + 1;
	}
	return 0;
}

/* Refuses options that cannot be combined. --resume takes its settings from the record. */
static int check_arguments(const struct command *command, struct gate_arguments *arguments)
{
	const struct gate_settings *gate = &arguments->gate;
	const struct gate_injection *injection = gate->injections;
	struct option_info option;

	if (arguments->resume) {
		const char *given = gate->baseline          ? "against"
				    : gate->candidate       ? "candidate"
				    : arguments->suite      ? "suite"
				    : arguments->filter     ? "filter"
				    : arguments->exclude    ? "exclude"
				    : arguments->out        ? "out"
				    : injection->cell       ? "inject"
				    : gate->prepare         ? "prepare"
				    : arguments->selftest   ? "selftest"
				    : arguments->has_plugin ? "plugin"
				    : arguments->against_plugins_count
					    ? "against-plugin"
					    : key_given(command, &arguments->selection, &option);
		if (!given)
			return 0;
		message("--resume continues the gate as it was started; --%s cannot be given with "
			"it",
			given);
		return STATUS_USAGE + 1;
	}
	if (injection->is_syscall && arguments->inject_cell) {
		message("--inject and --inject-syscall cannot be given together");
		return STATUS_USAGE + 1;
	}
	if (arguments->against_plugins_count &&
	    (arguments->baselines_count || arguments->selftest)) {
		message("--against-plugin names the baseline; --baseline and --selftest have their "
			"own");
		return STATUS_USAGE + 1;
	}
	if (arguments->selftest && (gate->baseline || injection->cell)) {
		message("--selftest compares this build with itself; --against and --inject cannot "
			"be "
			"given with it");
		return STATUS_USAGE + 1;
	}
	if (arguments->baselines_count &&
	    (gate->baseline || injection->cell || arguments->selftest)) {
		message("--baseline measures one build; --against, --inject and --selftest need "
			"two");
		return STATUS_USAGE + 1;
	}
	if (arguments->baselines_count && gate->prepare) {
		message("--baseline measures one build; --prepare needs two");
		return STATUS_USAGE + 1;
	}
	int status = check_command(command, arguments);
	/* A suite can name what each of its commands is compared with. */
	arguments->has_baseline = arguments->selftest || arguments->baselines_count ||
				  arguments->against_plugins_count || gate->baseline ||
				  arguments->selection.values[KEY_COMMAND];
	if (!status && !arguments->has_baseline && !arguments->suite) {
		message(GATE_NEEDS_BASELINE);
		status = usage_error("gate") + 1;
	}
	return status;
}

int gate_arguments_parse(const struct command *command, struct gate_arguments *arguments, int argc,
			 char **argv)
{
	int words, status;

	*arguments = (struct gate_arguments){0};
	command_defaults(command, arguments, take);
	arguments->has_threshold = false;
	arguments->default_suite = arguments->suite;
	arguments->suite = NULL; /* not given */
	status = command_parse(command, argc, argv, arguments, take, &words);
	if (status)
		return status;
	if (words < argc) {
		message("gate takes no argument '%s'", argv[words]);
		return usage_error("gate") + 1;
	}
	if ((status = plugin_take_environment()))
		return status + 1;
	return check_arguments(command, arguments);
}

void gate_arguments_release(struct gate_arguments *arguments)
{
	free(arguments->inject_cell);
	arguments->inject_cell = NULL;
	selection_release(&arguments->selection);
	json_decref(arguments->baseline_plugins);
	arguments->baseline_plugins = NULL;
}
