/* iowalk doctor: checks this machine for sources of noise and says how to fix them. */
#include "../command.h"
#include "../../machine/check.h"
#include "../../machine/environment.h"
#include "../../machine/fix.h"
#include "../../machine/settings.h"
#include "../../base/shell.h"
#include "../../base/signals.h"
#include "../../record/run.h"
#include "../../base/files.h"
#include "../../base/cache_folder.h"

#include <errno.h>
#include <poll.h>
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

/* ---- --fix and --restore ---- */

static int restore(void)
{
	struct why why = {0};
	struct fix fix;
	size_t count;
	int err = fix_open(&fix, &count, &why);

	err = err ? err : fix_close(&fix, &why);
	if (err)
		message("%s", *why.text ? why.text : strerror(-err));
	else if (count == 0)
		message("there is nothing to restore");
	return err ? STATUS_FAILURE : STATUS_OK;
}

static void wait_for_signal(void)
{
	message("the settings stay until this process is interrupted (Ctrl-C), then they are "
		"restored");
	while (!signals_caught())
		poll(NULL, 0, 1000); /* a signal between test and call costs a second */
}

/* The settings are changed while the command runs, or without one until a signal. */
static int fix(bool smt_off, char **command)
{
	struct why why = {0};
	struct fix fix;
	size_t restored, i;
	json_t *left, *setting;
	int status = STATUS_OK;

	signals_catch();
	int err = fix_open(&fix, &restored, &why);
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		return STATUS_FAILURE;
	}
	json_t *changes = settings_to_change(smt_off, &left);
	json_array_foreach(left, i, setting) fprintf(
		stderr, "left      %-8s  %s\n", json_string_value(json_object_get(setting, "name")),
		json_string_value(json_object_get(setting, "text")));
	int made = fix_apply(&fix, changes, &why);
	err = made < 0 ? made : 0;
	if (!err && *command && !signals_caught())
		err = program_run(command, &status, &why);
	else if (!err && made > 0)
		wait_for_signal();
	else if (!err)
		message("no setting was changed: nothing to wait for");
	if (*command && status == 127)
		message("cannot run '%s'", *command);
	if (err)
		message("%s", *why.text ? why.text : strerror(-err));
	int close_err = fix_close(&fix, &why);
	if (close_err)
		message("%s", why.text);
	json_decref(changes);
	json_decref(left);
	return err || close_err ? STATUS_FAILURE : status;
}

/* ---- the command ---- */

struct arguments {
	char folder[2048];
	bool json, color, fix, no_smt, restore;
};

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	if (option == CLI_COLOR)
		return color_parse(value, stdout, &arguments->color);
	if (option == CLI_CACHE_DIR)
		snprintf(arguments->folder, sizeof(arguments->folder), "%s", value);
	arguments->json |= option == CLI_JSON;
	arguments->fix |= option == CLI_FIX;
	arguments->no_smt |= option == CLI_NO_SMT;
	arguments->restore |= option == CLI_RESTORE;
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
	if (arguments.fix + arguments.json + arguments.restore > 1 ||
	    (arguments.no_smt && !arguments.fix)) {
		message(arguments.no_smt && !arguments.fix
				? "--no-smt needs --fix"
				: "--fix, --restore and --json cannot be given together");
		return usage_error("doctor");
	}
	if (arguments.fix)
		return fix(arguments.no_smt, argv + words);
	if (words < argc) {
		message("doctor takes no argument '%s'", argv[words]);
		return usage_error("doctor");
	}
	if (arguments.restore)
		return restore();
	return examine(arguments.folder, arguments.json, arguments.color);
}

const struct command command_doctor = {
	.name = "doctor",
	.order = 400,
	.summary = "check this machine for sources of noise, and say how to fix them",
	.usage = "doctor [OPTION]...\n"
		 "doctor --fix [--no-smt] [-- CMD [ARG]...]\n"
		 "doctor --restore",
	.description = "Checks whether this machine can measure, and what makes its numbers "
		       "unreliable. Each warning names\n"
		       "its remedy. --fix changes settings for as long as CMD runs, or until it is "
		       "interrupted. They are\n"
		       "restored by a process of its own, whatever ends this one; old values are "
		       "kept in\n"
		       "/run/iowalk-doctor.json meanwhile.",
	.epilogue =
		"exit status: 0 runs work (with or without warnings), 1 something prevents them; "
		"of --fix that of CMD,\n"
		"or 1 if no setting may be changed (then CMD is not run), or one is not restored",
	.main = doctor_main,
};
