/* Can graph files be written? */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	if (access(context->folder, W_OK | X_OK) == 0) {
		why_set(&check->found, 0, "%s is writable", context->folder);
		return;
	}
	check->state = CHECK_FAIL;
	why_set(&check->found, 0, "cannot write to %s: %s", context->folder, strerror(errno));
	why_set(&check->remedy, 0, "create the folder, or choose another folder for graph files");
}

const struct doctor_check check_folder = {.name = "folder", .order = 200, .look = look};
