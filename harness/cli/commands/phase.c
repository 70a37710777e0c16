/* iowalk phase: keeps runs under a name, for comparison and reports. */
#include "../command.h"
#include "../../record/phase.h"
#include "../../record/phase_name.h"
#include "../../base/units.h"
#include "../../judge/comparison.h"
#include "../../report/table.h"

#include <errno.h>
#include <string.h>

#define FROM_MAX 100 /* runs of a phase */

struct arguments {
	const char *from[FROM_MAX], *note;
	size_t from_count;
	bool replace, json;
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

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	if (option == CLI_FROM)
		return add_from(arguments, value);
	if (option == CLI_NOTE)
		arguments->note = value;
	arguments->replace |= option == CLI_REPLACE;
	arguments->json |= option == CLI_JSON;
	return STATUS_OK;
}

extern const struct command command_phase;

static int phase_main(int argc, char **argv)
{
	struct arguments arguments = {0};
	int first, status = command_parse(&command_phase, argc, argv, &arguments, take, &first);

	if (status)
		return status - 1;
	argv += first;
	int words = argc - first;
	const char *action = words > 0 ? argv[0] : "";
	if (strcmp(action, "list") == 0 && words == 1)
		return list(arguments.json);
	if (strcmp(action, "record") == 0 && words >= 2 &&
	    (words == 2 || arguments.from_count > 0)) {
		/* --from RUN RUN...: getopt leaves all but the first among the words */
		for (int i = 2; i < words; i++) {
			if (add_from(&arguments, argv[i]))
				return STATUS_USAGE;
		}
		return record(argv[1], &arguments);
	}
	if (strcmp(action, "record") == 0)
		message("phase record takes one NAME, and then --from RUN...");
	else if (strcmp(action, "list") == 0)
		message("phase list takes no argument '%s'", argv[1]);
	else
		message("unknown word '%s' after phase; valid: record, list", action);
	return usage_error("phase");
}

const struct command command_phase = {
	.name = "phase",
	.order = 700,
	.summary = "keep runs under a name, for comparison and reports",
	.usage = "phase record NAME --from RUN... [--note TEXT] [--replace]\n"
		 "phase list [--json]",
	.description = "record  keeps a run as results/phases/NAME/: its cells, environment, "
		       "commit, compressed samples and\n"
		       "        summary, without the name of the machine and the folders of paths. "
		       "Every command that\n"
		       "        takes a RUN accepts NAME. Several runs of one build, taken at "
		       "different times, become a\n"
		       "        phase of as many runs: a baseline for `iowalk compare`.\n"
		       "list    lists the phases, the oldest run first.",
	.epilogue = NULL,
	.main = phase_main,
};
