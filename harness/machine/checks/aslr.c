/* Address space layout randomisation. Recorded because results depend on it. */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const char *state = check_text(context->machine, "aslr");
	why_set(&check->found, 0, "%s", state == NULL ? "unknown" : state);
}

const struct doctor_check check_aslr = {
	.name = "address randomisation", .order = 1500, .look = look};
