/* iowalk phase: keeps runs under a name, for comparison and reports. */
#include "../command.h"
#include "../phase_compare.h"
#include "../../record/phase.h"
#include "../../record/phase_name.h"
#include "../../base/units.h"
#include "../../judge/comparison.h"
#include "../../report/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FROM_MAX 100 /* runs of a phase */

struct arguments {
	const char *from[FROM_MAX], *note;
	size_t from_count;
	bool replace, json;
	struct phase_compare compare;
};

/* The runs of a phase are replicates: of one machine, and best of one program. */
static int check_same(const struct run *first, const struct run *other, struct why *why)
{
	static const char *const of_build[] = {"commit", "dirty", "compiler", "flags"};
	const json_t *build = json_object_get(first->environment, "build");
	const json_t *other_build = json_object_get(other->environment, "build");
	bool same;
	json_t *differences = environment_compare(first->environment, other->environment, &same);

	json_decref(differences);
	if (!differences)
		return -ENOMEM;
	if (!same)
		return why_set(why, -EINVAL,
			       "'%s' is of another machine, or has other settings, than '%s'",
			       other->path, first->path);
	for (size_t i = 0; i < sizeof(of_build) / sizeof(of_build[0]); i++) {
		const json_t *value = json_object_get(build, of_build[i]);
		const json_t *other_value = json_object_get(other_build, of_build[i]);
		if (value && other_value && !json_equal(value, other_value))
			why_set(why, 0,
				"'%s' is of another build than '%s' (%s): what differs between "
				"them counts as noise",
				other->path, first->path, of_build[i]);
	}
	return 0;
}

static int record(const char *name, const struct arguments *arguments)
{
	struct why why = {0};
	if (!arguments->from_count) {
		message("phase record needs --from RUN");
		return usage_error("phase");
	}
	int err = phase_record(name, arguments->from, arguments->from_count, arguments->note,
			       arguments->replace, summary_write, check_same, &why);
	if (err || *why.text)
		message("%s", *why.text ? why.text : strerror(-err));
	if (!err)
		printf("phase: %s/%s\n", PHASES_FOLDER, name);
	return err == -ENODATA ? STATUS_USAGE : err ? status_of(err) : STATUS_OK;
}

static const char *text_of(const json_t *phase, const char *key)
{
	const char *text = json_string_value(json_object_get(phase, key));
	return text ? text : "-";
}

static void print_clean(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text);
}

static void print_phase(const json_t *phase, size_t width)
{
	const char *name = text_of(phase, "name");
	size_t runs_count = json_array_size(json_object_get(phase, "runs"));
	printf("%s%*s  %-20s  %-9.9s%s  %5lld cells  ", name, (int)(width - text_width(name)), "",
	       text_of(phase, "started"), text_of(phase, "commit"),
	       json_is_true(json_object_get(phase, "dirty")) ? "+" : " ",
	       (long long)json_integer_value(json_object_get(phase, "cells_count")));
	if (runs_count > 1)
		printf("%zu runs  ", runs_count);
	print_clean(text_of(phase, "note"));
	putchar('\n');
}

static int list(bool as_json)
{
	struct why why = {0};
	json_t *phases = NULL;
	size_t width = 0;
	int err = phases_list(&phases, &why);

	if (err || *why.text)
		message("%s", *why.text ? why.text : strerror(-err));
	for (size_t i = 0; i < json_array_size(phases); i++) {
		size_t len = text_width(text_of(json_array_get(phases, i), "name"));
		width = len > width ? len : width;
	}
	for (size_t i = 0; !as_json && i < json_array_size(phases); i++)
		print_phase(json_array_get(phases, i), width);
	if (as_json && phases) {
		json_dumpf(phases, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!err && json_array_size(phases) == 0) {
		message("no phases under %s: iowalk phase record NAME --from RUN", PHASES_FOLDER);
	}
	json_decref(phases);
	return err ? status_of(err) : STATUS_OK;
}

static int add_from(struct arguments *arguments, const char *run)
{
	if (arguments->from_count == FROM_MAX) {
		message("phase record: at most %d runs", FROM_MAX);
		return STATUS_USAGE;
	}
	arguments->from[arguments->from_count++] = run;
	return STATUS_OK;
}

/* Keeps an option that is the gate's, as one word. */
static int take_for_gate(struct phase_compare *compare, enum cli_option option, const char *value)
{
	struct option_info info;
	size_t i = 0;
	char *word;

	while (option_of_command("gate", i, &info) && info.id != option)
		i++;
	if (compare->options_count == PHASE_COMPARE_WORDS_MAX ||
	    asprintf(&word, value ? "--%s=%s" : "--%s", info.name, value) < 0) {
		message("too many options");
		return STATUS_USAGE;
	}
	compare->options[compare->options_count++] = word;
	return STATUS_OK;
}

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	switch (option) {
	case CLI_FROM:
		return add_from(arguments, value);
	case CLI_NOTE:
		arguments->note = value;
		return STATUS_OK;
	case CLI_SUITE:
		arguments->compare.suite = value;
		return STATUS_OK;
	case CLI_REPLACE:
		arguments->replace = true;
		return STATUS_OK;
	default:
		arguments->json |= option == CLI_JSON;
		return take_for_gate(&arguments->compare, option, value);
	}
}

