/* Does the frequency governor change the frequency of the CPU? */
#include <string.h>

#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const char *governor = check_text(context->machine, "governor");
	if (governor == NULL) {
		why_set(&check->found, 0, "none: the host or the firmware sets the frequency");
		return;
	}
	why_set(&check->found, 0, "%s", governor);
	if (strcmp(governor, "performance") != 0)
		check_warn(check, "iowalk doctor --fix, or cpupower frequency-set -g performance");
}

const struct doctor_check check_governor = {.name = "governor", .order = 1000, .look = look};
