/* The options of `iowalk run` and `iowalk profile`: see run_arguments.h. */
#include "run_arguments.h"

#include "../base/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number; the suffixes K, M and G are allowed, as in option_parse(). */
static bool parse_u64(const char *name, const char *text, uint64_t min, uint64_t *value)
{
	struct option_spec spec = {.name = name, .type = OPTION_U64, .min = min, .max = UINT64_MAX};
	struct why why = {0};

	if (option_parse(&spec, text, value, &why) == 0)
		return true;
	message("--%s: %s", name, why.text);
	return false;
}

static int parse_counters(const char *value, enum counters_mode *mode)
{
	if (counters_mode_parse(value, mode) == 0)
		return STATUS_OK;
	message("--counters '%s': valid: auto, ptrace, none", value);
	return STATUS_USAGE;
}

/* Seconds above 0, up to a week. */
static bool parse_seconds(const char *name, const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end > text && !*end && *seconds > 0 && *seconds <= 7 * 86400)
		return true;
	message("--%s '%.40s': not seconds above 0", name, text);
	return false;
}

static int parse_precision(const char *text, double *percent)
{
	struct why why = {0};

	if (precision_parse(text, percent, &why) == 0)
		return STATUS_OK;
	message("--precision %s", why.text);
	return STATUS_USAGE;
}

static int take_shard(const char *text, struct shard *shard)
{
	struct why why = {0};

	if (shard_parse(text, shard, &why) == 0)
		return STATUS_OK;
	message("--%s", why.text);
	return STATUS_USAGE;
}

/* The options without an argument. */
static int take_flag(struct run_arguments *arguments, enum cli_option option)
{
	arguments->dry_run |= option == CLI_DRY_RUN;
	arguments->no_plots |= option == CLI_NO_PLOTS;
	arguments->no_roofline |= option == CLI_NO_ROOFLINE;
	arguments->json |= option == CLI_JSON;
	arguments->fom |= option == CLI_FOM;
	return STATUS_OK;
}

static int take(void *context, enum cli_option option, const char *value)
{
	struct run_arguments *arguments = context;
	const struct {
		enum cli_option option;
		const char **text;
	} texts[] = {
		{CLI_SUITE, &arguments->suite},     {CLI_FILTER, &arguments->filter},
		{CLI_EXCLUDE, &arguments->exclude}, {CLI_PREPARE, &arguments->prepare},
		{CLI_CLAIM, &arguments->claim},     {CLI_OUT, &arguments->out},
		{CLI_RESUME, &arguments->resume},   {CLI_CACHE_DIR, &arguments->cache_dir},
		{CLI_COSTS, &arguments->costs},
	};

	if (option < CLI_SELECTION + SELECTION_KEYS_COUNT)
		return key_take(&arguments->selection, option, value);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].option == option)
			*texts[i].text = value;
	}
	switch (option) {
	case CLI_CACHE_LIMIT:
		return parse_u64("cache-limit", value, 0, &arguments->cache_limit_bytes)
			       ? STATUS_OK
			       : STATUS_USAGE;
	case CLI_BUILD_MEMORY:
		return parse_u64("build-memory", value, 1, &arguments->build_memory_bytes)
			       ? STATUS_OK
			       : STATUS_USAGE;
	case CLI_COUNTERS:
		return parse_counters(value, &arguments->counters);
	case CLI_SHARD:
		return take_shard(value, &arguments->shard);
	case CLI_PRECISION:
		return parse_precision(value, &arguments->precision.asked_percent);
	case CLI_BUDGET:
		arguments->has_budget = true;
		return parse_seconds("budget", value, &arguments->precision.budget_s)
			       ? STATUS_OK
			       : STATUS_USAGE;
	case CLI_TIMEOUT:
		return parse_seconds("timeout", value, &arguments->timeout_s) ? STATUS_OK
									      : STATUS_USAGE;
	case CLI_COLOR:
		return color_parse(value, stdout, &arguments->use_color);
	case CLI_PLUGIN:
		arguments->has_plugin = true;
		return plugin_take(value);
	default:
		return take_flag(arguments, option);
	}
}

