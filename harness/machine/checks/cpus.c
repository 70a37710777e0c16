/* Is there a second processor for other processes? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	json_int_t online = json_integer_value(json_object_get(context->machine, "cpus_online"));
	json_int_t usable = json_integer_value(json_object_get(context->machine, "cpus_usable"));
	if (usable < online)
		why_set(&check->found, 0, "%lld usable of %lld online", (long long)usable,
			(long long)online);
	else
		why_set(&check->found, 0, "%lld online", (long long)online);
	if (usable < 2)
		check_warn(check,
			   "with one CPU every other process disturbs the timing: use two or more");
}

const struct doctor_check check_cpus = {.name = "CPUs", .order = 700, .look = look};
