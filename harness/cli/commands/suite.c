/* iowalk suite: checks files of suites, and prints the keys that they may have. */
#include "../../plan/cell.h"
#include "../command.h"

#include <errno.h>
#include <string.h>

extern const struct command command_suite;

static int check(const char *word)
{
	char path[4096];
	struct plan plan;
	struct why why = {""};
	size_t skipped = 0;

	plan_suite_path(word, path, sizeof(path));
	plan_init(&plan);
	int err = plan_add_suite(&plan, path, NULL, &why);
	for (size_t i = 0; !err && i < plan.cells_count; i++)
		skipped += plan.cells[i].skipped != NULL;
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
	} else {
		printf("%s: %zu cells, %zu limits, %zu claims, %zu budgets\n", path,
		       plan.cells_count, json_array_size(plan.limits), json_array_size(plan.claims),
		       json_array_size(plan.budgets));
		if (skipped)
			printf("  %zu cells cannot be measured anywhere: iowalk run --suite '%s' "
			       "--dry-run\n",
			       skipped, word);
		if (plan.repeated_count)
			printf("  %zu cells are asked for more than once: each is measured once\n",
			       plan.repeated_count);
	}
	plan_release(&plan);
	return err ? STATUS_USAGE : STATUS_OK;
}

static void print_keys(void)
{
	for (size_t i = 0; i < SELECTION_KEYS_COUNT; i++) {
		const struct selection_key_info *key = &selection_keys[i];

		printf("%-13s %s%s%s%s\n", key->name, key->help, key->fallback ? " (default: " : "",
		       key->fallback ? key->fallback : "", key->fallback ? ")" : "");
	}
}

static int take(void *arguments, enum cli_option option, const char *value)
{
	(void)arguments, (void)option, (void)value;
	return STATUS_OK;
}

static int suite_main(int argc, char **argv)
{
	int words, worst = STATUS_OK;
	int status = command_parse(&command_suite, argc, argv, NULL, take, &words);

	if (status)
		return status - 1;
	if (argc - words == 1 && strcmp(argv[words], "keys") == 0) {
		print_keys();
		return STATUS_OK;
	}
	if (argc - words < 2 || strcmp(argv[words], "check") != 0) {
		message("suite needs `check FILE` or `keys`");
		return usage_error("suite");
	}
	for (int i = words + 1; i < argc; i++) {
		status = check(argv[i]);
		worst = status > worst ? status : worst;
	}
	return worst;
}

const struct command command_suite = {
	.name = "suite",
	.order = 150,
	.summary = "check a suite's file, or print the keys of its sections",
	.usage = "suite check FILE...\nsuite keys",
	.description =
		"A suite is an INI file of cells to measure, for run and gate (docs/SUITES.md). "
		"check reads it as they\n"
		"would, names file and line of what is wrong, and counts what is in it. keys "
		"prints the keys of [cells NAME] and of [command NAME].",
	.epilogue = "exit status: 0 it is valid, 2 it is not",
	.main = suite_main,
};
