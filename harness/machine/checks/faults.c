/* Can page faults be counted? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	check_report_counter(check_counter(context, "faults_minor"), check);
}

const struct doctor_check check_faults = {.name = "fault counts", .order = 1700, .look = look};
