/* Opening, mapping and reading: see perf_buffer.h. */
#include "perf_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES_MIN ((size_t)4 << 20)
#define BUFFER_BYTES_MAX ((size_t)512 << 20) /* 110 000 stacks, three million calls */
#define BUFFER_BYTES_SMALL                                                                         \
	((size_t)256 << 10) /* perf_event_mlock_kb allows every user 512 KiB a processor */
#define BUFFER_BYTES_LEAST ((size_t)64 << 10)
#define SMALL_RECORD_BYTES 8192 /* the largest in a small buffer, with a path of 4096 */

void perf_buffer_init(struct perf_buffer *buffer)
{
	*buffer = (struct perf_buffer){.fds = {-1, -1}};
}

void perf_buffer_close(struct perf_buffer *buffer)
{
	if (buffer->page)
		munmap(buffer->page, (size_t)sysconf(_SC_PAGESIZE) + buffer->data_bytes);
	for (size_t i = 0; i < BUFFER_EVENTS_MAX; i++) {
		if (buffer->fds[i] >= 0)
			close(buffer->fds[i]);
	}
	free(buffer->record);
	free(buffer->drained);
	perf_buffer_init(buffer);
}

struct perf_event_attr perf_buffer_attr(uint32_t type, uint64_t config, uint64_t sample_type)
{
	return (struct perf_event_attr){
		.size = sizeof(struct perf_event_attr),
		.type = type,
		.config = config,
		.sample_type = sample_type,
		.disabled = 1,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
}

static int map_buffer(struct perf_buffer *buffer, size_t data_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, page_bytes + data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			  buffer->fds[0], 0);

	if (page == MAP_FAILED)
		return -errno;
	buffer->page = page;
	buffer->data_bytes = data_bytes;
	return 0;
}

/* A power of two for so many records. */
static size_t buffer_bytes(size_t records_count, size_t record_bytes)
{
	size_t bytes = BUFFER_BYTES_MIN;

	while (bytes < BUFFER_BYTES_MAX && bytes / record_bytes < records_count)
		bytes *= 2;
	return bytes;
}

/* Without the right to lock more memory, or without the memory, the buffer is smaller. */
static int map_some(struct perf_buffer *buffer, size_t data_bytes)
{
	int err = map_buffer(buffer, data_bytes);

	while ((err == -EPERM || err == -ENOMEM) && data_bytes > BUFFER_BYTES_SMALL)
		err = map_buffer(buffer, data_bytes /= 2);
	buffer->record = err ? NULL : malloc(UINT16_MAX + 1);
	return err ? err : buffer->record ? 0 : -ENOMEM;
}

