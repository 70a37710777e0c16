/*
 * The events of a recording, and what no call shows: see recording.h. The effect of a call is recorded before the kernel
 * executes it, as if it will succeed; that it creates a file is recorded at the next call.
 */
#include "recording_events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 16)

void recording_init(struct recording *recording, const char *folder)
{
	*recording = (struct recording){.folder = folder, .pending = -1};
}

void recording_release(struct recording *recording)
{
	for (size_t i = 0; i < recording->count; i++)
		free(recording->events[i].bytes);
	for (uint32_t i = 0; i < recording->files_count; i++) {
		free(recording->files[i].bytes);
		close(recording->files[i].fd);
	}
	free(recording->events);
	memset(recording, 0, sizeof(*recording));
}

void *recording_failed(struct recording *recording, int err)
{
	if (!recording->err)
		recording->err = err;
	return NULL;
}

static struct recorded_event *add(struct recording *recording, enum recorded_kind kind,
				  uint32_t file)
{
	if (recording->count == recording->capacity) {
		size_t capacity = recording->capacity * 2 + 256;
		void *events =
			capacity > RECORDING_EVENTS_MAX
				? NULL
				: realloc(recording->events, capacity * sizeof(*recording->events));

		if (!events)
			return recording_failed(recording, -ENOMEM);
		recording->events = events;
		recording->capacity = capacity;
	}
	struct recorded_event *event = &recording->events[recording->count++];

	*event = (struct recorded_event){.kind = kind, .file = file, .from = -1, .to = -1};
	return event;
}

/* ---- names ---- */

/* The part of a path behind the folder; NULL: it is elsewhere, or deeper. */
static const char *name_of(const struct recording *recording, const char *path)
{
	size_t len = strlen(recording->folder);

	if (strncmp(path, recording->folder, len) != 0 || path[len] != '/')
		return NULL;
	path += len + 1;
	return strchr(path, '/') || strlen(path) >= RECORDING_NAME_BYTES ? NULL : path;
}

/* Index of the name, which is added if it is new; -1: it is no name of the folder. */
int recording_find_name(struct recording *recording, const char *path)
{
	const char *name = name_of(recording, path);
	int i = 0;

	if (!name)
		return -1;
	while (i < recording->names_count && strcmp(recording->names[i], name) != 0)
		i++;
	if (i < recording->names_count)
		return i;
	if (i == RECORDING_NAMES_MAX) {
		recording_failed(recording, -ENOSPC);
		return -1;
	}
	snprintf(recording->names[i], RECORDING_NAME_BYTES, "%s", name);
	recording->names_file[i] = -1;
	recording->names_count++;
	return i;
}

void recording_name(struct recording *recording, uint32_t file, int from, int to)
{
	struct recorded_event *event = add(recording, RECORDED_NAME, file);

	if (!event)
		return;
	event->from = from;
	event->to = to;
	if (to >= 0)
		recording->names_file[to] = (int)file;
	if (from >= 0)
		recording->names_file[from] = -1;
}

/* ---- files ---- */

static bool reserve(struct recording *recording, struct recorded_file *file, size_t size_bytes)
{
	if (size_bytes <= file->capacity)
		return true;
	size_t capacity = (size_bytes + CHUNK - 1) / CHUNK * CHUNK;
	unsigned char *bytes = realloc(file->bytes, capacity);

	if (!bytes) {
		recording_failed(recording, -ENOMEM);
		return false;
	}
	memset(bytes + file->capacity, 0, capacity - file->capacity);
	file->bytes = bytes;
	file->capacity = capacity;
	return true;
}

/* The file of a status; -1: none that is recorded. */
int recording_file_of(const struct recording *recording, const struct stat *status)
{
	for (uint32_t i = 0; i < recording->files_count; i++) {
		if (recording->files[i].inode == status->st_ino &&
		    recording->files[i].device == status->st_dev)
			return (int)i;
	}
	return -1;
}

/* The call before has created a file, or not. */
void recording_created(struct recording *recording)
{
	char path[PATH_MAX];
	int name = recording->pending;
	struct stat status;

	recording->pending = -1;
	if (name < 0)
		return;
	snprintf(path, sizeof(path), "%s/%s", recording->folder, recording->names[name]);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (recording->files_count == RECORDING_FILES_MAX || fstat(fd, &status)) {
		recording_failed(recording, -ENOSPC);
		close(fd);
		return;
	}
	recording->files[recording->files_count] =
		(struct recorded_file){.fd = fd, .device = status.st_dev, .inode = status.st_ino};
	recording_name(recording, recording->files_count++, -1, name);
}

