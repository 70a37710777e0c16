/* Small text files of /proc and /sys, where most of what the environment holds is written. */
#ifndef IOWALK_BASE_SYSFS_H
#define IOWALK_BASE_SYSFS_H

#include <stddef.h>
#include <stdint.h>

/* The first line of the file named by printf format, without its end. 0 or negative errno. */
int sysfs_line(char *line, size_t line_size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same as a number; -EINVAL where it is none. */
int sysfs_number(int64_t *value, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What follows "key" and its colon on the first such line of `path`, as in /proc/cpuinfo. */
int sysfs_field(char *value, size_t value_size, const char *path, const char *key);

/* Cuts "always [madvise] never" down to the word in brackets; leaves a text without brackets. */
void sysfs_choice(char *line);

#endif