/* Options that the action does not have. `list` has --json, which a gate has, too. */
static bool has_other_options(const struct arguments *arguments, const char *action, bool is_list)
{
	size_t count = arguments->compare.options_count - (is_list && arguments->json ? 1 : 0);

	if (count == 0 && !arguments->compare.suite)
		return false;
	message("phase %s takes no option of a gate", action);
	return true;
}

/* `--from` is a gate that has been measured: its settings are given. */
static int compare(struct arguments *arguments, const char *a, const char *b)
{
	struct phase_compare *wanted = &arguments->compare;

	if (arguments->note) {
		message("--note is for phase record");
		return usage_error("phase");
	}
	if (arguments->from_count > 1) {
		message("phase compare --from takes one gate");
		return usage_error("phase");
	}
	if (arguments->from_count && (wanted->suite || wanted->options_count > 0)) {
		message("--from keeps a gate as it was measured: it takes no option of a gate");
		return usage_error("phase");
	}
	wanted->a = a;
	wanted->b = b;
	wanted->from = arguments->from_count ? arguments->from[0] : NULL;
	wanted->replace = arguments->replace;
	return phase_compare(wanted);
}

static int act(struct arguments *arguments, int words, char **argv)
{
	const char *action = words > 0 ? argv[0] : "";
	bool is_list = strcmp(action, "list") == 0, is_record = strcmp(action, "record") == 0;

	if (strcmp(action, "compare") == 0 && words == 3)
		return compare(arguments, argv[1], argv[2]);
	if ((is_list || is_record) && has_other_options(arguments, action, is_list))
		return usage_error("phase");
	if (is_list && words == 1)
		return list(arguments->json);
	if (is_record && (words == 2 || (words > 2 && arguments->from_count))) {
		/* --from RUN RUN...: getopt leaves all but the first among the words */
		for (int i = 2; i < words; i++) {
			if (add_from(arguments, argv[i]))
				return STATUS_USAGE;
		}
		return record(argv[1], arguments);
	}
	if (is_record)
		message("phase record takes one NAME, and then --from RUN...");
	else if (is_list)
		message("phase list takes no argument '%s'", argv[1]);
	else if (strcmp(action, "compare") == 0)
		message("phase compare takes two names of phases, not %d", words - 1);
	else
		message("unknown word '%s' after phase; valid: record, list, compare", action);
	return usage_error("phase");
}

extern const struct command command_phase;

static int phase_main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct phase_compare *compare = &arguments.compare;
	int first, status = command_parse(&command_phase, argc, argv, &arguments, take, &first);

	if (!status)
		status = act(&arguments, argc - first, argv + first) + 1;
	for (size_t i = 0; i < compare->options_count; i++)
		free(compare->options[i]);
	return status - 1;
}

const struct command command_phase = {
	.name = "phase",
	.order = 700,
	.summary = "keep runs under a name, and compare their builds in turns",
	.usage = "phase record NAME --from RUN... [--note TEXT] [--replace]\n"
		 "phase list [--json]\n"
		 "phase compare A B [OPTION]...",
	.description =
		"record  keeps a run as results/phases/NAME/: its cells, environment, "
		"commit, compressed samples and\n"
		"        summary, without the name of the machine and the folders of paths. "
		"Every command that\n"
		"        takes a RUN accepts NAME. Several runs of one build, taken at different "
		"times, become a\n"
		"        phase of as many runs: a baseline for `iowalk compare`.\n"
		"list    lists the phases, the oldest run first.\n"
		"compare builds the commits of two phases in work trees under "
		"build/revisions/ and measures them in turns\n"
		"        (see `iowalk gate`) with the suite of the phases. The record is "
		"kept as\n"
		"        results/phases/compare-A,B/, from which `iowalk report` of A,B takes "
		"its verdicts.",
	.epilogue = "exit status: 0 done, 1 failure, 2 bad usage or input; of compare that of "
		    "`iowalk gate`",
	.main = phase_main,
};