static void add_write(struct recording *recording, uint32_t file, uint64_t offset,
		      unsigned char *bytes, size_t len_bytes)
{
	struct recorded_event *event = add(recording, RECORDED_WRITE, file);

	if (!event) {
		free(bytes);
		return;
	}
	event->offset = offset;
	event->len_bytes = len_bytes;
	event->bytes = bytes;
	memcpy(recording->files[file].bytes + offset, bytes, len_bytes);
}

/* In the page where a file is cut off, what is behind the end becomes zeros: as a write of data, since the page stays. */
static void cut_page(struct recording *recording, uint32_t file, size_t size_bytes)
{
	struct recorded_file *cut = &recording->files[file];
	size_t end = (size_bytes + RECORDING_PAGE_BYTES - 1) / RECORDING_PAGE_BYTES *
		     RECORDING_PAGE_BYTES;

	if (end > cut->size_bytes)
		end = cut->size_bytes;
	if (end <= size_bytes)
		return;
	unsigned char *zeros = calloc(1, end - size_bytes);
	if (!zeros) {
		recording_failed(recording, -ENOMEM);
		return;
	}
	add_write(recording, file, size_bytes, zeros, end - size_bytes);
}

void recording_size(struct recording *recording, uint32_t file, uint64_t size_bytes)
{
	struct recorded_file *resized = &recording->files[file];

	if (size_bytes == resized->size_bytes || !reserve(recording, resized, (size_t)size_bytes))
		return;
	if (size_bytes < resized->size_bytes) {
		cut_page(recording, file, (size_t)size_bytes);
		memset(resized->bytes + size_bytes, 0, resized->size_bytes - (size_t)size_bytes);
	}
	struct recorded_event *event = add(recording, RECORDED_SIZE, file);
	if (event)
		event->len_bytes = size_bytes;
	resized->size_bytes = (size_t)size_bytes;
}

/* A write to [offset, offset + len_bytes), which may make the file longer. Takes the bytes. */
void recording_data(struct recording *recording, uint32_t file, uint64_t offset,
		    unsigned char *bytes, size_t len_bytes)
{
	if (offset + len_bytes > recording->files[file].size_bytes)
		recording_size(recording, file, offset + len_bytes);
	if (recording->err)
		free(bytes);
	else
		add_write(recording, file, offset, bytes, len_bytes);
}

void recording_sync(struct recording *recording, uint32_t file, uint64_t offset, uint64_t len_bytes)
{
	struct recorded_event *event = add(recording, RECORDED_SYNC, file);

	if (!event)
		return;
	event->offset = offset;
	event->len_bytes = len_bytes;
}

/* ---- what no call shows ---- */

/* Records what differs in [at, at + len_bytes) of the file, page by page, whole sectors. */
static void compare_chunk(struct recording *recording, uint32_t file, size_t at,
			  const unsigned char *now, size_t len_bytes)
{
	const unsigned char *before = recording->files[file].bytes + at;

	for (size_t page = 0; page < len_bytes; page += RECORDING_PAGE_BYTES) {
		size_t end = len_bytes - page < RECORDING_PAGE_BYTES ? len_bytes
								     : page + RECORDING_PAGE_BYTES;
		size_t first = page, last = end;

		if (memcmp(before + page, now + page, end - page) == 0)
			continue;
		while (before[first] == now[first])
			first++;
		while (before[last - 1] == now[last - 1])
			last--;
		first = first / RECORDING_SECTOR_BYTES * RECORDING_SECTOR_BYTES;
		last = (last + RECORDING_SECTOR_BYTES - 1) / RECORDING_SECTOR_BYTES *
		       RECORDING_SECTOR_BYTES;
		last = last < end ? last : end;
		unsigned char *bytes = malloc(last - first);
		if (!bytes) {
			recording_failed(recording, -ENOMEM);
			return;
		}
		memcpy(bytes, now + first, last - first);
		add_write(recording, file, at + first, bytes, last - first);
	}
}

static void compare_file(struct recording *recording, uint32_t file)
{
	static unsigned char chunk[CHUNK];
	struct recorded_file *compared = &recording->files[file];
	struct stat status;

	if (fstat(compared->fd, &status) || status.st_nlink == 0)
		return;
	recording_size(recording, file, (uint64_t)status.st_size);
	for (size_t at = 0; !recording->err && at < compared->size_bytes;) {
		ssize_t got = pread(compared->fd, chunk, sizeof(chunk), (off_t)at);

		if (got <= 0)
			break;
		compare_chunk(recording, file, at, chunk, (size_t)got);
		at += (size_t)got;
	}
}

void recording_compare(struct recording *recording, bool mapped_only)
{
	for (uint32_t i = 0; i < recording->files_count; i++) {
		if (recording->files[i].is_mapped || !mapped_only)
			compare_file(recording, i);
	}
}

void recording_operation(struct recording *recording, enum recorded_kind kind, size_t operation)
{
	struct recorded_event *event = add(recording, kind, 0);

	if (event)
		event->operation = operation;
}
