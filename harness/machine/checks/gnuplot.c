/* Is gnuplot installed? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	(void)context;
	char path[512];
	if (check_find_command("gnuplot", path, sizeof(path))) {
		why_set(&check->found, 0, "%.200s", path);
		return;
	}
	why_set(&check->found, 0, "not found");
	check_warn(check, "reports will have no plots: apt-get install gnuplot-nox");
}

const struct doctor_check check_gnuplot = {.name = "gnuplot", .order = 2000, .look = look};
