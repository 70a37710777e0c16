/*
 * Memory limits by cgroups: see memory_group.h.
 *
 * How it works: in version 1 a new group can be made below the process's group if its folder is
 * writable. In version 2 a group (except the root) has either processes or children with limits. So
 * this file searches from the process's group upwards for a group whose children can have limits.
 * If the process is alone in its group (`systemd-run --scope -p Delegate=yes`), it moves into a
 * child group first, and then the children of that group can have limits.
 *
 * Source: the kernel's admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst
 */
#include "memory_group.h"

#include "../base/cgroup.h"
#include "../base/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX       "iowalk."
#define REMOVE_TRIES 200 /* of 5 ms: a group is busy until its last page in flight has arrived */
#define PROBE_BYTES  (UINT64_C(64) << 20)

struct memory_groups {
	int version;
	char base[2048];  /* the folder in which groups are made */
	char home[2048];  /* the group that the process returns to */
	char group[2200]; /* the group that was made, or "" */
	int peak_fd;      /* version 2: memory.peak of `group`; -1: not open */
	bool split;       /* base was the process's own group; `home` is a child of it */
};

/* ---- groups ---- */

static int remove_group(const char *folder)
{
	int err = 0;

	for (int tries = 0; tries < REMOVE_TRIES; tries++) {
		err = rmdir(folder) && errno != ENOENT ? -errno : 0;
		if (err != -EBUSY)
			break;
		usleep(5000);
	}
	return err;
}

/* Removes the groups of processes that no longer exist: they were killed. */
static void remove_stale(const char *base)
{
	DIR *folder = opendir(base);

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		char path[2400];
		int pid;
		if (sscanf(entry->d_name, PREFIX "%d", &pid) != 1 || pid <= 0 ||
		    kill(pid, 0) == 0 || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, entry->d_name);
		rmdir(path);
	}
	if (folder)
		closedir(folder);
}

static int set_limit(const struct memory_groups *groups, uint64_t limit_bytes)
{
	int err;

	if (groups->version == 2) {
		err = cgroup_write(groups->group, "memory.max", "%" PRIu64, limit_bytes);
		if (!err)
			cgroup_write(groups->group, "memory.swap.max", "0");
		return err;
	}
	err = cgroup_write(groups->group, "memory.limit_in_bytes", "%" PRIu64, limit_bytes);
	/* If the kernel does not account swap, only swappiness 0 avoids it. */
	if (!err &&
	    cgroup_write(groups->group, "memory.memsw.limit_in_bytes", "%" PRIu64, limit_bytes))
		cgroup_write(groups->group, "memory.swappiness", "0");
	return err;
}

/* From Linux 6.12 on, what is written to memory.peak resets the peak that is read from the same descriptor.
 * Before, it is the most since the group was made. */
static void open_peak(struct memory_groups *groups)
{
	char path[2300];

	groups->peak_fd = -1;
	if (groups->version != 2)
		return;
	snprintf(path, sizeof(path), "%s/memory.peak", groups->group);
	groups->peak_fd = open(path, O_RDWR | O_CLOEXEC);
	if (groups->peak_fd < 0)
		groups->peak_fd = open(path, O_RDONLY | O_CLOEXEC);
}

static void close_peak(struct memory_groups *groups)
{
	if (groups->version == 2 && groups->peak_fd >= 0)
		close(groups->peak_fd);
	groups->peak_fd = -1;
}

const char *memory_groups_folder(const struct memory_groups *groups)
{
	return groups->group;
}

int memory_groups_make(struct memory_groups *groups, uint64_t limit_bytes, struct why *why)
{
	snprintf(groups->group, sizeof(groups->group), "%s/" PREFIX "%d", groups->base, getpid());
	int err = mkdir(groups->group, 0755) && errno != EEXIST ? -errno : 0;
	const char *what = "making the group";
	if (!err) {
		what = "setting the limit of";
		err = set_limit(groups, limit_bytes);
	}
	if (!err) {
		open_peak(groups);
		return 0;
	}
	why_set(why, err, "%s '%.200s': %s", what, groups->group, strerror(-err));
	rmdir(groups->group);
	groups->group[0] = '\0';
	return err;
}

int memory_groups_remove(struct memory_groups *groups)
{
	if (!*groups->group)
		return 0;
	close_peak(groups);
	if (groups->version == 1)
		cgroup_write(groups->group, "memory.force_empty", "0");
	int err = remove_group(groups->group);
	groups->group[0] = '\0';
	return err;
}

