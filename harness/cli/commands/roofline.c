/* iowalk roofline: measures what the device and the memory can do. */
#include "../command.h"
#include "../../roofline/rates.h"
#include "../../base/units.h"
#include "../../base/cache_folder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_text(const struct roofline *roofline, bool kept, bool color)
{
	bool utf8 = locale_is_utf8();
	char bytes[UNIT_TEXT_MAX];

	format_bytes(bytes, sizeof(bytes), (double)roofline->file_bytes);
	printf("%s%s, %s%s%s%s\n", color ? "\033[1m" : "",
	       *roofline->device ? roofline->device : "unknown device",
	       *roofline->file_system ? roofline->file_system : "unknown file system",
	       color ? "\033[0m\033[2m" : "", kept ? "; kept since " : "; ", roofline->date);
	if (roofline->reads_count)
		printf("%s of %s, O_DIRECT, %s; medians of %d, half the interquartile range",
		       roofline->is_test_file ? "test file" : "file", bytes, roofline->method,
		       ROOFLINE_REPEATS_COUNT);
	printf("%s\n", color ? "\033[0m" : "");
	roofline_print(stdout, roofline, "  ", utf8);
	if (kept)
		printf("\n--fresh measures again\n");
	if (roofline_is_unsteady(roofline))
		printf("\nunsteady: the slices lie more than %.0f %% apart, something else used "
		       "the "
		       "device; not kept\n",
		       100 * ROOFLINE_STEADY_SHARE);
}

static bool parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end != text && !*end && isfinite(*seconds) && *seconds >= 0.1 && *seconds <= 3600)
		return true;
	message("--seconds '%s': not a number from 0.1 to 3600", text);
	return false;
}

/* Errors of the given file or folder are bad input; others are failures of the machine. */
static int obtain(const struct roofline_request *request, bool json, bool color)
{
	struct roofline roofline;
	struct why why = {0};
	bool kept;
	int err = roofline_obtain(request, &roofline, &kept, &why);

	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		return err == -EACCES || err == -EROFS || err == -EPERM ? STATUS_USAGE
									: status_of(err);
	}
	if (json) {
		json_t *document = roofline_json(&roofline);
		json_object_set_new(document, "kept", json_boolean(kept));
		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	} else {
		print_text(&roofline, kept, color);
	}
	return STATUS_OK;
}

struct arguments {
	struct roofline_request request;
	bool json, color;
};

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	switch (option) {
	case CLI_FILE:
		arguments->request.file = value;
		return STATUS_OK;
	case CLI_CACHE_DIR:
		arguments->request.folder = value;
		return STATUS_OK;
	case CLI_SECONDS:
		return parse_seconds(value, &arguments->request.seconds) ? STATUS_OK : STATUS_USAGE;
	case CLI_FRESH:
		arguments->request.fresh = true;
		return STATUS_OK;
	case CLI_COLOR:
		return color_parse(value, stdout, &arguments->color);
	default:
		arguments->json = true;
		return STATUS_OK;
	}
}

extern const struct command command_roofline;

static int roofline_main(int argc, char **argv)
{
	struct arguments arguments = {.json = false};
	char folder[2048];
	int words, status;

	cache_folder_path(NULL, folder, sizeof(folder));
	arguments.request.folder = folder;
	command_defaults(&command_roofline, &arguments, take);
	status = command_parse(&command_roofline, argc, argv, &arguments, take, &words);
	if (status)
		return status - 1;
	if (words < argc) {
		message("roofline takes no argument '%s'; a file is given with --file",
			argv[words]);
		return usage_error("roofline");
	}
	return obtain(&arguments.request, arguments.json, arguments.color);
}

const struct command command_roofline = {
	.name = "roofline",
	.order = 500,
	.summary = "measure what the device and memory can do: the limit of every engine",
	.usage = "roofline [OPTION]...",
	.description = "Measures what the device of F can read past the page cache (O_DIRECT): 4 "
		       "KiB at random places at\n"
		       "queue depth 1, 8, 32 and 128, and 1 MiB in order. Measures what memory can "
		       "do: copying, and the\n"
		       "latency of dependent loads.",
	.epilogue = "`iowalk run` uses the cached result of its folder, or measures, before cold "
		    "cells.\n"
		    "\n"
		    "exit status: 0 measured, or the reason why not was printed, 1 failure, 2 bad "
		    "usage or input",
	.main = roofline_main,
};
