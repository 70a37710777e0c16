/* Is the folder on a local disk? */
#include <string.h>

#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const char *type = check_text(context->storage, "file_system");
	const char *device = check_text(context->storage, "device");
	if (type == NULL) {
		why_set(&check->found, 0, "unknown file system");
		check_warn(check, "choose a folder on a local file system for graph files");
		return;
	}
	why_set(&check->found, 0, "%s on %s", type, device == NULL ? "?" : device);
	if (strcmp(type, "tmpfs") == 0 || strcmp(type, "ramfs") == 0)
		check_warn(check, "files are in memory and never cold: choose a folder on a disk");
	else if (strncmp(type, "nfs", 3) == 0 || strncmp(type, "fuse", 4) == 0 ||
		 strcmp(type, "9p") == 0 || strcmp(type, "virtiofs") == 0)
		check_warn(check,
			   "the server has a cache of its own: choose a folder on a local disk");
}

const struct doctor_check check_file_system = {.name = "file system", .order = 300, .look = look};