int memory_groups_peak(const struct memory_groups *groups, uint64_t *bytes)
{
	int64_t value;

	if (groups->version == 2) {
		char text[32];
		ssize_t got = groups->peak_fd < 0
				      ? -1
				      : pread(groups->peak_fd, text, sizeof(text) - 1, 0);
		if (got <= 0)
			return -ENOENT;
		text[got] = '\0';
		*bytes = strtoull(text, NULL, 10);
		return 0;
	}
	int err = sysfs_number(&value, "%s/memory.max_usage_in_bytes", groups->group);
	if (!err)
		*bytes = (uint64_t)value;
	return err;
}

void memory_groups_reset_peak(struct memory_groups *groups)
{
	if (groups->version == 2 && groups->peak_fd >= 0) {
		if (pwrite(groups->peak_fd, "reset", 5, 0) < 0)
			return; /* before Linux 6.12 */
	}
	if (groups->version == 1)
		cgroup_write(groups->group, "memory.max_usage_in_bytes", "0");
}

/* ---- finding a parent for groups ---- */

/* Enters and leaves a group once, so that a failure is known before any cell is measured. */
static int try_base(struct memory_groups *groups, const char *base, struct why *why)
{
	snprintf(groups->base, sizeof(groups->base), "%s", base);
	remove_stale(base);
	int err = memory_groups_make(groups, PROBE_BYTES, why);
	if (err)
		return err;
	err = cgroup_write(groups->group, "cgroup.procs", "%d", getpid());
	if (err)
		why_set(why, err, "moving into '%.200s': %s", groups->group, strerror(-err));
	else
		err = cgroup_write(groups->home, "cgroup.procs", "%d", getpid());
	int remove_err = memory_groups_remove(groups);
	return err ? err : remove_err;
}

/* Moves the process into a child of its own group, so that the group's other children can have
 * limits. */
static int split_group(struct memory_groups *groups, const char *own, struct why *why)
{
	snprintf(groups->home, sizeof(groups->home), "%.1900s/" PREFIX "%d.rest", own, getpid());
	int err = mkdir(groups->home, 0755) && errno != EEXIST ? -errno : 0;
	if (!err)
		err = cgroup_write(groups->home, "cgroup.procs", "%d", getpid());
	if (!err)
		err = cgroup_write(own, "cgroup.subtree_control", "+memory");
	if (!err)
		err = try_base(groups, own, why);
	if (!err) {
		groups->split = true;
		return 0;
	}
	cgroup_write(own, "cgroup.subtree_control", "-memory");
	cgroup_write(own, "cgroup.procs", "%d", getpid());
	rmdir(groups->home);
	return err;
}

static int find_v2(struct memory_groups *groups, struct why *why)
{
	char own[2048], point[1024], folder[2048];
	int err = cgroup_own_folder(2, own, point, sizeof(point));

	if (!err && !cgroup_has(own, "cgroup.controllers", "memory"))
		err = -EOPNOTSUPP;
	if (err)
		return err;
	groups->version = 2;
	snprintf(folder, sizeof(folder), "%s", own);
	for (err = -EBUSY; err && strlen(folder) >= strlen(point);) {
		snprintf(groups->home, sizeof(groups->home), "%s", own);
		err = cgroup_has(folder, "cgroup.subtree_control", "memory")
			      ? 0
			      : cgroup_write(folder, "cgroup.subtree_control", "+memory");
		if (!err)
			err = try_base(groups, folder, why);
		else if (strcmp(folder, own) == 0 && cgroup_is_alone(own))
			err = split_group(groups, own, why);
		char *slash = strrchr(folder, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	return err;
}

static int find_v1(struct memory_groups *groups, struct why *why)
{
	char own[2048], point[1024];
	int err = cgroup_own_folder(1, own, point, sizeof(point));

	if (err)
		return err;
	groups->version = 1;
	snprintf(groups->home, sizeof(groups->home), "%s", own);
	return try_base(groups, own, why);
}

int memory_groups_new(struct memory_groups **out, struct why *why)
{
	struct memory_groups *groups = calloc(1, sizeof(*groups));
	struct why found = {0};

	if (!groups)
		return -ENOMEM;
	int err = find_v2(groups, &found);
	if (err) {
		*groups = (struct memory_groups){0};
		int v1_err = find_v1(groups, &found);
		err = v1_err == -ENOENT ? err : v1_err;
	}
	if (!err) {
		*out = groups;
		return 0;
	}
	free(groups);
	return why_set(
		why, err,
		"--memory-limit: no cgroup can be made here: %s; run as root, or where "
		"systemd delegates one: systemd-run --user --scope -p Delegate=yes iowalk run …",
		*found.text ? found.text : strerror(-err));
}

void memory_groups_free(struct memory_groups *groups)
{
	if (!groups)
		return;
	memory_groups_remove(groups);
	if (groups->split) {
		cgroup_write(groups->base, "cgroup.subtree_control", "-memory");
		cgroup_write(groups->base, "cgroup.procs", "%d", getpid());
		remove_group(groups->home);
	}
	free(groups);
}
