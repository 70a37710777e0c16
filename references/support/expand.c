/* What references share: see expand.h. */
#include "expand.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define WINDOW_IDS   (1u << 17) /* a window ends early at this many neighbours: 1 MiB */
#define WINDOW_NODES 1024
#define STREAM_EDGES 256 /* edges read from a stream at once */

const struct engine_ops reference_engine = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "own",
	.summary = "the I/O of a reference itself",
	.capabilities = ENGINE_PERSISTENT,
};

int id_list_reserve(struct id_list *list, size_t more)
{
	size_t capacity = list->capacity ? list->capacity : 64;

	if (list->count + more <= list->capacity)
		return 0;
	while (capacity < list->count + more)
		capacity *= 2;
	uint64_t *grown = realloc(list->ids, capacity * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->ids = grown;
	list->capacity = capacity;
	return 0;
}

int expand_one(struct store *store, uint64_t node, expand_node *expand, struct id_list *list,
	       struct neighbors *out)
{
	if (node >= store->nodes_count)
		return -ERANGE;
	list->count = 0;
	int err = expand(store, node, list);
	out->ids = list->ids;
	out->count = list->count;
	store->stats.logical_read_bytes += list->count * sizeof(*list->ids);
	return err;
}

ssize_t expand_batch(struct store *store, struct frontier *level, expand_node *expand,
		     struct id_list *list, struct neighbors *out, size_t out_max)
{
	size_t left = level->count - level->next, done = 0, begin = 0;
	size_t count = left < out_max ? left : out_max;

	list->count = 0;
	if (count > WINDOW_NODES)
		count = WINDOW_NODES;
	for (; done < count && (done == 0 || list->count < WINDOW_IDS); done++) {
		uint64_t node = level->nodes[level->next + done];
		if (node >= store->nodes_count)
			return -ERANGE;
		int err = expand(store, node, list);
		if (err)
			return err;
		out[done].count = list->count - begin;
		begin = list->count;
	}
	/* Only now, because the list may have been reallocated. */
	begin = 0;
	for (size_t i = 0; i < done; i++) {
		out[i].ids = list->ids + begin;
		begin += out[i].count;
	}
	store->stats.logical_read_bytes += list->count * sizeof(*list->ids);
	level->next += done;
	return (ssize_t)done;
}

int insert_stream(struct store *store, const struct edge_stream *stream)
{
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t count;
	int err = 0;

	for (uint64_t i = 0; !err && i < stream->nodes_count; i++)
		err = store->ops->insert_node(store);
	while (!err && (count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; !err && i < count; i++)
			err = store->ops->insert_edge(store, edges[i].from, edges[i].to);
		total += count;
	}
	return err ? err : total == stream->edges_count ? 0 : -EINVAL;
}

/* Drops the page-table entries of all mappings of this file. */
static int forget_mappings(const struct stat *status)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	if (!maps)
		return -errno;
	while (fgets(line, sizeof(line), maps)) {
		uint64_t begin, end, inode;
		unsigned device_major, device_minor;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %x:%x %" SCNu64, &begin, &end,
			   &device_major, &device_minor, &inode) != 5)
			continue;
		if (inode == status->st_ino && device_major == major(status->st_dev) &&
		    device_minor == minor(status->st_dev))
			madvise((void *)(uintptr_t)begin, end - begin, MADV_DONTNEED);
	}
	fclose(maps);
	return 0;
}

int forget_file(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = fstat(fd, &status) ? -errno : forget_mappings(&status);
	if (!err && fdatasync(fd))
		err = -errno;
	if (!err)
		err = -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	return err;
}

int file_size(const char *path, uint64_t *size_bytes)
{
	struct stat status;

	if (stat(path, &status))
		return -errno;
	*size_bytes = (uint64_t)status.st_size;
	return 0;
}
