/* Small text files of /proc and /sys. */
#ifndef IOWALK_BASE_SYSFS_H
#define IOWALK_BASE_SYSFS_H

#include <stddef.h>
#include <stdint.h>

#define SYSFS_PATH_MAX 512

/*
 * What stands before each path under /sys here and in the functions below, and before /run of machine/fix.c:
 * $IOWALK_TEST_ROOT, or nothing. Tests set it to a folder with files of their own.
 */
const char *sysfs_root(void);

/* The first line, without its newline, of the file whose path is built like printf. 0 or negative
 * errno. */
int sysfs_line(char *line, size_t line_size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same as a number; -EINVAL if the line is no number. */
int sysfs_number(int64_t *value, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a line to the file of this path. 0 or negative errno. */
int sysfs_write(const char *path, const char *line);

/* The value of the first line "KEY: value" of `path`, as in /proc/cpuinfo. 0 or negative errno. */
int sysfs_field(char *value, size_t value_size, const char *path, const char *key);

/* Reduces "always [madvise] never" to the word in brackets; a text without brackets is not
 * changed. */
void sysfs_choice(char *line);

#endif
