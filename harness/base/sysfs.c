/* Reads small text files; keeps none open. Source: proc(5), sysfs(5) */
#include "sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *sysfs_root(void)
{
	const char *root = getenv("IOWALK_TEST_ROOT");
	return root == NULL ? "" : root;
}

/* The path with the root before it, if it is one under /sys. */
static int rooted(char *out, size_t out_size, const char *path)
{
	const char *root = strncmp(path, "/sys/", 5) == 0 ? sysfs_root() : "";
	int len = snprintf(out, out_size, "%s%s", root, path);
	return len < 0 || (size_t)len >= out_size ? -ENAMETOOLONG : 0;
}

static int first_line(char *line, size_t line_size, const char *path)
{
	char from[2 * SYSFS_PATH_MAX];
	if (rooted(from, sizeof(from), path) != 0)
		return -ENAMETOOLONG;
	FILE *file = fopen(from, "re");
	if (file == NULL)
		return -errno;
	errno = 0;
	int err = 0;
	if (fgets(line, (int)line_size, file) == NULL)
		err = errno != 0 ? -errno : -ENODATA;
	else
		line[strcspn(line, "\n")] = '\0';
	fclose(file);
	return err;
}

int sysfs_line(char *line, size_t line_size, const char *format, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list arguments;
	va_start(arguments, format);
	int len = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	return first_line(line, line_size, path);
}

int sysfs_number(int64_t *value, const char *format, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list arguments;
	va_start(arguments, format);
	int len = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	char line[64];
	int err = first_line(line, sizeof(line), path);
	if (err != 0)
		return err;
	char *end;
	errno = 0;
	long long number = strtoll(line, &end, 10);
	if (end == line || errno != 0)
		return -EINVAL;
	*value = number;
	return 0;
}

int sysfs_write(const char *path, const char *line)
{
	char to[2 * SYSFS_PATH_MAX], text[256];
	int err = rooted(to, sizeof(to), path);
	int len = snprintf(text, sizeof(text), "%s\n", line);
	if (err != 0 || len < 0 || (size_t)len >= sizeof(text))
		return -ENAMETOOLONG;
	int fd = open(to, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* The kernel takes a value by one call of write(2). */
	ssize_t written = write(fd, text, (size_t)len);
	err = written == len ? 0 : written < 0 ? -errno : -EIO;
	close(fd);
	return err;
}

int sysfs_field(char *value, size_t value_size, const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return -errno;
	char *line = NULL;
	size_t line_size = 0;
	size_t key_len = strlen(key);
	int err = -ENOENT;
	while (err != 0 && getline(&line, &line_size, file) >= 0) {
		char *colon = strchr(line, ':');
		if (colon == NULL || strncmp(line, key, key_len) != 0 ||
		    line + key_len + strspn(line + key_len, " \t") != colon)
			continue;
		char *from = colon + 1 + strspn(colon + 1, " \t");
		from[strcspn(from, "\n")] = '\0';
		snprintf(value, value_size, "%s", from);
		err = 0;
	}
	free(line);
	fclose(file);
	return err;
}

void sysfs_choice(char *line)
{
	char *from = strchr(line, '[');
	char *to = from == NULL ? NULL : strchr(from, ']');
	if (to == NULL)
		return;
	size_t len = (size_t)(to - from - 1);
	memmove(line, from + 1, len);
	line[len] = '\0';
}
