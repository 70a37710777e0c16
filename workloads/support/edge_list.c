/*
 * The reader of edge lists: see edge_list.h. read() into one buffer of 1 MiB, whole lines parsed
 * where they lie, the cut one at the end moved to the front. No mapping: a file that another
 * process cuts short meanwhile must not raise SIGBUS.
 *
 * The hash over the bytes is FNV-1a of 64 bits (Fowler, Noll and Vo, RFC 9923), with the size mixed
 * into the result.
 */
#include "edge_list.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mix.h"

#define BUFFER_BYTES ((size_t)1 << 20) /* also the longest line */
#define PATH_SHOWN   96                /* of a long path, its end: leaves room for what is wrong */
#define FNV_OFFSET   UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME    UINT64_C(0x00000100000001b3)

struct reader {
	struct edge_list *list;
	size_t capacity; /* of list->edges, in edges */
	uint64_t line;   /* number of the line being read, from 1 */
	uint64_t hash, size_bytes;
	const char *path;
	struct why *why;
};

/* -EBADMSG with "'NAME', line N: " before the words. */
static int __attribute__((format(printf, 2, 3)))
bad_line(struct reader *reader, const char *format, ...)
{
	size_t path_len = strlen(reader->path);
	bool cut = path_len > PATH_SHOWN;
	char what[96];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	why_set(reader->why, -EBADMSG, "'%s%s', line %" PRIu64 ": %s", cut ? "..." : "",
		reader->path + (cut ? path_len - PATH_SHOWN : 0), reader->line, what);
	return -EBADMSG;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Says what stands at `at` instead of an id. */
static int bad_id(struct reader *reader, const char *at, const char *end)
{
	size_t len = 0;

	if (at == end)
		return bad_line(reader, "one id only: an edge has two");
	if (*at == '-' && at + 1 < end && is_digit(at[1]))
		return bad_line(reader, "a negative number: ids are 0 to %" PRIu64, UINT64_MAX);
	while (at + len < end && len < 24 && at[len] > ' ' && at[len] <= '~')
		len++;
	if (len == 0)
		return bad_line(reader, "byte 0x%02x where an id was expected",
				(unsigned)(unsigned char)*at);
	return bad_line(reader, "'%.*s' is not an id", (int)len, at);
}

/* Reads one id and the blanks behind it. */
static inline int take_id(struct reader *reader, const char **at, const char *end, uint64_t *id)
{
	const char *begin = *at, *c = begin;
	uint64_t value = 0;

	for (; c < end && is_digit(*c); c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (value > UINT64_MAX / 10 || value * 10 > UINT64_MAX - digit)
			return bad_line(reader, "an id is larger than %" PRIu64, UINT64_MAX);
		value = value * 10 + digit;
	}
	if (c == begin)
		return bad_id(reader, begin, end);
	if (c < end && !is_blank(*c))
		return bad_id(reader, *c > ' ' && *c <= '~' ? begin : c, end);
	while (c < end && is_blank(*c))
		c++;
	*at = c;
	*id = value;
	return 0;
}

static int too_many_columns(struct reader *reader, const char *at, const char *end)
{
	unsigned columns_count = 2;

	for (const char *c = at; c < end; c++)
		columns_count += !is_blank(*c) && (c == at || is_blank(c[-1]));
	return bad_line(reader, "%u columns: weights are not supported", columns_count);
}

static int add_edge(struct reader *reader, uint64_t from, uint64_t to)
{
	struct edge_list *list = reader->list;

	if (list->count == reader->capacity) {
		size_t capacity = reader->capacity ? 2 * reader->capacity : 4096;
		struct edge *edges = reallocarray(list->edges, capacity, sizeof(*edges));

		if (!edges)
			return why_set(reader->why, -ENOMEM, "out of memory after %zu edges",
				       list->count);
		list->edges = edges;
		reader->capacity = capacity;
	}
	list->edges[list->count++] = (struct edge){.from = from, .to = to};
	return 0;
}

/* A line without its newline. */
static int take_line(struct reader *reader, const char *at, const char *end)
{
	uint64_t from = 0, to = 0; /* gcc 12 does not see that they are set */
	int err;

	if (end > at && end[-1] == '\r')
		end--;
	while (at < end && is_blank(*at))
		at++;
	if (at == end || *at == '#' || *at == '%')
		return 0;
	err = take_id(reader, &at, end, &from);
	if (!err)
		err = take_id(reader, &at, end, &to);
	if (err)
		return err;
	if (at < end)
		return too_many_columns(reader, at, end);
	return add_edge(reader, from, to);
}

/* Parses the whole lines of the buffer, at the end of the file also the rest. */
static int take_lines(struct reader *reader, const char *buffer, size_t len_bytes, bool ended,
		      size_t *used_bytes)
{
	const char *at = buffer, *end = buffer + len_bytes;
	int err = 0;

	while (at < end && !err) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline && !ended)
			break;
		reader->line++;
		err = take_line(reader, at, newline ? newline : end);
		at = newline ? newline + 1 : end;
	}
	*used_bytes = (size_t)(at - buffer);
	return err;
}

