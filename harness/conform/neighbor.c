/* See neighbor.h. */
#include "neighbor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES 6000 /* no multiple of a page */

static void name_beside(const char *path, char *text, size_t size)
{
	snprintf(text, size, "%s.other", path);
}

static void fill(unsigned char *bytes)
{
	for (size_t i = 0; i < FILE_BYTES; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 251 + 1);
}

static int failed(int err, const char *what, struct why *why)
{
	return err ? why_set(why, err, "%s gives %d (%s)", what, err, strerror(-err)) : 0;
}

int neighbor_open(struct neighbor *neighbor, const struct conform_subject *subject,
		  const char *path, struct why *why)
{
	const struct engine_ops *ops = subject->ops;
	unsigned char bytes[FILE_BYTES];

	name_beside(path, neighbor->path, sizeof(neighbor->path));
	fill(bytes);
	int err = failed(engine_ops_open(ops, neighbor->path, ENGINE_OPEN_CREATE, subject->options,
					 &neighbor->engine),
			 "open", why);
	if (!err)
		err = failed(ops->resize(neighbor->engine, FILE_BYTES), "resize", why);
	/* In two, so that an engine which keeps small writes back keeps one. */
	for (size_t at = 0; !err && at < FILE_BYTES; at += FILE_BYTES / 2)
		err = failed(ops->write(neighbor->engine, at, bytes + at, FILE_BYTES / 2), "write",
			     why);
	return err;
}

static int compare(const unsigned char *found, const char *what, struct why *why)
{
	unsigned char bytes[FILE_BYTES];

	fill(bytes);
	return memcmp(found, bytes, FILE_BYTES) == 0
		       ? 0
		       : why_set(why, -EIO, "%s has other bytes than were written", what);
}

int neighbor_close(struct neighbor *neighbor, struct why *why)
{
	const struct engine_ops *ops = neighbor->engine->ops;
	unsigned char bytes[FILE_BYTES] = {0};
	int err = failed(ops->read(neighbor->engine, 0, bytes, FILE_BYTES), "read", why);

	if (!err)
		err = compare(bytes, "read", why);
	int close_err = ops->close(neighbor->engine);
	if (!err)
		err = failed(close_err, "close", why);
	int fd = open(neighbor->path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : pread(fd, bytes, FILE_BYTES, 0);

	if (fd >= 0)
		close(fd);
	if (!err && got != FILE_BYTES)
		err = why_set(why, -EIO, "its file has %zd bytes", got);
	unlink(neighbor->path);
	return err ? err : compare(bytes, "its file", why);
}

void neighbor_remove(const char *path)
{
	char beside[4096];

	name_beside(path, beside, sizeof(beside));
	unlink(beside);
}
