/* iowalk compare: two stored runs, cell by cell. */
#include "commands.h"
#include "../judge/comparison.h"
#include "../base/text.h"
#include "../base/units.h"
#include "../judge/writers.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: iowalk compare [OPTION]... BASELINE CANDIDATE\n"
	"\n"
	"Compares two runs, folders as `iowalk run` writes them. Counts are exact: a system call, "
	"a\n"
	"logical byte or an answer that is not what it was is told, and more is a regression; so "
	"are\n"
	"minor faults beyond 0.5% and 16 a walk, and bytes from the device in warm cells. Times "
	"are the\n"
	"weaker kind: repetitions of one process are no replicates, so 5% a side is allowed for "
	"the\n"
	"difference between processes (25% more for the device in cold cells), and only large "
	"effects\n"
	"can be told; `least found` says how large. iowalk gate finds smaller ones.\n"
	"\n"
	"  --threshold PCT   the least change of time that matters; a cell that cannot tell it is\n"
	"                    inconclusive (default: one that cannot tell a doubling)\n"
	"  --counts-only     judge counts; times are left out\n"
	"  --force           compare runs of different machines too: their times are not judged\n"
	"  --format FORMAT   table, markdown, junit (XML), github (annotations) or json\n"
	"  --json            the same as --format json\n"
	"  --color WHEN      auto, always, never\n"
	"\n"
	"exit status: 0 nothing got worse, 3 a regression, 4 none, but a cell is inconclusive, 1 a "
	"cell\n"
	"failed, 2 bad usage or input, runs of different machines or nothing in common among it\n";

struct request {
	double threshold_percent;
	bool counts_only, force, color;
	const struct comparison_format *format;
};

static bool parse_threshold(const char *text, double *percent)
{
	char *end;
	*percent = strtod(text, &end);
	if (end != text && *end == '\0' && isfinite(*percent) && *percent > 0 && *percent <= 1000)
		return true;
	message("--threshold '%s': a number of per cent above 0, up to 1000", text);
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

/* What makes a comparison worthless, line by line. */
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

static size_t common_count(const struct comparison *comparison)
{
	return comparison->cells_count - comparison_count(comparison, VERDICT_ONLY_A) -
	       comparison_count(comparison, VERDICT_ONLY_B);
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
		message("'%s' and '%s' are not of the same machine, or not alike:", a->path,
			b->path);
		tell_differences(&comparison);
		message("--force compares them, without a verdict on times");
	} else if (common_count(&comparison) == 0) {
		message("'%s' and '%s' have no cell in common", a->path, b->path);
	} else {
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

int command_compare(int argc, char **argv)
{
	static const struct option options[] = {{"threshold", required_argument, NULL, 't'},
						{"counts-only", no_argument, NULL, 'n'},
						{"force", no_argument, NULL, 'F'},
						{"format", required_argument, NULL, 'f'},
						{"json", no_argument, NULL, 'j'},
						{"color", required_argument, NULL, 'c'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct request request = {.threshold_percent = NAN};
	const char *when = "auto", *format = "table";
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return STATUS_OK;
		case 't':
			if (!parse_threshold(optarg, &request.threshold_percent))
				return STATUS_USAGE;
			break;
		case 'n':
			request.counts_only = true;
			break;
		case 'F':
			request.force = true;
			break;
		case 'f':
			format = optarg;
			break;
		case 'j':
			format = "json";
			break;
		case 'c':
			when = optarg;
			break;
		default:
			return usage_error("compare");
		}
	}
	if (!color_parse(when, stdout, &request.color)) {
		message("--color '%s': valid: auto, always, never", when);
		return STATUS_USAGE;
	}
	request.format = find_format(format);
	if (request.format == NULL)
		return STATUS_USAGE;
	if (optind + 2 != argc) {
		message("compare needs two runs, the baseline and the candidate");
		return usage_error("compare");
	}
	return compare_paths(&request, argv[optind], argv[optind + 1]);
}
