/* iowalk compare: compares stored runs cell by cell. */
#include "../command.h"
#include "../../judge/comparison.h"
#include "../../base/text.h"
#include "../../base/units.h"
#include "../../judge/writers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct request {
	double threshold_percent;
	bool counts_only, allow_lost, force, color;
	const struct comparison_format *format;
};

static bool parse_threshold(const char *text, double *percent)
{
	char *end;
	*percent = strtod(text, &end);
	if (end != text && *end == '\0' && isfinite(*percent) && *percent > 0 && *percent <= 1000)
		return true;
	message("--threshold '%s': not a percentage above 0 and up to 1000", text);
	return false;
}

static const struct comparison_format *find_format(const char *name)
{
	char valid[128] = "";
	for (size_t i = 0; i < comparison_formats_count; i++) {
		if (strcmp(comparison_formats[i].name, name) == 0)
			return &comparison_formats[i];
		text_append(valid, sizeof valid, "%s%s", i == 0 ? "" : ", ",
			    comparison_formats[i].name);
	}
	message("unknown format '%s'; valid: %s", name, valid);
	return NULL;
}

static int load(const char *path, struct run *run)
{
	struct why why = {0};
	int err = run_load(path, false, run, &why);
	if (err != 0)
		message("%s", why.text[0] != '\0' ? why.text : strerror(-err));
	else if (run->damaged_count > 0)
		message("%s", why.text);
	return err;
}

/* Prints the differences that make a comparison meaningless, one per line. */
static void tell_differences(const struct comparison *comparison)
{
	char text[1024];
	for (size_t i = 0; i < json_array_size(comparison->environment_differences); i++) {
		const json_t *entry = json_array_get(comparison->environment_differences, i);
		if (json_is_true(json_object_get(entry, "same_machine")))
			continue;
		difference_text(entry, locale_is_utf8(), text, sizeof text);
		message("  %s", text);
	}
}

static int compare(const struct request *request, const struct run *a, size_t a_count,
		   const struct run *b, size_t b_count)
{
	struct comparison comparison;
	struct why why = {0};
	int status = STATUS_USAGE;
	int err = comparison_of_runs(a, a_count, b, b_count, request->threshold_percent, false,
				     &comparison, &why);
	if (err != 0) {
		message("%s", why.text);
		return status_of(err);
	}
	if (!comparison.same_machine && !request->force) {
		message("'%s' and '%s' are from different machines or settings:", a->path, b->path);
		tell_differences(&comparison);
		message("--force compares them, but does not judge times");
	} else if (comparison_common_count(&comparison) == 0) {
		message("'%s' and '%s' have no cell in common that both measured", a->path,
			b->path);
	} else {
		comparison.allow_lost = request->allow_lost;
		if (request->counts_only)
			comparison_leave_times_out(&comparison);
		if (strcmp(request->format->name, "table") == 0)
			comparison_write_table(stdout, &comparison, request->color);
		else
			request->format->write(stdout, &comparison);
		status = comparison_status(&comparison);
	}
	comparison_release(&comparison);
	return status;
}

/* Copies of one run are no replicates: they would show a variance of 0. */
static int check_apart(const struct run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(runs[i].path, runs[j].path) != 0)
				continue;
			message("'%s' is given twice on one side: runs must be taken at different "
				"times",
				runs[i].path);
			return -EINVAL;
		}
	}
	return 0;
}

/* words[a_count] are the baseline, the b_count words after them the candidate. */
static int compare_paths(const struct request *request, char *const *words, size_t a_count,
			 size_t b_count)
{
	struct run *runs = calloc(a_count + b_count, sizeof(*runs));
	int err = runs ? 0 : -ENOMEM;

	for (size_t i = 0; err == 0 && i < a_count + b_count; i++)
		err = load(words[i], &runs[i]);
	if (err == 0)
		err = check_apart(runs, a_count);
	if (err == 0)
		err = check_apart(runs + a_count, b_count);
	int status = err != 0 ? status_of(err)
			      : compare(request, runs, a_count, runs + a_count, b_count);
	for (size_t i = 0; runs != NULL && i < a_count + b_count; i++)
		run_release(&runs[i]);
	free(runs);
	return status;
}

struct arguments {
	struct request request;
	const char *format;
};

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	switch (option) {
	case CLI_THRESHOLD:
		return parse_threshold(value, &arguments->request.threshold_percent) ? STATUS_OK
										     : STATUS_USAGE;
	case CLI_COUNTS_ONLY:
		arguments->request.counts_only = true;
		return STATUS_OK;
	case CLI_ALLOW_LOST:
		arguments->request.allow_lost = true;
		return STATUS_OK;
	case CLI_FORCE:
		arguments->request.force = true;
		return STATUS_OK;
	case CLI_FORMAT:
		arguments->format = value;
		return STATUS_OK;
	case CLI_JSON:
		arguments->format = "json";
		return STATUS_OK;
	default:
		return color_parse(value, stdout, &arguments->request.color);
	}
}

extern const struct command command_compare;

/* How many words follow "--"; -1 if there is none. getopt moves it to the front. */
static int words_after_mark(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return argc - i - 1;
	}
	return -1;
}

static int compare_main(int argc, char **argv)
{
	struct arguments arguments = {{.threshold_percent = NAN}, NULL};
	int after = words_after_mark(argc, argv), words, status;

	command_defaults(&command_compare, &arguments, take);
	status = command_parse(&command_compare, argc, argv, &arguments, take, &words);
	if (status)
		return status - 1;
	arguments.request.format = find_format(arguments.format);
	if (arguments.request.format == NULL)
		return STATUS_USAGE;
	int count = argc - words;
	if (count == 2 && (after < 0 || after == 2))
		after = 1;
	if (after < 1 || after >= count) {
		message("compare needs two runs, the baseline and the candidate; several of a side "
			"are separated by --: BASELINE... -- CANDIDATE...");
		return usage_error("compare");
	}
	return compare_paths(&arguments.request, argv + words, (size_t)(count - after),
			     (size_t)after);
}

const struct command command_compare = {
	.name = "compare",
	.order = 600,
	.summary = "compare runs cell by cell: what got worse, and by how much",
	.usage = "compare [OPTION]... BASELINE CANDIDATE\n"
		 "compare [OPTION]... BASELINE... -- CANDIDATE...",
	.description =
		"Compares runs: folders as `iowalk run` writes them, or phases, which may hold "
		"several. Counts are always\n"
		"judged: a system call, a logical byte or an answer that differs is reported, and "
		"more is a regression; so\n"
		"are minor faults beyond 1 % and 16 per walk, and bytes from the device in warm "
		"cells. Times are judged if\n"
		"the baseline has 3 runs or more, taken at different times, because only those "
		"show how much runs of one\n"
		"program differ; with fewer, they are shown. `found in 90%` is the slowdown that "
		"90 % of such comparisons\n"
		"find. `iowalk gate` finds smaller ones.",
	.epilogue =
		"exit status: 0 nothing got worse, 3 a regression, 4 no regression, but a cell is "
		"inconclusive, has times\n"
		"that are not judged (--counts-only accepts that) or is only in the baseline "
		"(--allow-lost accepts that),\n"
		"1 a cell failed, 2 bad usage or input, which includes runs of different machines "
		"and runs\n"
		"without a cell that both measured",
	.main = compare_main,
};
