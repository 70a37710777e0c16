/* See leaks.h. Source: proc(5) */
#include "leaks.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

size_t leaks_count(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t folder_len = slash ? (size_t)(slash - path) + 1 : 0, count = 0;
	char line[4352];
	DIR *entries = opendir("/proc/self/fd");
	FILE *maps = fopen("/proc/self/maps", "re");

	while (entries && readdir(entries))
		count++;
	while (slash && maps && fgets(line, sizeof(line), maps)) {
		const char *name = strchr(line, '/');

		count += name && strncmp(name, path, folder_len) == 0;
	}
	if (entries)
		closedir(entries);
	if (maps)
		fclose(maps);
	return count;
}
