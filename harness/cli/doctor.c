/* iowalk doctor: what makes numbers unreliable on this machine, and the remedy. */
#include "commands.h"
#include "../machine/check.h"
#include "../machine/environment.h"
#include "../prepare/preparer.h"
#include "../record/run.h"
#include "../base/files.h"

#include <getopt.h>
#include <string.h>

static const char help[] =
	"usage: iowalk doctor [--cache-dir DIR] [--json] [--color WHEN]\n"
	"\n"
	"Looks at what measuring needs and at what makes its numbers unreliable. Each warning "
	"names its\n"
	"remedy. DIR is where graph files are kept; its file system and device are looked at.\n"
	"\n"
	"exit status: 0 runs work (warnings or not), 1 something stops them\n";

#define CHECKS_MAX 64

static void print_check(const struct check *check, bool color)
{
	static const char *const words[] = {"ok", "warn", "FAIL"};
	static const char *const colors[] = {"\033[32m", "\033[33m", "\033[31m"};

	printf("%s%-4s%s  %-24s  %s\n", color ? colors[check->state] : "", words[check->state],
	       color ? "\033[0m" : "", check->name, check->found.text);
	if (*check->remedy.text)
		printf("%32s  %s\n", "remedy:", check->remedy.text);
}

static json_t *check_json(const struct check *check)
{
	static const char *const words[] = {"ok", "warn", "fail"};
	json_t *json = json_pack("{ss ss ss}", "name", check->name, "state", words[check->state],
				 "found", check->found.text);

	if (*check->remedy.text)
		json_object_set_new(json, "remedy", json_string(check->remedy.text));
	return json;
}

static int examine(const char *folder, bool json, bool color)
{
	static struct check checks[CHECKS_MAX];
	json_t *all = json_array();
	size_t failed = 0, warned = 0;

	make_folders(folder); /* a check reports a failure */
	json_t *environment = environment_probe(folder);
	size_t count = doctor_checks(environment, folder, checks, CHECKS_MAX);
	for (size_t i = 0; i < count; i++) {
		failed += checks[i].state == CHECK_FAIL;
		warned += checks[i].state == CHECK_WARN;
		if (json)
			json_array_append_new(all, check_json(&checks[i]));
		else
			print_check(&checks[i], color);
	}
	if (json) {
		json_t *document = json_pack("{sO sO}", "environment", environment, "checks", all);
		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	} else {
		printf("\n%zu checks: %zu warnings, %zu failures\n", count, warned, failed);
	}
	json_decref(environment);
	json_decref(all);
	return failed ? STATUS_FAILURE : STATUS_OK;
}

int command_doctor(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{"cache-dir", required_argument, NULL, 'd'},
						{"color", required_argument, NULL, 'c'},
						{0}};
	const char *when = "auto";
	char folder[2048];
	bool json = false, color;
	int option;

	default_cache_folder(folder, sizeof(folder));
	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return STATUS_OK;
		case 'j':
			json = true;
			break;
		case 'd':
			snprintf(folder, sizeof(folder), "%s", optarg);
			break;
		case 'c':
			when = optarg;
			break;
		default:
			return usage_error("doctor");
		}
	}
	if (optind < argc) {
		message("doctor takes no argument '%s'", argv[optind]);
		return usage_error("doctor");
	}
	if (!color_parse(when, stdout, &color)) {
		message("--color '%s': valid: auto, always, never", when);
		return STATUS_USAGE;
	}
	return examine(folder, json, color);
}
