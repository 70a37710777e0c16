/* Does DAMON evict pages that a warm cell needs? */
#include <string.h>

#include "../../base/sysfs.h"
#include "../check.h"

/* Does one thread of DAMON have a scheme that evicts pages? Source: the kernel's
 * admin-guide/mm/damon/ */
static bool evicts(int thread)
{
	static const char admin[] = "/sys/kernel/mm/damon/admin/kdamonds";
	char state[16], action[32];
	int64_t schemes = 0;

	if (sysfs_line(state, sizeof(state), "%s/%d/state", admin, thread) != 0 ||
	    strcmp(state, "on") != 0 ||
	    sysfs_number(&schemes, "%s/%d/contexts/0/schemes/nr_schemes", admin, thread) != 0)
		return false;
	for (int i = 0; i < (int)schemes; i++) {
		if (sysfs_line(action, sizeof(action), "%s/%d/contexts/0/schemes/%d/action", admin,
			       thread, i) == 0 &&
		    (strcmp(action, "pageout") == 0 || strcmp(action, "cold") == 0))
			return true;
	}
	return false;
}

static void look(const struct check_context *context, struct check *check)
{
	char enabled[8];
	int64_t threads = 0;

	(void)context;
	if (sysfs_line(enabled, sizeof(enabled), "/sys/module/damon_reclaim/parameters/enabled") ==
		    0 &&
	    *enabled == 'Y') {
		why_set(&check->found, 0, "DAMON reclaims pages that were not used recently");
		check_warn(check,
			   "echo N > /sys/module/damon_reclaim/parameters/enabled; otherwise "
			   "long warm cells lose pages");
		return;
	}
	sysfs_number(&threads, "/sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds");
	for (int i = 0; i < (int)threads; i++) {
		if (!evicts(i))
			continue;
		why_set(&check->found, 0, "DAMON thread %d evicts pages (pageout)", i);
		check_warn(check,
			   "echo off > /sys/kernel/mm/damon/admin/kdamonds/*/state; otherwise "
			   "long warm cells lose pages");
		return;
	}
	why_set(&check->found, 0, "DAMON evicts no pages");
}

const struct doctor_check check_reclaim = {.name = "reclaim", .order = 900, .look = look};
