/* See synced.h. */
#include "synced.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

int synced_init(struct synced *synced, size_t capacity)
{
	*synced = (struct synced){.capacity = capacity};
	synced->bytes = calloc(1, capacity);
	synced->changed = calloc(1, capacity);
	if (synced->bytes && synced->changed)
		return 0;
	synced_release(synced);
	return -ENOMEM;
}

void synced_release(struct synced *synced)
{
	free(synced->bytes);
	free(synced->changed);
	synced->bytes = synced->changed = NULL;
}

void synced_take(struct synced *synced, const unsigned char *bytes, size_t size_bytes)
{
	memcpy(synced->bytes, bytes, size_bytes);
	memset(synced->changed, 0, synced->capacity);
	synced->size_bytes = synced->least_bytes = size_bytes;
	synced->is_resized = synced->is_written = false;
}

void synced_write(struct synced *synced, size_t offset, size_t len_bytes)
{
	memset(synced->changed + offset, 1, len_bytes);
	synced->is_written |= len_bytes > 0;
}

void synced_resize(struct synced *synced, size_t size_bytes)
{
	synced->is_resized = true;
	if (size_bytes < synced->least_bytes)
		synced->least_bytes = size_bytes;
}

int synced_check(const struct synced *synced, const char *path, struct why *why)
{
	unsigned char *bytes = calloc(synced->capacity + 1, 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t got = fd < 0 || !bytes ? -1 : pread(fd, bytes, synced->capacity + 1, 0);

	if (fd >= 0)
		close(fd);
	if (got < 0 || (size_t)got < synced->least_bytes ||
	    (!synced->is_resized && (size_t)got != synced->size_bytes))
		err = why_set(why, -EIO, "the file has %zd bytes; %zu were synced", got,
			      synced->size_bytes);
	for (size_t i = 0; !err && i < synced->least_bytes; i++) {
		if (bytes[i] != synced->bytes[i] && !synced->changed[i])
			err = why_set(why, -EIO,
				      "byte %zu was synced as 0x%02x and is 0x%02x in the file", i,
				      synced->bytes[i], bytes[i]);
	}
	free(bytes);
	return err;
}
