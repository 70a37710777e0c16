/*
 * Reading a graph from a file: see edge_list.h for the formats.
 *
 * How it works: the file is read into one buffer, 1 MiB at first. Whole lines are parsed in place,
 * and the rest is moved to the front. The file is not mapped, because another process that
 * truncates it would raise SIGBUS.
 *
 * Sources of the signatures: RFC 8878 (Zstandard), https://tukaani.org/xz/xz-file-format.txt
 */
#include "edge_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "graph_reader.h"

#define BUFFER_BYTES ((size_t)1 << 17) /* at first; it grows where a format has longer lines */

/* ---- which format ---- */

static bool begins(const unsigned char *head, size_t len, const char *signature, size_t size)
{
	return len >= size && memcmp(head, signature, size) == 0;
}

/* What iowalk does not read, by its signature; NULL: none of these. */
static const char *foreign_format(const unsigned char *head, size_t len)
{
	static const struct {
		const char *signature;
		size_t size;
		const char *text;
	} foreign[] = {
		{"\x28\xb5\x2f\xfd", 4, "compressed by zstd: unpack it first (zstd -d)"},
		{"\xfd"
		 "7zXZ",
		 5, "compressed by xz: unpack it first (xz -d)"},
		{"BZh", 3, "compressed by bzip2: unpack it first (bzip2 -d)"},
		{"PK\x03\x04", 4, "a zip archive: unpack it first (unzip)"},
		{"\xff\xfe", 2, "text in UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)"},
		{"\xfe\xff", 2, "text in UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)"},
		{"\x7f"
		 "ELF",
		 4, "a program"},
	};

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (begins(head, len, foreign[i].signature, foreign[i].size))
			return foreign[i].text;
	}
	return NULL;
}

static bool is_named(const char *path, const char *extension)
{
	size_t len = strlen(path), extension_len = strlen(extension);

	if (len > 3 && strcasecmp(path + len - 3, ".gz") == 0)
		len -= 3;
	return len > extension_len &&
	       strncasecmp(path + len - extension_len, extension, extension_len) == 0;
}

/* The first line that is no comment of an edge list begins as DIMACS's do. */
static bool is_dimacs(const char *head, size_t len)
{
	const char *at = head, *end = head + len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (*at != '#' && *at != '%' && *at != '\n' && *at != '\r')
			return strchr("cp", *at) && at + 1 < end && strchr(" \t\r\n", at[1]) &&
			       at[1] != '\0';
		if (!newline)
			break;
		at = newline + 1;
	}
	return false;
}

static const struct text_format *find_format(const char *path, const char *head, size_t len)
{
	static const char banner[] = "%%MatrixMarket";

	if (len >= sizeof(banner) - 1 && strncasecmp(head, banner, sizeof(banner) - 1) == 0)
		return &text_format_matrix_market;
	if (is_named(path, ".graph") || is_named(path, ".metis"))
		return &text_format_metis;
	return is_dimacs(head, len) ? &text_format_dimacs : &text_format_edges;
}

/* ---- lines ---- */

/* A line without its newline. */
static int take_line(struct graph_reader *reader, const struct text_format *format, const char *at,
		     const char *end)
{
	if (end > at && end[-1] == '\r')
		end--;
	if (!format->blank_lines || reader->line > 1)
		at = reader_skip_blanks(at, end);
	if (at == end && !format->blank_lines)
		return 0;
	return format->line(reader, at, end);
}

/* Parses the whole lines of the buffer, at the end of the file also the rest. */
static int take_lines(struct graph_reader *reader, const struct text_format *format,
		      const char *buffer, size_t len_bytes, bool ended, size_t *used_bytes)
{
	const char *at = buffer, *end = buffer + len_bytes;
	int err = 0;

	while (at < end && !err) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline && !ended)
			break;
		reader->line++;
		err = take_line(reader, format, at, newline ? newline : end);
		at = newline ? newline + 1 : end;
	}
	*used_bytes = (size_t)(at - buffer);
	return err;
}

struct text_buffer {
	char *bytes;
	size_t size_bytes, held_bytes;
};

