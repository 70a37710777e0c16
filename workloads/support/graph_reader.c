/* What the readers of graph files share: see graph_reader.h. */
#include "graph_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SHOWN     96 /* bytes of a long path, its end: leaves room for the reason */
#define EDGES_AT_START 4096
#define NODES_MAX      (UINT64_C(1) << 48) /* more is a damaged header: 16 bytes a node overflow */

int reader_bad(struct graph_reader *reader, const char *format, ...)
{
	size_t path_len = strlen(reader->path);
	bool cut = path_len > PATH_SHOWN;
	const char *shown = reader->path + (cut ? path_len - PATH_SHOWN : 0);
	char what[96];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (reader->line == 0)
		return why_set(reader->why, -EBADMSG, "'%s%s': %s", cut ? "..." : "", shown, what);
	return why_set(reader->why, -EBADMSG, "'%s%s', line %" PRIu64 ": %s", cut ? "..." : "",
		       shown, reader->line, what);
}

int reader_bad_number(struct graph_reader *reader, const char *at, const char *end)
{
	size_t len = 0;

	if (at == end)
		return reader_bad(reader, "one id only: an edge has two");
	if (*at == '-' && at + 1 < end && at[1] >= '0' && at[1] <= '9')
		return reader_bad(reader, "a negative number: ids are 0 to %" PRIu64, UINT64_MAX);
	while (at + len < end && len < 24 && at[len] > ' ' && at[len] <= '~')
		len++;
	if (len == 0)
		return reader_bad(reader, "byte 0x%02x where an id was expected",
				  (unsigned)(unsigned char)*at);
	if (memchr(at, ',', len) || memchr(at, ';', len))
		return reader_bad(reader, "'%.*s' is not an id: separate ids by blanks or tabs",
				  (int)len, at);
	return reader_bad(reader, "'%.*s' is not an id", (int)len, at);
}

int reader_take_node(struct graph_reader *reader, const char **at, const char *end, uint64_t *node)
{
	int err = reader_take_number(reader, at, end, node);

	if (err)
		return err;
	if (*node < 1 || *node > reader->list->ids_count)
		return reader_bad(reader, "node %" PRIu64 " is not one of 1 to %" PRIu64, *node,
				  reader->list->ids_count);
	return 0;
}

/* Digits, a sign, a point, an exponent. */
static bool is_number_word(const char *at, const char *end)
{
	bool digit = false;

	for (; at < end && !reader_is_blank(*at); at++) {
		if (!strchr("0123456789+-.eEdD", *at) || *at == '\0')
			return false;
		digit |= *at >= '0' && *at <= '9';
	}
	return digit;
}

int reader_skip_numbers(struct graph_reader *reader, const char **at, const char *end,
			unsigned count)
{
	const char *c = *at;

	for (unsigned i = 0; i < count; i++) {
		if (c == end)
			return reader_bad(reader, "the line has too few columns");
		if (!is_number_word(c, end)) {
			int len = 0;

			while (c + len < end && len < 24 && c[len] > ' ' && c[len] <= '~')
				len++;
			return reader_bad(reader, "'%.*s' is not a number", len, c);
		}
		while (c < end && !reader_is_blank(*c))
			c++;
		c = reader_skip_blanks(c, end);
	}
	*at = c;
	return 0;
}

int reader_grow(struct graph_reader *reader)
{
	struct edge_list *list = reader->list;
	size_t capacity = reader->capacity ? 2 * reader->capacity : EDGES_AT_START;
	struct edge *edges = reallocarray(list->edges, capacity, sizeof(*edges));

	if (!edges)
		return why_set(reader->why, -ENOMEM, "out of memory after %zu edges", list->count);
	list->edges = edges;
	reader->capacity = capacity;
	return 0;
}

int reader_declare(struct graph_reader *reader, uint64_t first, uint64_t count)
{
	if (count == 0)
		return reader_bad(reader, "the graph has no nodes");
	if (count > NODES_MAX)
		return reader_bad(reader, "%" PRIu64 " nodes: not a plausible header", count);
	reader->list->ids_declared = true;
	reader->list->first_id = first;
	reader->list->ids_count = count;
	return 0;
}

void reader_ignores_weights(struct graph_reader *reader, const char *where)
{
	if (!*reader->list->note.text)
		why_set(&reader->list->note, 0, "the weights in %s are ignored", where);
}
