/*
 * The control group of this process: see cgroup.h.
 *
 * Source: cgroups(7), proc_pid_mountinfo(5)
 */
#include "cgroup.h"

#include "proc.h"
#include "sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cgroup_write(const char *folder, const char *file, const char *format, ...)
{
	char path[2400], text[64];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = write(fd, text, (size_t)len) == len ? 0 : -errno;
	close(fd);
	return err;
}

bool cgroup_has(const char *folder, const char *file, const char *word)
{
	char line[512], *rest;

	if (sysfs_line(line, sizeof(line), "%s/%s", folder, file))
		return false;
	for (char *one = strtok_r(line, " ", &rest); one; one = strtok_r(NULL, " ", &rest)) {
		if (strcmp(one, word) == 0)
			return true;
	}
	return false;
}

bool cgroup_is_alone(const char *folder)
{
	char path[2400];
	int pid, others = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		others += pid != getpid();
	if (file)
		fclose(file);
	return file && others == 0;
}

/* The path of this process's group in one hierarchy, from "0::/a/b" or "4:memory:/a/b". */
static int own_path(int version, char *path, size_t size)
{
	char line[2048];
	int err = -ENOENT;
	FILE *file = fopen("/proc/self/cgroup", "re");

	while (file && err && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *rest;
		char *group = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		group[strcspn(group, "\n")] = '\0';
		bool found = version == 2 && !controllers[1];
		/* The controller of that name, not a part. */
		for (char *one = strtok_r(controllers + 1, ",", &rest); one && version == 1;
		     one = strtok_r(NULL, ",", &rest))
			found |= strcmp(one, "memory") == 0;
		if (found) {
			snprintf(path, size, "%s", group);
			err = 0;
		}
	}
	if (file)
		fclose(file);
	return err;
}

/* Where the hierarchy is mounted, and which of its groups is the root of the mount. */
static int find_mount(int version, char *point, char *root, size_t size)
{
	char line[4096];
	int err = -ENOENT;
	FILE *file = fopen("/proc/self/mountinfo", "re");

	while (file && err && fgets(line, sizeof(line), file)) {
		char from[1024], at[1024], type[32], options[1024];
		char *end = strstr(line, " - ");
		if (!end || sscanf(line, "%*s %*s %*s %1023s %1023s", from, at) != 2 ||
		    sscanf(end, " - %31s %*s %1023s", type, options) != 2)
			continue;
		/* The controller of that name, not a part. */
		bool found = version == 2
				     ? strcmp(type, "cgroup2") == 0
				     : strcmp(type, "cgroup") == 0 && strstr(options, "memory");
		if (found) {
			snprintf(point, size, "%s", at);
			snprintf(root, size, "%s", from);
			err = 0;
		}
	}
	if (file)
		fclose(file);
	return err;
}

int cgroup_own_folder(int version, char *folder, char *point, size_t size)
{
	char path[1024], root[1024];
	int err = own_path(version, path, sizeof(path));

	if (!err)
		err = find_mount(version, point, root, sizeof(root));
	if (err)
		return err;
	size_t root_len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	const char *below = strncmp(path, root, root_len) == 0 ? path + root_len : "";
	snprintf(folder, size, "%s%s", point, strcmp(below, "/") == 0 ? "" : below);
	if (access(folder, F_OK)) /* a namespace in which the group is not visible */
		snprintf(folder, size, "%s", point);
	return 0;
}

/* ---- memory ---- */

#define NO_LIMIT (INT64_C(1) << 60) /* version 1 says so by a number beyond any memory */

/* The bytes of file pages in the group, which the kernel can drop. */
static uint64_t file_bytes(const char *folder)
{
	char path[2400], key[64];
	uint64_t value, sum = 0;

	snprintf(path, sizeof(path), "%s/memory.stat", folder);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%63s %" SCNu64, key, &value) == 2) {
		if (strcmp(key, "inactive_file") == 0 || strcmp(key, "active_file") == 0)
			sum += value;
	}
	if (file)
		fclose(file);
	return sum;
}

static void read_group(int version, const char *folder, struct memory_limit *out)
{
	int64_t limit, used;

	if (sysfs_number(&limit, "%s/%s", folder,
			 version == 2 ? "memory.max" : "memory.limit_in_bytes") ||
	    limit >= NO_LIMIT || limit < 0)
		return;
	if (sysfs_number(&used, "%s/%s", folder,
			 version == 2 ? "memory.current" : "memory.usage_in_bytes"))
		used = 0;
	uint64_t files = file_bytes(folder);
	uint64_t held = (uint64_t)used > files ? (uint64_t)used - files : 0;
	uint64_t left = (uint64_t)limit > held ? (uint64_t)limit - held : 0;
	if (left >= out->available_bytes)
		return;
	out->limit_bytes = (uint64_t)limit;
	out->available_bytes = left;
	snprintf(out->folder, sizeof(out->folder), "%s", folder);
}

void memory_limit_read(struct memory_limit *out)
{
	*out = (struct memory_limit){.limit_bytes = UINT64_MAX};
	if (proc_meminfo("MemAvailable", &out->available_bytes) || !out->available_bytes)
		out->available_bytes = UINT64_MAX;
	for (int version = 1; version <= 2; version++) {
		char folder[2048], point[2048], *slash;

		if (cgroup_own_folder(version, folder, point, sizeof(folder)))
			continue;
		for (;;) {
			read_group(version, folder, out);
			slash = strrchr(folder, '/');
			if (strlen(folder) <= strlen(point) || !slash)
				break;
			*slash = '\0';
		}
	}
}
