/*
 * Folders and whole files: see files.h.
 *
 * Source: rename(2), fsync(2)
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define HASH_PIECE_BYTES ((size_t)1 << 20) /* of one read */

/* 15 digits are more than any clock has, and do not turn 0.1 into 0.10000000000000001. */
#define JSON_FILE_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(15))

int write_all(int fd, const char *bytes, size_t len_bytes)
{
	while (len_bytes > 0) {
		ssize_t written = write(fd, bytes, len_bytes);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		len_bytes -= (size_t)written;
	}
	return 0;
}

int make_folders(const char *path)
{
	char prefix[PATH_MAX];
	size_t len = strlen(path);
	if (len == 0)
		return -ENOENT;
	if (len >= sizeof prefix)
		return -ENAMETOOLONG;
	memcpy(prefix, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (prefix[i] != '/' && prefix[i] != '\0')
			continue;
		prefix[i] = '\0';
		if (mkdir(prefix, 0777) != 0 && errno != EEXIST)
			return -errno;
		prefix[i] = path[i];
	}
	struct stat info;
	if (stat(path, &info) != 0)
		return -errno;
	return S_ISDIR(info.st_mode) ? 0 : -ENOTDIR;
}

/* The number of an open descriptor of this process that PATH names, or -1. */
static int own_descriptor(const char *path)
{
	static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		size_t len = strlen(folders[i]);
		char *end;
		if (strncmp(path, folders[i], len) != 0)
			continue;
		long number = strtol(path + len, &end, 10);
		if (end != path + len && *end == '\0' && number >= 0 && number <= INT_MAX)
			return (int)number;
	}
	return -1;
}

/* Must PATH be written in place? If not, *final is the path of the regular file, with links resolved. */
static bool is_special(const char *path, char final[static PATH_MAX])
{
	struct stat info;
	if (own_descriptor(path) >= 0 || (stat(path, &info) == 0 && !S_ISREG(info.st_mode)))
		return true;
	if (realpath(path, final) == NULL) /* a new file, or a link to one */
		snprintf(final, PATH_MAX, "%s", path);
	return false;
}

/* To a descriptor of ours by itself, whose place in the file is then right for what follows. */
static int write_in_place(const char *path, int how, const char *text, size_t len_bytes)
{
	int own = own_descriptor(path);
	int fd = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, 0)
			  : open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC | how, 0666);
	if (fd < 0)
		return -errno;
	int err = write_all(fd, text, len_bytes);
	if (close(fd) != 0 && err == 0)
		err = -errno;
	return err;
}

int append_text_file(const char *path, const char *text, size_t len_bytes)
{
	return write_in_place(path, O_CREAT, text, len_bytes);
}

int check_writable(const char *path)
{
	char final[PATH_MAX];
	struct stat info;
	if (strlen(path) >= PATH_MAX - 32)
		return -ENAMETOOLONG;
	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return -EISDIR;
	if (is_special(path, final))
		return access(path, W_OK) != 0 ? -errno : 0;
	char *slash = strrchr(final, '/');
	if (access(final, F_OK) == 0 && access(final, W_OK) != 0)
		return -errno;
	if (slash != NULL)
		slash[slash == final ? 1 : 0] = '\0';
	return access(slash == NULL ? "." : final, W_OK | X_OK) != 0 ? -errno : 0;
}

int write_text_file(const char *path, const char *text, size_t len_bytes)
{
	char temporary[PATH_MAX], final[PATH_MAX];
	if (strlen(path) >= sizeof final)
		return -ENAMETOOLONG;
	if (is_special(path, final))
		return write_in_place(path, 0, text, len_bytes);
	path = final;
	int len = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
	if (len < 0 || (size_t)len >= sizeof temporary)
		return -ENAMETOOLONG;
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	int err = write_all(fd, text, len_bytes);
	if (err == 0 && fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS)
		err = -errno;
	if (close(fd) != 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(temporary, path) != 0)
		err = -errno;
	if (err != 0)
		unlink(temporary);
	return err;
}

/* Is it NAME.PID.tmp of write_text_file(), of a process that is gone? */
static bool is_unfinished(const char *name)
{
	const char *end = strrchr(name, '.'), *dot = end;
	if (end == NULL || end == name || strcmp(end, ".tmp") != 0)
		return false;
	while (dot > name && dot[-1] != '.')
		dot--;
	char *stop;
	long pid = strtol(dot, &stop, 10);
	return dot > name && stop == end && pid > 0 && pid <= INT_MAX && kill((pid_t)pid, 0) != 0 &&
	       errno == ESRCH;
}

void remove_unfinished(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (is_unfinished(entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
}

int write_json_file(const char *path, const json_t *value)
{
	char *text = json_dumps(value, JSON_FILE_FLAGS);
	if (text == NULL)
		return -EINVAL;
	size_t len = strlen(text);
	text[len] = '\n'; /* in the place of the terminator: the length is given */
	int err = write_text_file(path, text, len + 1);
	free(text);
	return err;
}

int hash_file(const char *path, uint64_t *hash, uint64_t *len_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	XXH3_state_t *state = XXH3_createState();
	char *piece = malloc(HASH_PIECE_BYTES);
	int err = state == NULL || piece == NULL ? -ENOMEM : 0;
	if (err == 0)
		XXH3_64bits_reset(state);
	*len_bytes = 0;
	for (ssize_t got = 1; err == 0 && got > 0;) {
		got = read(fd, piece, HASH_PIECE_BYTES);
		if (got < 0)
			err = -errno;
		if (got > 0)
			XXH3_64bits_update(state, piece, (size_t)got);
		if (got > 0)
			*len_bytes += (uint64_t)got;
	}
	*hash = err == 0 ? XXH3_64bits_digest(state) : 0;
	XXH3_freeState(state);
	free(piece);
	close(fd);
	return err;
}
