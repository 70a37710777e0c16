/* iowalk merge: the shards of a suite as one run. */
#include "../command.h"
#include "../run_outputs.h"
#include "../../judge/comparison.h"
#include "../../record/merge.h"
#include "../../record/merge_folder.h"
#include "../../report/profile_table.h"
#include "../../report/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	const char *out;
	bool partial, no_plots, use_color, fom;
};

static bool same_machine(const json_t *a, const json_t *b)
{
	bool same;
	json_t *differences = environment_compare(a, b, &same);

	json_decref(differences);
	return differences && same;
}

static void print(const struct run *run, bool use_color)
{
	bool profiled = false, measured = false;
	json_t *sample;
	size_t i;

	json_array_foreach(run->samples, i, sample)
	{
		const char *pass = json_string_value(json_object_get(sample, "pass"));
		bool is_profile = pass && strcmp(pass, pass_names[PASS_PROFILE]) == 0;

		profiled |= is_profile;
		measured |= !is_profile;
	}
	if (measured || !profiled)
		table_print(stdout, run, use_color);
	if (profiled)
		profile_table_print(stdout, run, !measured, use_color);
	printf("\nrecord: %s\n", run->path);
}

static int merge(const struct arguments *arguments, struct run *runs, size_t count, struct why *why)
{
	struct merge_settings settings = {.partial = arguments->partial,
					  .same_machine = same_machine};
	struct run merged;
	int failures = 0, err = runs_merge(runs, count, &settings, &merged, why);

	if (err)
		return err;
	if (*why->text)
		message("%s", why->text);
	*why = (struct why){""};
	err = merge_folder_write(&merged, runs, count, arguments->out, why);
	if (!err) {
		bool drawn = !arguments->no_plots && json_array_size(merged.samples) > 0;

		failures = run_outputs_write(&merged, drawn);
		if (arguments->fom)
			failures += run_print_fom(&merged);
		else
			print(&merged, arguments->use_color);
	}
	run_release(&merged);
	return err ? err : failures ? -EIO : 0;
}

static int load_and_merge(const struct arguments *arguments, char **words, size_t count)
{
	struct run *runs = calloc(count, sizeof(*runs));
	struct why why = {""};
	size_t loaded = 0;
	int err = runs ? 0 : -ENOMEM;

	while (!err && loaded < count) {
		err = run_load(words[loaded], false, &runs[loaded], &why);
		if (!err && *why.text)
			message("%s", why.text);
		loaded += !err;
	}
	if (!err) {
		why = (struct why){""};
		err = merge(arguments, runs, count, &why);
	}
	for (size_t i = 0; i < loaded; i++)
		run_release(&runs[i]);
	free(runs);
	if (!err)
		return STATUS_OK;
	message("%s", *why.text ? why.text : strerror(-err));
	return err == -EEXIST ? STATUS_USAGE : status_of(err);
}

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	if (option == CLI_COLOR)
		return color_parse(value, stdout, &arguments->use_color);
	if (option == CLI_OUT)
		arguments->out = value;
	arguments->partial |= option == CLI_PARTIAL;
	arguments->no_plots |= option == CLI_NO_PLOTS;
	arguments->fom |= option == CLI_FOM;
	return STATUS_OK;
}

extern const struct command command_merge;

static int merge_main(int argc, char **argv)
{
	struct arguments arguments = {0};
	int first, status;

	command_defaults(&command_merge, &arguments, take);
	status = command_parse(&command_merge, argc, argv, &arguments, take, &first);
	if (status)
		return status - 1;
	if (first == argc || !arguments.out || !*arguments.out) {
		message("%s", first == argc ? "merge needs the folders of the runs"
					    : "merge needs --out DIR");
		return usage_error("merge");
	}
	return load_and_merge(&arguments, argv + first, (size_t)(argc - first));
}

const struct command command_merge = {
	.name = "merge",
	.order = 170,
	.summary = "join the shards of a suite to one run, as if one machine had made it",
	.usage = "merge RUN... --out DIR [OPTION]...",
	.description = "Joins the runs of all shards of a suite (see `iowalk run`). They must be "
		       "of one suite, "
		       "build, seed and set of\n"
		       "options, and all shards must be there, each once and not interrupted. The "
		       "result has "
		       "their samples as they\n"
		       "are, in one record with a table, figures and all that a run has. The order "
		       "of the runs "
		       "does not matter, and\n"
		       "doing it again changes nothing. Runs of different kinds of machine are "
		       "kept apart: "
		       "tables and figures name\n"
		       "the machine, and only cells of one machine are compared.",
	.epilogue = "exit status: 0 done, 1 failure, 2 bad usage or input",
	.main = merge_main,
};
