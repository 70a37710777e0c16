/* iowalk doctor: checks this machine for sources of noise and says how to fix them. */
#include "../command.h"
#include "../../machine/check.h"
#include "../../machine/environment.h"
#include "../../record/run.h"
#include "../../base/files.h"
#include "../../base/cache_folder.h"

#include <string.h>

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

struct arguments {
	char folder[2048];
	bool json, color;
};

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	if (option == CLI_COLOR)
		return color_parse(value, stdout, &arguments->color);
	if (option == CLI_CACHE_DIR)
		snprintf(arguments->folder, sizeof(arguments->folder), "%s", value);
	arguments->json |= option == CLI_JSON;
	return STATUS_OK;
}

extern const struct command command_doctor;

static int doctor_main(int argc, char **argv)
{
	struct arguments arguments = {.json = false};
	int words, status;

	cache_folder_path(NULL, arguments.folder, sizeof(arguments.folder));
	command_defaults(&command_doctor, &arguments, take);
	status = command_parse(&command_doctor, argc, argv, &arguments, take, &words);
	if (status)
		return status - 1;
	if (words < argc) {
		message("doctor takes no argument '%s'", argv[words]);
		return usage_error("doctor");
	}
	return examine(arguments.folder, arguments.json, arguments.color);
}

const struct command command_doctor = {
	.name = "doctor",
	.order = 400,
	.summary = "check this machine for sources of noise, and say how to fix them",
	.usage = "doctor [OPTION]...",
	.description = "Checks whether this machine can measure, and what makes its numbers "
		       "unreliable. Each warning names\n"
		       "its remedy.",
	.epilogue =
		"exit status: 0 runs work (with or without warnings), 1 something prevents them",
	.main = doctor_main,
};
