/* Limits on file descriptors and file sizes. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "../check.h"

#define DESCRIPTORS_LEAST 256 /* counters need about 60, engines and stores the rest */

static void look(const struct check_context *context, struct check *check)
{
	(void)context;
	struct rlimit file_size, files;
	if (getrlimit(RLIMIT_FSIZE, &file_size) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0) {
		why_set(&check->found, 0, "unknown: %s", strerror(errno));
		return;
	}
	bool sized = file_size.rlim_cur != RLIM_INFINITY;
	if (sized)
		why_set(&check->found, 0, "%ju descriptors, files up to %.0f MiB",
			(uintmax_t)files.rlim_cur, (double)file_size.rlim_cur / MIB);
	else
		why_set(&check->found, 0, "%ju descriptors, files of any size",
			(uintmax_t)files.rlim_cur);
	if (sized)
		check_warn(check, "large graphs will not fit: ulimit -f unlimited");
	else if (files.rlim_cur < DESCRIPTORS_LEAST)
		check_warn(check, "raise the limit of open files: ulimit -n 1024");
}

const struct doctor_check check_file_limit = {.name = "limits", .order = 600, .look = look};