static void hash_bytes(struct reader *reader, const char *bytes, size_t len_bytes)
{
	uint64_t hash = reader->hash;

	for (size_t i = 0; i < len_bytes; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * FNV_PRIME;
	reader->hash = hash;
	reader->size_bytes += len_bytes;
}

static int read_all(struct reader *reader, int fd, char *buffer)
{
	size_t held_bytes = 0, used_bytes;
	bool ended = false;
	int err;

	while (!ended) {
		ssize_t got = read(fd, buffer + held_bytes, BUFFER_BYTES - held_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return why_set(reader->why, -errno, "cannot read '%s': %s", reader->path,
				       strerror(errno));
		ended = got == 0;
		hash_bytes(reader, buffer + held_bytes, (size_t)got);
		held_bytes += (size_t)got;
		err = take_lines(reader, buffer, held_bytes, ended, &used_bytes);
		if (err)
			return err;
		held_bytes -= used_bytes;
		if (held_bytes == BUFFER_BYTES) {
			reader->line++;
			return bad_line(reader, "longer than %zu bytes", BUFFER_BYTES - 1);
		}
		memmove(buffer, buffer + used_bytes, held_bytes);
	}
	if (reader->list->count == 0) {
		reader->line += reader->line == 0;
		return bad_line(reader, "the file ends without an edge");
	}
	return 0;
}

/* O_NONBLOCK, for a fifo without a writer would wait for one. */
static int open_regular(const char *path, struct why *why)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err;

	if (fd < 0)
		return why_set(why, -errno, "cannot open '%s': %s", path, strerror(errno));
	if (fstat(fd, &status))
		err = why_set(why, -errno, "cannot stat '%s': %s", path, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		err = why_set(why, -EISDIR, "cannot read '%s': %s", path, strerror(EISDIR));
	else if (!S_ISREG(status.st_mode))
		err = why_set(why, -EINVAL, "cannot read '%s': not a regular file", path);
	else
		return fd;
	close(fd);
	return err;
}

int edge_list_read(struct edge_list *list, const char *path, struct why *why)
{
	struct reader reader = {.list = list, .hash = FNV_OFFSET, .path = path, .why = why};
	int fd = open_regular(path, why);
	char *buffer;
	int err;

	*list = (struct edge_list){0};
	if (fd < 0)
		return fd;
	buffer = malloc(BUFFER_BYTES);
	if (buffer)
		err = read_all(&reader, fd, buffer);
	else
		err = why_set(why, -ENOMEM, "out of memory for '%s'", path);
	free(buffer);
	close(fd);
	if (err) {
		edge_list_release(list);
		return err;
	}
	list->content_hash = mix64(reader.hash ^ mix64(reader.size_bytes));
	list->content_hash += list->content_hash == 0;
	return 0;
}

void edge_list_release(struct edge_list *list)
{
	free(list->edges);
	*list = (struct edge_list){0};
}
