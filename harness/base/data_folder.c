/* Finding the program's own files: see data_folder.h. */
#include "data_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int data_path(const char *name, char *path, size_t path_size, struct why *why)
{
	/* From the program's folder: build/ of a checkout, build/asan/, an installed bin/. */
	static const char *const places[] = {"..",
					     "../..",
					     "../../..",
					     "../workloads",
					     "../../workloads",
					     "../../../workloads",
					     "../share/iowalk"};
	const char *given = getenv("IOWALK_DATA_DIR");
	char program[2048];

	if (given && *given) {
		snprintf(path, path_size, "%s/%s", given, name);
		return access(path, R_OK) == 0
			       ? 0
			       : why_set(why, -ENOENT, "IOWALK_DATA_DIR has no '%s'", path);
	}
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (len < 0)
		return why_set(why, -errno, "cannot find the program's own folder: %s",
			       strerror(errno));
	program[len] = '\0';
	char *slash = strrchr(program, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, path_size, "%s/%s/%s", program, places[i], name);
		if (access(path, R_OK) == 0)
			return 0;
	}
	return why_set(why, -ENOENT, "no '%s' near '%.120s': set IOWALK_DATA_DIR", name, program);
}
