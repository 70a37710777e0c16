/* Does the frequency of the CPU depend on temperature and load? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const json_t *turbo = json_object_get(context->machine, "turbo");
	if (turbo == NULL) {
		why_set(&check->found, 0, "unknown");
		return;
	}
	why_set(&check->found, 0, "%s", json_is_true(turbo) ? "on" : "off");
	if (json_is_true(turbo))
		check_warn(check, "the frequency changes with temperature and load: iowalk doctor "
				  "--fix, or write 1 "
				  "to "
				  "intel_pstate/no_turbo, or 0 to cpufreq/boost, in "
				  "/sys/devices/system/cpu");
}

const struct doctor_check check_turbo = {.name = "turbo", .order = 1100, .look = look};
