/* Settings that can be fixed: see settings.h. */
#include "settings.h"

#include "../base/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CPUS     "/sys/devices/system/cpu"
#define KDAMONDS "/sys/kernel/mm/damon/admin/kdamonds"
#define RECLAIM  "/sys/module/damon_reclaim/parameters/enabled"

struct plan_of_settings {
	json_t *changes, *left;
};

__attribute__((format(printf, 3, 4))) static void leave(struct plan_of_settings *plan,
							const char *name, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_array_append_new(plan->left, json_pack("{ss ss}", "name", name, "text", text));
}

/* Plans to set the file to `wanted`; says so if it is that already. */
static void change(struct plan_of_settings *plan, const char *name, const char *path,
		   const char *wanted)
{
	char old[128];
	int err = sysfs_line(old, sizeof(old), "%s", path);

	if (err != 0)
		leave(plan, name, "cannot read %s: %s", path, strerror(-err));
	else if (strcmp(old, wanted) == 0)
		leave(plan, name, "%s is %s already", path, wanted);
	else
		json_array_append_new(plan->changes,
				      json_pack("{ss ss ss ss}", "name", name, "path", path, "old",
						old, "new", wanted));
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += len) {
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

static int is_policy(const struct dirent *entry)
{
	return strncmp(entry->d_name, "policy", 6) == 0;
}

static void plan_governor(struct plan_of_settings *plan)
{
	char folder[2 * SYSFS_PATH_MAX], path[SYSFS_PATH_MAX], known[512];
	struct dirent **policies = NULL;

	snprintf(folder, sizeof(folder), "%s" CPUS "/cpufreq", sysfs_root());
	int count = scandir(folder, &policies, is_policy, versionsort);
	if (count <= 0)
		leave(plan, "governor",
		      "there is none: the host or the firmware sets the frequency");
	for (int i = 0; i < count; i++) {
		const char *policy = policies[i]->d_name;

		/* Where the kernel does not list them, it says so when the file is written. */
		if (sysfs_line(known, sizeof(known),
			       CPUS "/cpufreq/%.64s/scaling_available_governors", policy) == 0 &&
		    !has_word(known, "performance")) {
			leave(plan, "governor", "%s has no governor performance", policy);
		} else {
			snprintf(path, sizeof(path), CPUS "/cpufreq/%.64s/scaling_governor",
				 policy);
			change(plan, "governor", path, "performance");
		}
		free(policies[i]);
	}
	free(policies);
}

static void plan_turbo(struct plan_of_settings *plan)
{
	char line[16];

	if (sysfs_line(line, sizeof(line), CPUS "/intel_pstate/no_turbo") == 0)
		change(plan, "turbo", CPUS "/intel_pstate/no_turbo", "1");
	else if (sysfs_line(line, sizeof(line), CPUS "/cpufreq/boost") == 0)
		change(plan, "turbo", CPUS "/cpufreq/boost", "0");
	else
		leave(plan, "turbo", "there is no setting for it");
}

bool settings_damon_evicts(int thread)
{
	char state[16], action[32];
	int64_t schemes = 0;

	if (sysfs_line(state, sizeof(state), KDAMONDS "/%d/state", thread) != 0 ||
	    strcmp(state, "on") != 0 ||
	    sysfs_number(&schemes, KDAMONDS "/%d/contexts/0/schemes/nr_schemes", thread) != 0)
		return false;
	for (int i = 0; i < (int)schemes; i++) {
		if (sysfs_line(action, sizeof(action), KDAMONDS "/%d/contexts/0/schemes/%d/action",
			       thread, i) == 0 &&
		    (strcmp(action, "pageout") == 0 || strcmp(action, "cold") == 0))
			return true;
	}
	return false;
}

static void plan_reclaim(struct plan_of_settings *plan)
{
	char line[16], path[SYSFS_PATH_MAX];
	int64_t threads = 0;
	size_t before = json_array_size(plan->changes);

	if (sysfs_line(line, sizeof(line), RECLAIM) == 0 && *line == 'Y')
		change(plan, "reclaim", RECLAIM, "N");
	sysfs_number(&threads, KDAMONDS "/nr_kdamonds");
	for (int i = 0; i < (int)threads; i++) {
		snprintf(path, sizeof(path), KDAMONDS "/%d/state", i);
		if (settings_damon_evicts(i))
			change(plan, "reclaim", path, "off");
	}
	if (json_array_size(plan->changes) == before)
		leave(plan, "reclaim", "DAMON evicts no pages");
}

static void plan_smt(struct plan_of_settings *plan, bool off)
{
	char state[32];

	if (sysfs_line(state, sizeof(state), CPUS "/smt/control") != 0)
		leave(plan, "SMT", "there is no setting for it");
	else if (strcmp(state, "on") != 0)
		leave(plan, "SMT", "%s", state);
	else if (off)
		change(plan, "SMT", CPUS "/smt/control", "off");
	else
		leave(plan, "SMT", "on, and left on: --no-smt switches it off");
}

json_t *settings_to_change(bool smt_off, json_t **left)
{
	struct plan_of_settings plan = {.changes = json_array(), .left = json_array()};

	plan_governor(&plan);
	plan_turbo(&plan);
	plan_reclaim(&plan);
	/* Last, because the governor of a processor that is offline cannot be set. */
	plan_smt(&plan, smt_off);
	*left = plan.left;
	return plan.changes;
}
