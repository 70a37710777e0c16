/*
 * Changing settings for a while: see fix.h.
 *
 * How it works: the file holds {"format":1, "boot":ID, "changes":[…]}. Its lock (flock(2)) belongs to
 * the open file, which both processes share, so it is held until both have ended. The restorer
 * reads from a pipe whose other end only this process has: end of file means that it has ended.
 *
 * Source: flock(2), pipe(7), setsid(2)
 */
#include "fix.h"

#include "../base/files.h"
#include "../base/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_NAME   "/run/iowalk-doctor.json"
#define FILE_FORMAT 1

static void file_path(char path[SYSFS_PATH_MAX])
{
	snprintf(path, SYSFS_PATH_MAX, "%.400s" FILE_NAME, sysfs_root());
}

static const char *text_of(const json_t *change, const char *key)
{
	const char *text = json_string_value(json_object_get(change, key));

	return text ? text : "";
}

__attribute__((format(printf, 3, 4))) static void say(const char *what, const json_t *change,
						      const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%-8s  %-8s  %s: ", what, text_of(change, "name"), text_of(change, "path"));
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* ---- restoring ---- */

/* Only files of the kernel's settings are written, whatever the file says. */
static bool is_setting(const char *path)
{
	return strncmp(path, "/sys/", 5) == 0 && strstr(path, "/..") == NULL;
}

/* True if the setting does not have our value any more. */
static bool restore_one(const json_t *change)
{
	const char *path = text_of(change, "path"), *old = text_of(change, "old");
	char now[128];

	if (!is_setting(path))
		return true;
	int err = sysfs_line(now, sizeof(now), "%s", path);
	if (!err && strcmp(now, old) == 0)
		return true; /* not changed yet */
	if (!err && strcmp(now, text_of(change, "new")) != 0) {
		say("left", change, "it is %s now, which is not from here", now);
		return true;
	}
	err = sysfs_write(path, old); /* also if it could not be read */
	if (err) {
		say("FAIL", change, "cannot restore %s: %s", old, strerror(-err));
		return false;
	}
	say("restored", change, "%s", old);
	return true;
}

/* In reverse order. How many could not be restored. */
static size_t restore_all(const json_t *changes)
{
	size_t failed = 0;

	for (size_t i = json_array_size(changes); i-- > 0;)
		failed += !restore_one(json_array_get(changes, i));
	return failed;
}

static int boot_id(char *line, size_t size)
{
	return sysfs_line(line, size, "/proc/sys/kernel/random/boot_id");
}

/* The changes that the file names; NULL if it is empty, was cut off (then none was made) or is of an earlier
 * boot. New reference. */
static json_t *read_file(int fd)
{
	char boot[64] = "";
	json_t *changes = NULL;

	lseek(fd, 0, SEEK_SET);
	json_t *file = json_loadfd(fd, 0, NULL);
	boot_id(boot, sizeof(boot));
	if (json_integer_value(json_object_get(file, "format")) == FILE_FORMAT &&
	    strcmp(text_of(file, "boot"), boot) == 0)
		changes = json_incref(json_object_get(file, "changes"));
	json_decref(file);
	return changes;
}

static int write_file(int fd, const json_t *changes)
{
	char boot[64] = "";

	boot_id(boot, sizeof(boot));
	json_t *file =
		json_pack("{si ss sO}", "format", FILE_FORMAT, "boot", boot, "changes", changes);
	char *text = json_dumps(file, JSON_INDENT(1));
	int err = text ? 0 : -ENOMEM;
	if (!err && (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET)))
		err = -errno;
	err = err ? err : write_all(fd, text, strlen(text));
	if (!err && fsync(fd))
		err = -errno;
	free(text);
	json_decref(file);
	return err;
}

static void remove_file(void)
{
	char path[SYSFS_PATH_MAX];

	file_path(path);
	unlink(path);
}

/* Does not return. */
static void wait_and_restore(const struct fix *fix, int alive_fd)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
	char byte;

	setsid(); /* signals of the terminal, or to the group, are not for it */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, "iowalk-restore");
	while (read(alive_fd, &byte, 1) < 0 && errno == EINTR)
		continue;
	size_t failed = restore_all(fix->changes);
	if (!failed)
		remove_file();
	_exit(failed != 0);
}

/* ---- the file ---- */

