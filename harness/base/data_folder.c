/* Finds the files that come with the program: see data_folder.h. */
#include "data_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

int data_path(const char *name, char *path, size_t path_size, struct why *why)
{
	/* Relative to the folder of the program: build/ of a checkout, build/asan/, an installed
	 * bin/. */
	static const char *const folders[] = {"..",
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
	int err = proc_program(program, sizeof(program));
	if (err)
		return why_set(why, err, "cannot find the folder of the program: %s",
			       strerror(-err));
	char *slash = strrchr(program, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, path_size, "%s/%s/%s", program, folders[i], name);
		if (access(path, R_OK) == 0)
			return 0;
	}
	return why_set(why, -ENOENT, "no '%s' near '%.120s': set IOWALK_DATA_DIR", name, program);
}
