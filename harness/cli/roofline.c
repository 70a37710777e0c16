/* iowalk roofline: what the device and the memory can do, measured. */
#include "commands.h"
#include "../prepare/preparer.h"
#include "../roofline/rates.h"
#include "../base/units.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: iowalk roofline [--file F] [--cache-dir DIR] [--seconds S] [--fresh] [--json]\n"
	"                       [--color WHEN]\n"
	"\n"
	"Measures what F's device can read: 4 KiB at random places at queue depth 1, 8, 32, 128, "
	"and\n"
	"1 MiB in order, past the page cache (O_DIRECT); and what memory can do: copying, and the\n"
	"latency of a load that waits for the one before.\n"
	"\n"
	"  --file F         a file of 16 MiB or more, or a block device, is read and not written\n"
	"                   (default: a test file of 512 MiB in DIR, gone at the end)\n"
	"  --cache-dir DIR  where the result is kept (default: $IOWALK_CACHE_DIR, "
	"~/.cache/iowalk)\n"
	"  --seconds S      of measuring (6)\n"
	"  --fresh          measure, even where one of the last hour is kept\n"
	"  --json           as JSON\n"
	"  --color WHEN     auto, always, never\n"
	"\n"
	"`iowalk run` takes the result kept in its cache folder, or measures, before cold cells.\n"
	"\n"
	"exit status: 0 measured, or said why not, 1 failure, 2 bad usage or input\n";

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
		printf("%s of %s, O_DIRECT, %s; medians of %d, half the distance of the quartiles",
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
	message("--seconds '%s': a number from 0.1 to 3600", text);
	return false;
}

/* Whatever is wrong with the file or folder given is bad input; the rest is the machine's. */
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

int command_roofline(int argc, char **argv)
{
	static const struct option options[] = {{"file", required_argument, NULL, 'f'},
						{"cache-dir", required_argument, NULL, 'd'},
						{"seconds", required_argument, NULL, 's'},
						{"fresh", no_argument, NULL, 'n'},
						{"json", no_argument, NULL, 'j'},
						{"color", required_argument, NULL, 'c'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct roofline_request request = {.seconds = ROOFLINE_SECONDS};
	const char *when = "auto";
	char folder[2048];
	bool json = false, color;
	int option;

	default_cache_folder(folder, sizeof(folder));
	request.folder = folder;
	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			request.file = optarg;
			break;
		case 'd':
			request.folder = optarg;
			break;
		case 's':
			if (!parse_seconds(optarg, &request.seconds))
				return STATUS_USAGE;
			break;
		case 'n':
			request.fresh = true;
			break;
		case 'j':
			json = true;
			break;
		case 'c':
			when = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return STATUS_OK;
		default:
			return usage_error("roofline");
		}
	}
	if (optind < argc) {
		message("roofline takes no argument '%s'; a file is given with --file",
			argv[optind]);
		return usage_error("roofline");
	}
	if (!color_parse(when, stdout, &color)) {
		message("--color '%s': valid: auto, always, never", when);
		return STATUS_USAGE;
	}
	return obtain(&request, json, color);
}
