/* The folder of graph files: see cache_folder.h. Source: XDG Base Directory Specification */
#include "cache_folder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_set(const char *text)
{
	return text && *text;
}

void cache_folder_path(const char *given, char *path, size_t path_size)
{
	const char *own = getenv("IOWALK_CACHE_DIR");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (is_set(given))
		snprintf(path, path_size, "%s", given);
	else if (is_set(own))
		snprintf(path, path_size, "%s", own);
	else if (is_set(xdg))
		snprintf(path, path_size, "%s/iowalk", xdg);
	else if (is_set(home))
		snprintf(path, path_size, "%s/.cache/iowalk", home);
	else
		snprintf(path, path_size, "/var/tmp/iowalk-%u", getuid());
}
