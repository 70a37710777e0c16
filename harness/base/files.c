/*
 * Folders and whole files: see files.h.
 *
 * Source: rename(2), fsync(2)
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int write_text_file(const char *path, const char *text, size_t len_bytes)
{
	char temporary[PATH_MAX];
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
