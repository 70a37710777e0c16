/* Can hardware events be counted? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	check_report_counter(check_counter(context, "cycles"), check);
}

const struct doctor_check check_hardware = {
	.name = "hardware counters", .order = 1800, .look = look};
