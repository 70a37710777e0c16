/* Is this a release build? */
#include <errno.h>
#include <string.h>

#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const char *type = check_text(context->build, "build_type");
	why_set(&check->found, 0, "%s build", type == NULL ? "unknown" : type);
	if (type == NULL || strcmp(type, "release") != 0)
		check_warn(
			check,
			"measure with a release build: make, without SANITIZE, with -O2 -DNDEBUG");
}

const struct doctor_check check_build = {.name = "build", .order = 100, .look = look};
