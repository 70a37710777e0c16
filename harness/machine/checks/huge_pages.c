/* Transparent huge pages. Recorded because results depend on them; neither state is wrong. */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const char *state = check_text(context->machine, "transparent_hugepage");
	why_set(&check->found, 0, "%s", state == NULL ? "not supported by this kernel" : state);
}

const struct doctor_check check_huge_pages = {.name = "huge pages", .order = 1400, .look = look};
