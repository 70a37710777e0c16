/*
 * Finding tracefs: see tracefs.h.
 *
 * Sources: the kernel's trace/events.rst, fsopen(2), fsmount(2).
 */
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define PROBED "events/raw_syscalls/sys_enter/id" /* on every kernel with tracepoints */

#define FORMAT_BYTES_MAX 8192 /* a format file has a line of 80 bytes for each of up to 20 fields */

/* `root` is the root of a tracefs. 0 if a tracepoint's id can be read there. */
static int usable(int root_fd)
{
	if (faccessat(root_fd, PROBED, R_OK, AT_EACCESS) == 0)
		return 0;
	return -errno;
}

/* A file descriptor of `folder` if that is the root of a usable tracefs, else negative errno. */
static int open_folder(const char *folder)
{
	int root_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	int err = usable(root_fd);
	if (err == 0)
		return root_fd;
	close(root_fd);
	return err;
}

static int open_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	if (mounts == NULL)
		return -ENOENT;
	int root_fd = -ENOENT;
	char line[4096];
	struct mntent entry;
	while (root_fd < 0 && getmntent_r(mounts, &entry, line, sizeof(line)) != NULL) {
		if (strcmp(entry.mnt_type, "tracefs") == 0)
			root_fd = open_folder(entry.mnt_dir);
	}
	endmntent(mounts);
	return root_fd;
}

/* Needs CAP_SYS_ADMIN. */
static int open_detached(void)
{
	int context_fd = fsopen("tracefs", FSOPEN_CLOEXEC);
	if (context_fd < 0)
		return -errno;
	int root_fd = -1;
	int err = 0;
	if (fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
		err = -errno;
	if (err == 0) {
		root_fd = fsmount(context_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC);
		err = root_fd < 0 ? -errno : usable(root_fd);
	}
	close(context_fd);
	if (err == 0)
		return root_fd;
	if (root_fd >= 0)
		close(root_fd);
	return err;
}

int tracefs_open(struct why *why)
{
	int root_fd = open_folder("/sys/kernel/tracing");
	int first_err = root_fd;
	if (root_fd < 0)
		root_fd = open_mounted();
	if (root_fd < 0)
		root_fd = open_folder("/sys/kernel/debug/tracing");
	if (root_fd < 0)
		root_fd = open_detached();
	if (root_fd >= 0)
		return root_fd;
	/* "Permission denied" at the usual mount point is the more useful reason. */
	int err = first_err == -EACCES ? first_err : root_fd;
	return why_set(why, err, "cannot read " PROBED " in tracefs: %s", strerror(-err));
}

/* The text of a file of a tracepoint, in text[size]. */
static int read_text(int root_fd, const char *tracepoint, const char *file, char *text, size_t size)
{
	char path[128];
	snprintf(path, sizeof(path), "events/%s/%s", tracepoint, file);
	int fd = openat(root_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t got = read(fd, text, size - 1);
	int err = got < 0 ? -errno : 0;
	close(fd);
	text[got < 0 ? 0 : got] = '\0';
	return err;
}

int tracefs_id(int root_fd, const char *tracepoint, uint64_t *id)
{
	char text[32];
	char *end;
	int err = read_text(root_fd, tracepoint, "id", text, sizeof(text));
	if (err != 0)
		return err;
	*id = strtoull(text, &end, 10);
	return end == text ? -EIO : 0;
}

/* A line is "field:pid_t pid;	offset:24;	size:4;	signed:1;". */
int tracefs_field(int root_fd, const char *tracepoint, const char *field, unsigned *offset)
{
	char text[FORMAT_BYTES_MAX], end_of_name[64];
	int err = read_text(root_fd, tracepoint, "format", text, sizeof(text));
	if (err != 0)
		return err;
	snprintf(end_of_name, sizeof(end_of_name), " %s;\toffset:", field);
	const char *found = strstr(text, end_of_name);
	if (found == NULL)
		return -ENOENT;
	*offset = (unsigned)strtoul(found + strlen(end_of_name), NULL, 10);
	return 0;
}
