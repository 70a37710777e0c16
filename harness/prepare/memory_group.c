/*
 * Control groups of memory: see memory_group.h.
 *
 * How it works: version 1 takes a new group below the process's own wherever the folder may be
 * written. Version 2 has groups with processes and groups with limited children, never both in one
 * (but the root): so the way up from the process's own group is searched for one whose children may
 * be limited. Where the process is alone in its group (`systemd-run --scope -p Delegate=yes`), it
 * moves into a child first and makes the group fit for that.
 *
 * Source: the kernel's admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst; proc_pid_mountinfo(5).
 */
#include "memory_group.h"

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

#include "../base/sysfs.h"
#include "../base/units.h"

#define PREFIX       "iowalk."
#define REMOVE_TRIES 200 /* of 5 ms: a group is busy until the last page in flight has come */
#define PROBE_BYTES  (UINT64_C(64) << 20)

struct memory_groups {
	int version;
	char base[2048];  /* groups are made in it, */
	char home[2048];  /* the process belongs here, */
	char group[2200]; /* and is here now, or "" */
	bool split;       /* base was the process's own: it lives in the child `home` meanwhile */
};

static int write_line(const char *folder, const char *file, const char *format, ...)
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

/* Is `word` among those of the file's first line? */
static bool line_has(const char *folder, const char *file, const char *word)
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

/* ---- where the process is ---- */

/* Its path among the groups of one hierarchy: "0::/a/b", or "4:memory:/a/b". */
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

/* Where the hierarchy is mounted, and which of its groups is the mount's root. */
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

/* The folder of the process's own group; `point` is where the hierarchy begins. */
static int own_folder(int version, char *folder, char *point, size_t size)
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
	if (access(folder, F_OK)) /* a name space that does not show it */
		snprintf(folder, size, "%s", point);
	return 0;
}

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

/* Those of programs that no longer are: killed, they could not remove them. */
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
		err = write_line(groups->group, "memory.max", "%" PRIu64, limit_bytes);
		if (!err)
			write_line(groups->group, "memory.swap.max", "0");
		return err;
	}
	err = write_line(groups->group, "memory.limit_in_bytes", "%" PRIu64, limit_bytes);
	/* The kernel may not account swap; then nothing but this keeps from it. */
	if (!err &&
	    write_line(groups->group, "memory.memsw.limit_in_bytes", "%" PRIu64, limit_bytes))
		write_line(groups->group, "memory.swappiness", "0");
	return err;
}

int memory_groups_enter(struct memory_groups *groups, uint64_t limit_bytes, struct why *why)
{
	snprintf(groups->group, sizeof(groups->group), "%s/" PREFIX "%d", groups->base, getpid());
	int err = mkdir(groups->group, 0755) && errno != EEXIST ? -errno : 0;
	const char *what = "making the group";
	if (!err) {
		what = "setting the limit of";
		err = set_limit(groups, limit_bytes);
	}
	if (!err) {
		what = "moving into";
		err = write_line(groups->group, "cgroup.procs", "%d", getpid());
	}
	if (!err)
		return 0;
	why_set(why, err, "%s '%.200s': %s", what, groups->group, strerror(-err));
	rmdir(groups->group);
	groups->group[0] = '\0';
	return err;
}

int memory_groups_leave(struct memory_groups *groups)
{
	if (!*groups->group)
		return 0;
	int err = write_line(groups->home, "cgroup.procs", "%d", getpid());
	if (err)
		return err;
	if (groups->version == 1)
		write_line(groups->group, "memory.force_empty", "0");
	err = remove_group(groups->group);
	groups->group[0] = '\0';
	return err;
}

int memory_groups_peak(const struct memory_groups *groups, uint64_t *bytes)
{
	int64_t value;
	int err = sysfs_number(&value, "%s/%s", groups->group,
			       groups->version == 2 ? "memory.peak" : "memory.max_usage_in_bytes");

	if (!err)
		*bytes = (uint64_t)value;
	return err;
}

void memory_groups_reset_peak(struct memory_groups *groups)
{
	/* Version 2 starts anew for the descriptor that was written to: of no use here. */
	if (groups->version == 1)
		write_line(groups->group, "memory.max_usage_in_bytes", "0");
}

/* ---- finding a place ---- */

/* One whole round, so that what cannot be done is known before a cell asks for it. */
static int try_base(struct memory_groups *groups, const char *base, struct why *why)
{
	snprintf(groups->base, sizeof(groups->base), "%s", base);
	remove_stale(base);
	int err = memory_groups_enter(groups, PROBE_BYTES, why);
	return err ? err : memory_groups_leave(groups);
}

static bool alone_in(const char *folder)
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

