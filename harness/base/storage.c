/*
 * Finds the device of a folder. The line of /proc/self/mountinfo whose mount point is the longest
 * prefix of the folder's path has the file system, its options and the device; of several such
 * lines the last one counts, because a later mount hides an earlier one. /sys/dev/block describes
 * the device's queue. A device number with major 0 is not a block device (btrfs, overlay, tmpfs);
 * then the mount's source is used if it is a device node. Source: proc_pid_mountinfo(5), the
 * kernel's ABI/stable/sysfs-block
 */
#include "storage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sysfs.h"

struct mount_line {
	char point[PATH_MAX];
	char options[512];
	char file_system[64];
	char source[512];
	char super_options[512];
	unsigned major, minor;
};

/* Blanks in a path are escaped as \040, and other such characters likewise. */
static void decode_octal(char *text)
{
	char *to = text;
	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static int parse_mount(const char *line, struct mount_line *out)
{
	/* 25 1 254:0 / /mnt rw,relatime shared:1 - ext4 /dev/vda1 rw,discard */
	if (sscanf(line, "%*u %*u %u:%u %*s %4095s %511s", &out->major, &out->minor, out->point,
		   out->options) != 4)
		return -EINVAL;
	const char *rest = strstr(line, " - ");
	if (rest == NULL)
		return -EINVAL;
	out->super_options[0] = '\0';
	if (sscanf(rest, " - %63s %511s %511s", out->file_system, out->source, out->super_options) <
	    2)
		return -EINVAL;
	decode_octal(out->point);
	decode_octal(out->source);
	return 0;
}

static int lies_below(const char *path, const char *point, size_t point_len)
{
	if (strcmp(point, "/") == 0)
		return 1;
	return strncmp(path, point, point_len) == 0 &&
	       (path[point_len] == '/' || path[point_len] == '\0');
}

static int find_mount(const char *path, struct mount_line *out)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	if (file == NULL)
		return -errno;
	struct mount_line *candidate = malloc(sizeof(*candidate));
	char *line = NULL;
	size_t line_size = 0;
	size_t best_len = 0;
	int err = candidate == NULL ? -ENOMEM : -ENOENT;
	while (candidate != NULL && getline(&line, &line_size, file) >= 0) {
		if (parse_mount(line, candidate) != 0)
			continue;
		size_t len = strlen(candidate->point);
		if (len >= best_len && lies_below(path, candidate->point, len)) {
			*out = *candidate;
			best_len = len;
			err = 0;
		}
	}
	free(line);
	free(candidate);
	fclose(file);
	return err;
}

/* The mount options, then those options of the file system that are not among them. */
static void join_options(const struct mount_line *mount, char *text, size_t text_size)
{
	size_t len = (size_t)snprintf(text, text_size, "%s", mount->options);
	char more[sizeof(mount->super_options)];
	snprintf(more, sizeof(more), "%s", mount->super_options);
	char *rest = more;
	for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
		char have[sizeof(mount->options) + 2], want[sizeof(more) + 2];
		snprintf(have, sizeof(have), ",%s,", mount->options);
		snprintf(want, sizeof(want), ",%s,", word);
		if (*word != '\0' && strstr(have, want) == NULL && len < text_size)
			len += (size_t)snprintf(text + len, text_size - len, ",%s", word);
	}
}

static void probe_queue(json_t *storage, unsigned device_major, unsigned device_minor)
{
	char queue[128], line[256];
	int64_t number;
	snprintf(queue, sizeof(queue), "/sys/dev/block/%u:%u/partition", device_major,
		 device_minor);
	/* A partition has no queue; the parent folder is that of the whole device. */
	const char *up = access(queue, F_OK) == 0 ? "../" : "";
	snprintf(queue, sizeof(queue), "/sys/dev/block/%u:%u/%squeue", device_major, device_minor,
		 up);
	if (sysfs_number(&number, "%s/read_ahead_kb", queue) == 0)
		json_object_set_new(storage, "read_ahead_bytes", json_integer(number * 1024));
	if (sysfs_number(&number, "%s/rotational", queue) == 0)
		json_object_set_new(storage, "rotational", json_boolean(number != 0));
	if (sysfs_line(line, sizeof(line), "%s/scheduler", queue) == 0) {
		sysfs_choice(line);
		json_object_set_new(storage, "scheduler", json_string(line));
	}
}

static void probe_mount(json_t *storage, const char *path)
{
	struct mount_line *mount = calloc(1, sizeof(*mount));
	if (mount == NULL || find_mount(path, mount) != 0) {
		free(mount);
		return;
	}
	char options[sizeof(mount->options) + sizeof(mount->super_options) + 2];
	join_options(mount, options, sizeof(options));
	json_object_set_new(storage, "file_system", json_string(mount->file_system));
	json_object_set_new(storage, "mount_options", json_string(options));
	json_object_set_new(storage, "device", json_string(mount->source));
	unsigned device_major = mount->major;
	unsigned device_minor = mount->minor;
	struct stat status;
	if (device_major == 0 && stat(mount->source, &status) == 0 && S_ISBLK(status.st_mode)) {
		device_major = major(status.st_rdev);
		device_minor = minor(status.st_rdev);
	}
	if (device_major != 0)
		probe_queue(storage, device_major, device_minor);
	free(mount);
}

json_t *storage_probe(const char *folder)
{
	json_t *storage = json_object();
	if (storage == NULL)
		return NULL;
	char *path = realpath(folder, NULL);
	if (path == NULL) {
		json_object_set_new(storage, "path", json_string(folder));
		return storage;
	}
	json_object_set_new(storage, "path", json_string(path));
	probe_mount(storage, path);
	/* Engines open files of this user with O_NOATIME where that is allowed. */
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME);
	if (fd >= 0 || errno == EPERM)
		json_object_set_new(storage, "no_access_times", json_boolean(fd >= 0));
	if (fd >= 0)
		close(fd);
	struct statvfs space;
	if (statvfs(path, &space) == 0) {
		uint64_t block_bytes = space.f_frsize;
		json_object_set_new(storage, "total_bytes",
				    json_integer((json_int_t)(space.f_blocks * block_bytes)));
		json_object_set_new(storage, "free_bytes",
				    json_integer((json_int_t)(space.f_bavail * block_bytes)));
	}
	free(path);
	return storage;
}
