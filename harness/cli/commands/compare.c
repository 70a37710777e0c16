/* iowalk compare: compares two stored runs cell by cell. */
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

static int compare(const struct request *request, const struct run *a, const struct run *b)
{
	struct comparison comparison;
	struct why why = {0};
	int status = STATUS_USAGE;
	int err = comparison_of_runs(a, b, request->threshold_percent, false, &comparison, &why);
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

static int compare_paths(const struct request *request, const char *a_path, const char *b_path)
{
	struct run a = {0}, b = {0};
	int err = load(a_path, &a);
	if (err == 0)
		err = load(b_path, &b);
	int status = err != 0 ? status_of(err) : compare(request, &a, &b);
	run_release(&a);
	run_release(&b);
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

static int compare_main(int argc, char **argv)
{
	struct arguments arguments = {{.threshold_percent = NAN}, NULL};
	int words, status;

	command_defaults(&command_compare, &arguments, take);
	status = command_parse(&command_compare, argc, argv, &arguments, take, &words);
	if (status)
		return status - 1;
	arguments.request.format = find_format(arguments.format);
	if (arguments.request.format == NULL)
		return STATUS_USAGE;
	if (words + 2 != argc) {
		message("compare needs two runs, the baseline and the candidate");
		return usage_error("compare");
	}
	return compare_paths(&arguments.request, argv[words], argv[words + 1]);
}

const struct command command_compare = {
	.name = "compare",
	.order = 600,
	.summary = "compare two runs cell by cell: what got worse, and by how much",
	.usage = "compare [OPTION]... BASELINE CANDIDATE",
	.description = "Compares two runs, folders as `iowalk run` writes them. Counts are exact: "
		       "a system call, a logical\n"
		       "byte or an answer that differs is reported, and more is a regression; so "
		       "are minor faults beyond\n"
		       "0.5 % and 16 per walk, and bytes from the device in warm cells. Times are "
		       "less certain: the\n"
		       "repetitions of one process are not independent, so 5 % per side is allowed "
		       "for the difference\n"
		       "between processes (25 % more for the device in cold cells), and only large "
		       "effects can be resolved;\n"
		       "`detectable` says how large. `iowalk gate` finds smaller ones.",
	.epilogue =
		"exit status: 0 nothing got worse, 3 a regression, 4 no regression, but a cell is "
		"inconclusive\n"
		"or only in the baseline (--allow-lost accepts that),\n"
		"1 a cell failed, 2 bad usage or input, which includes runs of different machines "
		"and runs\n"
		"without a cell that both measured",
	.main = compare_main,
};