/* A resumed run has its own cells: options that would choose others are refused, not ignored. */
static int refuse_other_cells(const struct run_arguments *arguments)
{
	const char *given = arguments->suite                         ? "suite"
			    : arguments->filter                      ? "filter"
			    : arguments->exclude                     ? "exclude"
			    : arguments->prepare                     ? "prepare"
			    : arguments->claim                       ? "claim"
			    : arguments->out                         ? "out"
			    : arguments->shard.count                 ? "shard"
			    : arguments->costs                       ? "costs"
			    : arguments->has_plugin                  ? "plugin"
			    : arguments->precision.asked_percent > 0 ? "precision"
								     : NULL;
	struct option_info option;

	if (!given)
		given = key_given(arguments->command, &arguments->selection, &option);
	if (!given)
		return 0;
	message("--resume continues with the run's own cells; --%s cannot be given with it", given);
	return STATUS_USAGE + 1;
}

/* The words after the options are the program of `exec`. A record that is continued has its own. */
static int take_program(struct run_arguments *arguments, char **words, int count)
{
	struct why why = {0};

	if (arguments->resume && count == 0)
		return 0;
	if (count == 0 || arguments->resume) {
		message(count ? "--resume continues with the run's own command"
			      : "no command is given: iowalk exec [OPTION]... -- CMD [ARG]...");
		return usage_error(arguments->command->name) + 1;
	}
	const char *passes = arguments->selection.values[KEY_PASSES];
	if (passes && strstr(passes, pass_names[PASS_LATENCY])) {
		message("--passes '%s': a command has no latencies of single operations; valid: "
			"time, count, profile",
			passes);
		return STATUS_USAGE + 1;
	}
	char *text = words_join(words, (size_t)count);
	int err = text ? selection_set(&arguments->selection, selection_keys[KEY_COMMAND].name,
				       text, &why)
		       : -ENOMEM;
	free(text);
	return err ? STATUS_FAILURE + 1 : 0;
}

static bool takes(const struct command *command, enum cli_option id)
{
	struct option_info option;

	for (size_t i = 0; option_of_command(command->name, i, &option); i++) {
		if (option.id == id)
			return true;
	}
	return false;
}

int run_arguments_parse(const struct command *command, const char *passes,
			struct run_arguments *arguments, int argc, char **argv)
{
	int words, status;
	struct why why = {0};

	*arguments = (struct run_arguments){.command = command,
					    .precision.budget_s = PRECISION_BUDGET_S};
	command_defaults(command, arguments, take);
	status = command_parse(command, argc, argv, arguments, take, &words);
	if (status)
		return status;
	if (command->takes_program) {
		status = take_program(arguments, argv + words, argc - words);
		if (status)
			return status;
	} else if (words < argc) {
		message("%s takes no argument '%s'", command->name, argv[words]);
		return usage_error(command->name) + 1;
	}
	if (takes(command, CLI_PRECISION) && arguments->has_budget &&
	    !(arguments->precision.asked_percent > 0)) {
		message("--budget is of --precision, which is not given");
		return STATUS_USAGE + 1;
	}
	if (arguments->fom && arguments->json) {
		message("--fom and --json: give either of them");
		return STATUS_USAGE + 1;
	}
	if (arguments->costs && !arguments->shard.count && !arguments->resume) {
		message("--costs is for --shard, which is not given");
		return STATUS_USAGE + 1;
	}
	if ((status = plugin_take_environment()))
		return status + 1;
	if (arguments->resume && (status = refuse_other_cells(arguments)))
		return status;
	if (passes && !arguments->resume && !arguments->selection.values[KEY_PASSES] &&
	    selection_set(&arguments->selection, selection_keys[KEY_PASSES].name, passes, &why)) {
		message("%s", why.text);
		return STATUS_FAILURE + 1;
	}
	const char *seed = arguments->selection.values[KEY_SEED];
	if (seed) {
		bool hex = strncmp(seed, "0x", 2) == 0 || strncmp(seed, "0X", 2) == 0;

		arguments->has_seed = true;
		/* The selection checks the text again. */
		arguments->seed = strtoull(seed, NULL, hex ? 16 : 10);
	}
	return 0;
}