/* Moves the process into a child of its own group, whose other children can then be limited. */
static int split_group(struct memory_groups *groups, const char *own, struct why *why)
{
	snprintf(groups->home, sizeof(groups->home), "%.1900s/" PREFIX "%d.rest", own, getpid());
	int err = mkdir(groups->home, 0755) && errno != EEXIST ? -errno : 0;
	if (!err)
		err = write_line(groups->home, "cgroup.procs", "%d", getpid());
	if (!err)
		err = write_line(own, "cgroup.subtree_control", "+memory");
	if (!err)
		err = try_base(groups, own, why);
	if (!err) {
		groups->split = true;
		return 0;
	}
	write_line(own, "cgroup.subtree_control", "-memory");
	write_line(own, "cgroup.procs", "%d", getpid());
	rmdir(groups->home);
	return err;
}

static int find_v2(struct memory_groups *groups, struct why *why)
{
	char own[2048], point[1024], folder[2048];
	int err = own_folder(2, own, point, sizeof(point));

	if (!err && !line_has(own, "cgroup.controllers", "memory"))
		err = -EOPNOTSUPP;
	if (err)
		return err;
	groups->version = 2;
	snprintf(folder, sizeof(folder), "%s", own);
	for (err = -EBUSY; err && strlen(folder) >= strlen(point);) {
		snprintf(groups->home, sizeof(groups->home), "%s", own);
		err = line_has(folder, "cgroup.subtree_control", "memory")
			      ? 0
			      : write_line(folder, "cgroup.subtree_control", "+memory");
		if (!err)
			err = try_base(groups, folder, why);
		else if (strcmp(folder, own) == 0 && alone_in(own))
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
	int err = own_folder(1, own, point, sizeof(point));

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
	memory_groups_leave(groups);
	if (groups->split) {
		write_line(groups->base, "cgroup.subtree_control", "-memory");
		write_line(groups->base, "cgroup.procs", "%d", getpid());
		remove_group(groups->home);
	}
	free(groups);
}

/* ---- what a cell needs ---- */

/*
 * Stacks, buffers of engine and layout, page tables, the kernel's own, and pages in flight: those of
 * read-ahead are locked until they have come. A walk of 4 M nodes finished with a third of this.
 */
#define FIXED_BYTES (UINT64_C(24) << 20)

/* Levels u32 and queue u64 of each node; an eighth of a byte more where levels are sorted. */
#define NODE_BYTES 12

/* What an option called cache_bytes lets the engine keep: the size of a cache of its own. */
static uint64_t engine_cache_bytes(const struct cell *cell)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < cell->engine->options_count; i++) {
		if (strcmp(cell->engine->options[i].name, "cache_bytes") == 0)
			bytes += cell->engine_options[i];
	}
	return bytes;
}

uint64_t cell_memory_bytes(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes)
{
	uint64_t bytes = FIXED_BYTES + cell->threads_count * engine_cache_bytes(cell);

	if (cell->workload->capabilities & WORKLOAD_WALKS)
		bytes += NODE_BYTES * nodes_count + nodes_count / 8;
	if ((cell->workload->capabilities & WORKLOAD_WALKS) && cell->threads_count > 1)
		bytes += sizeof(uint64_t) * cell->threads_count * nodes_count; /* what each finds */
	if (cell->engine->capabilities & ENGINE_HOLDS_FILE)
		bytes += cell->threads_count * file_bytes;
	return bytes;
}

int cell_check_memory(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
		      struct why *why)
{
	char limit[UNIT_TEXT_MAX], need[UNIT_TEXT_MAX];
	uint64_t bytes = cell_memory_bytes(cell, nodes_count, file_bytes);

	if (!cell->memory_limit_bytes || bytes <= cell->memory_limit_bytes)
		return 0;
	format_bytes(limit, sizeof(limit), (double)cell->memory_limit_bytes);
	format_bytes(need, sizeof(need), (double)bytes);
	return why_set(why, -ENOMEM, "%.120s: needs %s of memory; the limit is %s", cell->name,
		       need, limit);
}

bool cell_too_large_for_warm(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
			     struct why *why)
{
	char limit[UNIT_TEXT_MAX], file[UNIT_TEXT_MAX];
	uint64_t bytes = cell_memory_bytes(cell, nodes_count, file_bytes) + file_bytes;

	if (!cell->memory_limit_bytes || cell->cold || !file_bytes ||
	    (cell->engine->capabilities & ENGINE_HOLDS_FILE) || bytes <= cell->memory_limit_bytes)
		return false;
	format_bytes(limit, sizeof(limit), (double)cell->memory_limit_bytes);
	format_bytes(file, sizeof(file), (double)file_bytes);
	why_set(why, 0,
		"a file of %s cannot be warm beside its walk within a memory limit of %s: cold "
		"only",
		file, limit);
	return true;
}
