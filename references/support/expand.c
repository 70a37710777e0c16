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

int expand_one(void *store, uint64_t nodes_count, uint64_t node, expand_node *expand,
	       struct id_list *list, struct iowalk_neighbors *out)
{
	if (node >= nodes_count)
		return -ERANGE;
	list->count = 0;
	int err = expand(store, node, list);
	*out = (struct iowalk_neighbors){.ids = list->ids, .count = list->count};
	return err;
}

int64_t expand_batch(void *store, uint64_t nodes_count, const uint64_t *nodes, uint64_t count,
		     expand_node *expand, struct id_list *list, struct iowalk_neighbors *out)
{
	uint64_t done = 0, begin = 0;

	list->count = 0;
	if (count > WINDOW_NODES)
		count = WINDOW_NODES;
	for (; done < count && (done == 0 || list->count < WINDOW_IDS); done++) {
		if (nodes[done] >= nodes_count)
			return -ERANGE;
		int err = expand(store, nodes[done], list);
		if (err)
			return err;
		out[done].count = list->count - begin;
		begin = list->count;
	}
	/* Only now, because the list may have been reallocated. */
	begin = 0;
	for (uint64_t i = 0; i < done; i++) {
		out[i].ids = list->ids ? list->ids + begin : NULL;
		begin += out[i].count;
	}
	return (int64_t)done;
}

int insert_edges(void *store, const struct iowalk_edges *edges, int (*insert_node)(void *store),
		 int (*insert_edge)(void *store, uint64_t from, uint64_t to))
{
	struct iowalk_edge some[STREAM_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t count;
	int err = 0;

	for (uint64_t i = 0; !err && i < edges->nodes_count; i++)
		err = insert_node(store);
	while (!err && (count = edges->next(edges->context, &cursor, some, STREAM_EDGES)) > 0) {
		for (size_t i = 0; !err && i < count; i++)
			err = insert_edge(store, some[i].from, some[i].to);
		total += count;
	}
	return err ? err : total == edges->edges_count ? 0 : -EINVAL;
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
