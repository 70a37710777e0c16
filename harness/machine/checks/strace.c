/* Is strace installed? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	(void)context;
	char path[512];
	if (check_find_command("strace", path, sizeof(path)))
		why_set(&check->found, 0, "%.200s", path);
	else
		why_set(&check->found, 0, "not found: only a test needs it; that test is skipped");
}

const struct doctor_check check_strace = {.name = "strace", .order = 2100, .look = look};
