/*
 * JSON lines: see json_lines.h.
 *
 * Source: open(2) on O_APPEND, flock(2); RFC 1952 on members of a gzip file, zlib.h
 */
#include "json_lines.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_WINDOW_BITS (15 + 16) /* 16: with gzip's header and checksum */
#define BLOCK_BYTES      65536

struct json_lines {
	int fd;
	enum json_lines_form form;
	size_t flags; /* of json_dumps() */
};

/* ---- the end of a file ---- */

/* Where the last line begins that does not end in a newline; the size of the file if there is
 * none. */
static int find_tail(int fd, off_t size, off_t *begin)
{
	char block[BLOCK_BYTES];

	for (off_t end = size; end > 0;) {
		size_t wanted = end < BLOCK_BYTES ? (size_t)end : BLOCK_BYTES;
		ssize_t got = pread(fd, block, wanted, end - (off_t)wanted);

		if (got != (ssize_t)wanted)
			return got < 0 ? -errno : -EIO;
		const char *newline = memrchr(block, '\n', wanted);
		end -= (off_t)wanted;
		if (newline) {
			*begin = end + (newline - block) + 1;
			return 0;
		}
	}
	*begin = 0;
	return 0;
}

/* Completes a last line that only lacks its newline, and removes one that was cut off. */
static int repair_plain(int fd, off_t size)
{
	off_t begin = size;
	int err = find_tail(fd, size, &begin);

	if (err || begin == size)
		return err;
	size_t len = (size_t)(size - begin);
	char *tail = malloc(len);
	if (!tail)
		return -ENOMEM;
	ssize_t got = pread(fd, tail, len, begin);
	if (got != (ssize_t)len)
		err = got < 0 ? -errno : -EIO;
	json_t *value = err ? NULL : json_loadb(tail, len, 0, NULL);
	if (!err && json_is_object(value))
		err = write_all(fd, "\n", 1);
	else if (!err && ftruncate(fd, begin))
		err = -errno;
	json_decref(value);
	free(tail);
	return err;
}