/* Room for more behind what is held: an error where one line is longer than its format allows. */
static int make_room(struct graph_reader *reader, const struct text_format *format,
		     struct text_buffer *buffer)
{
	if (buffer->held_bytes < buffer->size_bytes)
		return 0;
	reader->line++;
	if (buffer->size_bytes >= format->line_max)
		return reader_bad(reader, "longer than %zu bytes", format->line_max - 1);
	reader->line--;
	char *grown = realloc(buffer->bytes, 2 * buffer->size_bytes);

	if (!grown)
		return why_set(reader->why, -ENOMEM, "out of memory for a line of '%s'",
			       reader->path);
	buffer->bytes = grown;
	buffer->size_bytes *= 2;
	return 0;
}

static int read_text(struct graph_reader *reader, const struct text_format *format,
		     struct byte_input *input, struct text_buffer *buffer)
{
	bool ended = false;
	size_t used_bytes;
	int err = 0;

	while (!err) {
		err = take_lines(reader, format, buffer->bytes, buffer->held_bytes, ended,
				 &used_bytes);
		if (err || ended)
			break;
		buffer->held_bytes -= used_bytes;
		memmove(buffer->bytes, buffer->bytes + used_bytes, buffer->held_bytes);
		err = make_room(reader, format, buffer);
		if (err)
			break;
		ssize_t got = byte_input_read(input, buffer->bytes + buffer->held_bytes,
					      buffer->size_bytes - buffer->held_bytes, reader->why);
		ended = got == 0;
		err = got < 0 ? (int)got : 0;
		buffer->held_bytes += got > 0 ? (size_t)got : 0;
	}
	if (!err && format->end)
		err = format->end(reader);
	return err;
}

/* ---- the file ---- */

static int read_graph(struct graph_reader *reader, struct byte_input *input,
		      struct text_buffer *buffer)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8 */
	bool weighted = is_named(reader->path, ".wsg");
	const unsigned char *head = (const unsigned char *)buffer->bytes;
	ssize_t got = byte_input_read(input, buffer->bytes, buffer->size_bytes, reader->why);

	if (got < 0)
		return (int)got;
	buffer->held_bytes = (size_t)got;
	if (weighted || is_named(reader->path, ".sg"))
		return serialized_graph_read(reader, input, head, buffer->held_bytes, weighted);
	const char *foreign = foreign_format(head, buffer->held_bytes);

	if (foreign)
		return reader_bad(reader, "%s", foreign);
	if (begins(head, buffer->held_bytes, mark, 3)) {
		buffer->held_bytes -= 3;
		memmove(buffer->bytes, buffer->bytes + 3, buffer->held_bytes);
	}
	int err = read_text(reader, find_format(reader->path, buffer->bytes, buffer->held_bytes),
			    input, buffer);

	reader->line += reader->line == 0; /* an empty text ends in its first line */
	return err;
}

static int read_opened(struct graph_reader *reader, struct byte_input *input)
{
	struct text_buffer buffer = {.bytes = malloc(BUFFER_BYTES), .size_bytes = BUFFER_BYTES};
	struct edge_list *list = reader->list;

	if (!buffer.bytes)
		return why_set(reader->why, -ENOMEM, "out of memory for '%s'", reader->path);
	int err = read_graph(reader, input, &buffer);

	if (!err && list->count == 0)
		err = reader_bad(reader, "the file ends without an edge");
	list->content_hash = byte_input_hash(input);
	list->content_hash += list->content_hash == 0;
	free(buffer.bytes);
	return err;
}

int edge_list_read(struct edge_list *list, const char *path, struct why *why)
{
	struct graph_reader reader = {.list = list, .path = path, .why = why};
	struct byte_input *input = NULL;
	int err = byte_input_open(path, &input, why);

	*list = (struct edge_list){0};
	if (err)
		return err;
	err = read_opened(&reader, input);
	byte_input_close(input);
	if (err)
		edge_list_release(list);
	return err;
}

void edge_list_release(struct edge_list *list)
{
	free(list->edges);
	*list = (struct edge_list){0};
}