/* Opens and locks the file; another process may remove it in between. */
static int open_locked(const char *path)
{
	for (;;) {
		struct stat about = {0};
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0)
			return -errno;
		int err = flock(fd, LOCK_EX | LOCK_NB) ? -errno : fstat(fd, &about) ? -errno : 0;
		if (!err && about.st_nlink > 0 && about.st_uid == geteuid())
			return fd;
		close(fd);
		if (err)
			return err == -EWOULDBLOCK ? -EBUSY : err;
		if (about.st_nlink > 0)
			return -EPERM; /* that of another user */
	}
}

int fix_open(struct fix *fix, size_t *restored_count, struct why *why)
{
	char path[SYSFS_PATH_MAX];

	file_path(path);
	*fix = (struct fix){.fd = open_locked(path), .alive_fd = -1};
	*restored_count = 0;
	if (fix->fd == -EBUSY)
		return why_set(why, -EBUSY,
			       "another `iowalk doctor --fix` is active: it holds '%.200s'", path);
	if (fix->fd < 0)
		return why_set(why, fix->fd, "cannot write '%.200s': %s%s", path,
			       strerror(-fix->fd),
			       geteuid() ? "; settings can be changed only by root" : "");
	json_t *changes = read_file(fix->fd);
	*restored_count = json_array_size(changes);
	size_t failed = restore_all(changes);
	json_decref(changes);
	if (!failed)
		return 0;
	close(fix->fd);
	return why_set(why, -EIO, "%zu settings of an earlier `doctor --fix` cannot be restored",
		       failed);
}

/* ---- changing ---- */

static bool change_one(const json_t *change)
{
	const char *path = text_of(change, "path"), *wanted = text_of(change, "new");
	char now[128] = "";
	int err = sysfs_write(path, wanted);

	err = err ? err : sysfs_line(now, sizeof(now), "%s", path);
	if (err)
		say("FAIL", change, "cannot set %s: %s", wanted, strerror(-err));
	else if (strcmp(now, wanted) != 0)
		say("FAIL", change, "set to %s, but it is %s", wanted, now);
	else
		say("set", change, "%s -> %s", text_of(change, "old"), wanted);
	return !err && strcmp(now, wanted) == 0;
}

static int start_restorer(struct fix *fix)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	fix->restorer = fork();
	if (fix->restorer == 0) {
		close(fds[1]);
		wait_and_restore(fix, fds[0]);
	}
	int err = fix->restorer < 0 ? -errno : 0;
	close(fds[0]);
	if (err) {
		close(fds[1]);
		fix->restorer = 0;
		return err;
	}
	fix->alive_fd = fds[1];
	return 0;
}

int fix_apply(struct fix *fix, const json_t *changes, struct why *why)
{
	int made = 0;

	if (json_array_size(changes) == 0)
		return 0;
	fix->changes = json_deep_copy(changes);
	int err = fix->changes ? write_file(fix->fd, fix->changes) : -ENOMEM;
	err = err ? err : start_restorer(fix);
	if (err)
		return why_set(why, err,
			       "no setting is changed, because it might not be restored: %s",
			       strerror(-err));
	for (size_t i = 0; i < json_array_size(changes); i++)
		made += change_one(json_array_get(changes, i));
	return made;
}

int fix_close(struct fix *fix, struct why *why)
{
	bool failed = false, is_removed = false;
	int status = 0;

	if (fix->restorer) {
		close(fix->alive_fd);
		while (waitpid(fix->restorer, &status, 0) < 0 && errno == EINTR)
			continue;
		failed = status != 0;
		is_removed = !failed;    /* and the next process may have made its own by now */
		if (WIFSIGNALED(status)) /* somebody killed it */
			failed = restore_all(fix->changes) != 0;
	}
	if (!failed && !is_removed)
		remove_file();
	json_decref(fix->changes);
	close(fix->fd);
	return failed ? why_set(why, -EIO,
				"not all settings are restored; `iowalk doctor --restore` tries "
				"again")
		      : 0;
}

enum fix_state fix_look(void)
{
	char path[SYSFS_PATH_MAX];
	struct stat about;

	file_path(path);
	if (stat(path, &about))
		return FIX_NONE;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return FIX_LEFT;
	bool is_locked = flock(fd, LOCK_SH | LOCK_NB) != 0;
	json_t *changes = is_locked ? NULL : read_file(fd);
	enum fix_state state = is_locked                       ? FIX_ACTIVE
			       : json_array_size(changes) == 0 ? FIX_NONE
							       : FIX_LEFT;
	json_decref(changes);
	close(fd);
	return state;
}