/* The end of the last complete member; -EBADMSG if the file is damaged, not just cut off. */
static int find_last_member(int fd, off_t *end)
{
	unsigned char input[BLOCK_BYTES], output[BLOCK_BYTES];
	z_stream stream = {0};
	off_t offset = 0; /* of the input that was read */
	ssize_t got = 1;
	int state = inflateInit2(&stream, GZIP_WINDOW_BITS) == Z_OK ? Z_OK : Z_MEM_ERROR;

	*end = 0;
	while (state == Z_OK) {
		if (stream.avail_in == 0) {
			got = pread(fd, input, sizeof(input), offset);
			if (got <= 0)
				break;
			offset += got;
			stream.next_in = input;
			stream.avail_in = (unsigned)got;
		}
		stream.next_out = output;
		stream.avail_out = sizeof(output);
		state = inflate(&stream, Z_NO_FLUSH);
		if (state == Z_STREAM_END) {
			*end = offset - (off_t)stream.avail_in;
			state = inflateReset(&stream);
		} else if (state == Z_BUF_ERROR) {
			state = Z_OK; /* it needs more input */
		}
	}
	inflateEnd(&stream);
	if (got < 0)
		return -errno;
	return state == Z_OK ? 0 : state == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int repair(const struct json_lines *lines)
{
	struct stat info;
	off_t end;

	if (fstat(lines->fd, &info))
		return -errno;
	if (lines->form == JSON_LINES_PLAIN)
		return repair_plain(lines->fd, info.st_size);
	int err = find_last_member(lines->fd, &end);
	if (!err && end < info.st_size && ftruncate(lines->fd, end))
		err = -errno;
	return err;
}

/* ---- appending ---- */

int json_lines_open(const char *path, enum json_lines_form form, size_t digits,
		    struct json_lines **out, struct why *why)
{
	struct json_lines *lines = malloc(sizeof(*lines));

	if (!lines)
		return why_set(why, -ENOMEM, "out of memory");
	*lines =
		(struct json_lines){.fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666),
				    .form = form,
				    .flags = JSON_COMPACT | JSON_REAL_PRECISION(digits)};
	int err = 0;
	if (lines->fd < 0) {
		err = -errno;
		why_set(why, err, "cannot open '%s': %s", path, strerror(-err));
	} else if (flock(lines->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		err = why_set(why, -EBUSY, "cannot add to '%s': another process is writing it",
			      path);
	} else if ((err = repair(lines))) {
		why_set(why, err, "cannot repair the end of '%s': %s", path, strerror(-err));
	}
	if (err) {
		json_lines_close(lines);
		return err;
	}
	*out = lines;
	return 0;
}

/* The text as a gzip member. The header has no time, so equal lines give equal bytes. */
static int compress_line(const char *text, size_t len, char **out, size_t *out_len)
{
	z_stream stream = {0};

	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	size_t bound = deflateBound(&stream, len);
	char *bytes = malloc(bound);
	int state = Z_MEM_ERROR;
	if (bytes) {
		stream.next_in = (unsigned char *)(uintptr_t)text;
		stream.avail_in = (unsigned)len;
		stream.next_out = (unsigned char *)bytes;
		stream.avail_out = (unsigned)bound;
		state = deflate(&stream, Z_FINISH);
	}
	*out_len = bound - stream.avail_out;
	deflateEnd(&stream);
	if (state == Z_STREAM_END) {
		*out = bytes;
		return 0;
	}
	free(bytes);
	return -ENOMEM;
}

/* All bytes, or none if the file can be truncated again. */
static int append_bytes(int fd, const char *bytes, size_t len)
{
	struct stat before;

	if (fstat(fd, &before))
		return -errno;
	int err = write_all(fd, bytes, len);
	if (err && ftruncate(fd, before.st_size))
		err = -errno; /* an incomplete line stays; the next open removes it */
	return err;
}

int json_lines_append(struct json_lines *lines, const json_t *value)
{
	char *text = json_dumps(value, lines->flags), *packed = NULL;
	size_t packed_len = 0;

	if (!text)
		return -EINVAL;
	size_t len = strlen(text);
	text[len++] = '\n'; /* replaces the terminator; the length is given from here on */
	int err =
		lines->form == JSON_LINES_GZIP ? compress_line(text, len, &packed, &packed_len) : 0;
	if (!err)
		err = append_bytes(lines->fd, packed ? packed : text, packed ? packed_len : len);
	free(packed);
	free(text);
	return err;
}

void json_lines_close(struct json_lines *lines)
{
	if (!lines)
		return;
	if (lines->fd >= 0)
		close(lines->fd);
	free(lines);
}

/* ---- reading ---- */

static void note_damage(struct json_lines_damage *damage, size_t line)
{
	if (damage->count++ == 0)
		damage->first_line = line;
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\0' || !strchr(" \t\r\n", line[i]))
			return false;
	}
	return true;
}

int json_lines_read(FILE *file, enum json_lines_form form, json_lines_check *check, json_t *array,
		    struct json_lines_damage *damage)
{
	char *line = NULL;
	size_t capacity = 0, number = 1;
	int err = 0;

	*damage = (struct json_lines_damage){0};
	for (ssize_t len; !err && (len = getline(&line, &capacity, file)) >= 0; number++) {
		json_t *value = json_loadb(line, (size_t)len, 0, NULL);

		if (check(value)) {
			if (json_array_append_new(array, value))
				err = -ENOMEM;
			continue;
		}
		json_decref(value);
		if (line[len - 1] != '\n')
			break; /* cut off by a crash */
		if (!is_blank(line, (size_t)len))
			note_damage(damage, number);
	}
	if (!err && ferror(file) && form == JSON_LINES_GZIP)
		note_damage(damage, number); /* the rest cannot be unpacked */
	else if (!err && ferror(file))
		err = -EIO;
	free(line);
	return err;
}
