/* Does DAMON evict pages that a warm cell needs? */
#include "../../base/sysfs.h"
#include "../check.h"
#include "../settings.h"

static void look(const struct check_context *context, struct check *check)
{
	char enabled[8];
	int64_t threads = 0;

	(void)context;
	if (sysfs_line(enabled, sizeof(enabled), "/sys/module/damon_reclaim/parameters/enabled") ==
		    0 &&
	    *enabled == 'Y') {
		why_set(&check->found, 0, "DAMON reclaims pages that were not used recently");
		check_warn(check, "iowalk doctor --fix, or echo N > "
				  "/sys/module/damon_reclaim/parameters/enabled; otherwise "
				  "long warm cells lose pages");
		return;
	}
	sysfs_number(&threads, "/sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds");
	for (int i = 0; i < (int)threads; i++) {
		if (!settings_damon_evicts(i))
			continue;
		why_set(&check->found, 0, "DAMON thread %d evicts pages (pageout)", i);
		check_warn(check, "iowalk doctor --fix, or echo off > "
				  "/sys/kernel/mm/damon/admin/kdamonds/*/state; otherwise "
				  "long warm cells lose pages");
		return;
	}
	why_set(&check->found, 0, "DAMON evicts no pages");
}

const struct doctor_check check_reclaim = {.name = "reclaim", .order = 900, .look = look};