int perf_buffer_add(struct perf_buffer *buffer, struct perf_event_attr *attr, pid_t thread_id,
		    int cpu, size_t records_count, size_t record_bytes)
{
	size_t i = buffer->fds[0] >= 0;
	long fd = syscall(SYS_perf_event_open, attr, thread_id, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	buffer->fds[i] = (int)fd;
	if (ioctl(buffer->fds[i], PERF_EVENT_IOC_ID, &buffer->ids[i]))
		return -errno;
	if (i == 0)
		return map_some(buffer, buffer->is_small
						? BUFFER_BYTES_LEAST
						: buffer_bytes(records_count, record_bytes));
	return ioctl(buffer->fds[i], PERF_EVENT_IOC_SET_OUTPUT, buffer->fds[0]) ? -errno : 0;
}

int perf_buffer_control(const struct perf_buffer *buffer, unsigned long request)
{
	for (size_t i = 0; i < BUFFER_EVENTS_MAX; i++) {
		if (buffer->fds[i] >= 0 && ioctl(buffer->fds[i], request, 0))
			return -errno;
	}
	return 0;
}

/* The bytes [at, at + len) of a buffer, len at most 65536; copied if they go round its end. */
static const unsigned char *bytes_at(const struct perf_buffer *buffer, uint64_t at, size_t len)
{
	const unsigned char *data =
		(const unsigned char *)buffer->page + (size_t)sysconf(_SC_PAGESIZE);
	size_t from = (size_t)(at % buffer->data_bytes), first = buffer->data_bytes - from;

	if (len <= first)
		return data + from;
	memcpy(buffer->record, data + from, first);
	memcpy(buffer->record + first, data, len - first);
	return buffer->record;
}

/* Was the buffer so full that a record may have found no room? */
static bool is_full(const struct perf_buffer *buffer, uint64_t head, uint64_t at)
{
	size_t record_bytes = buffer->is_small ? SMALL_RECORD_BYTES : UINT16_MAX;

	return head - at + record_bytes >= buffer->data_bytes;
}

int perf_buffer_drain(struct perf_buffer *buffer)
{
	uint64_t head = __atomic_load_n(&buffer->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t at = buffer->page->data_tail;
	size_t wanted = buffer->drained_bytes + (size_t)(head - at);

	buffer->overflowed |= is_full(buffer, head, at);
	if (wanted > buffer->drained_capacity) {
		unsigned char *grown = realloc(buffer->drained, 2 * wanted);

		if (!grown)
			return -ENOMEM;
		buffer->drained = grown;
		buffer->drained_capacity = 2 * wanted;
	}
	while (at < head) {
		size_t len = head - at < UINT16_MAX ? (size_t)(head - at) : UINT16_MAX;

		memcpy(buffer->drained + buffer->drained_bytes, bytes_at(buffer, at, len), len);
		buffer->drained_bytes += len;
		at += len;
	}
	__atomic_store_n(&buffer->page->data_tail, head, __ATOMIC_RELEASE);
	return 0;
}

/* The bytes [at, at + len) of what was drained. */
static const unsigned char *drained_at(const struct perf_buffer *buffer, uint64_t at, size_t len)
{
	(void)len;
	return buffer->drained + at;
}

typedef int take_function(void *context, const unsigned char *record, size_t len_bytes);

/* Each record in [at, end) of the place that bytes() reads. */
static int take_records(const struct perf_buffer *buffer,
			const unsigned char *(*bytes)(const struct perf_buffer *buffer, uint64_t at,
						      size_t len),
			uint64_t at, uint64_t end, take_function *take, void *context)
{
	int err = 0;

	while (!err && at < end) {
		struct perf_event_header header;

		if (end - at < sizeof(header))
			return -EBADMSG;
		memcpy(&header, bytes(buffer, at, sizeof(header)), sizeof(header));
		if (header.size < sizeof(header) || header.size > end - at)
			return -EBADMSG;
		err = take(context, bytes(buffer, at, header.size), header.size);
		at += header.size;
	}
	return err;
}

int perf_buffer_take(struct perf_buffer *buffer, take_function *take, void *context)
{
	uint64_t head = __atomic_load_n(&buffer->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t at = buffer->page->data_tail;
	bool was_drained = buffer->drained_bytes > 0;

	buffer->overflowed = (was_drained && buffer->overflowed) || is_full(buffer, head, at);
	int err = take_records(buffer, drained_at, 0, buffer->drained_bytes, take, context);
	err = err ? err : take_records(buffer, bytes_at, at, head, take, context);
	buffer->drained_bytes = 0;
	__atomic_store_n(&buffer->page->data_tail, head, __ATOMIC_RELEASE);
	return err;
}

/* Header, identifier, thread and process, time, length of what follows, the tracepoint's fields. */
bool perf_raw_read(const unsigned char *record, size_t len_bytes, struct perf_raw *out,
		   uint64_t *lost_count)
{
	struct perf_event_header header;
	uint64_t head[3];
	size_t fields_at = sizeof(header) + sizeof(head) + sizeof(uint32_t);

	memcpy(&header, record, sizeof(header));
	if (header.type == PERF_RECORD_LOST)
		++*lost_count;
	if (header.type != PERF_RECORD_SAMPLE || len_bytes < fields_at)
		return false;
	memcpy(head, record + sizeof(header), sizeof(head));
	*out = (struct perf_raw){.id = head[0],
				 .time_ns = head[2],
				 .fields = record + fields_at,
				 .fields_bytes = len_bytes - fields_at};
	return true;
}

int perf_raw_field(const struct perf_raw *raw, unsigned offset, void *value, size_t len_bytes)
{
	if (offset > raw->fields_bytes || raw->fields_bytes - offset < len_bytes)
		return -EBADMSG;
	memcpy(value, raw->fields + offset, len_bytes);
	return 0;
}
