/*
 * Reading a graph from a file, between the readers of the single formats: errors that name the
 * line, ids, and the growing array of edges.
 */
#ifndef IOWALK_GRAPH_READER_H
#define IOWALK_GRAPH_READER_H

#include "byte_input.h"
#include "edge_list.h"

struct graph_reader {
	struct edge_list *list;
	size_t capacity; /* of list->edges, in edges */
	uint64_t line;   /* number of the line being read, from 1; 0: a binary file */
	const char *path;
	struct why *why;
	/* Of formats that begin with counts; what each means is said in its file. */
	bool has_header;
	unsigned columns_kind;
	uint64_t expected_count, entries_count;
};

/* A format of text files. */
struct text_format {
	const char *name;
	bool blank_lines; /* an empty line means something */
	size_t line_max;  /* bytes; a longer line is an error */
	/* One line without its end. 0 or an error with the reason in reader->why. */
	int (*line)(struct graph_reader *reader, const char *at, const char *end);
	/* The file has ended. May be NULL. */
	int (*end)(struct graph_reader *reader);
};

/* One file a format; the first two bytes to the whole file are looked at by edge_list_read(). */
extern const struct text_format text_format_edges, text_format_matrix_market, text_format_metis,
	text_format_dimacs;

/* Reads GAPBS's serialized graphs, whose first head_len bytes were read already. */
int serialized_graph_read(struct graph_reader *reader, struct byte_input *input,
			  const unsigned char *head, size_t head_len, bool weighted);

/* -EBADMSG with "'PATH', line N: " before the words. */
int reader_bad(struct graph_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* -EBADMSG, saying what was found at `at` in place of a number. */
int reader_bad_number(struct graph_reader *reader, const char *at, const char *end);

static inline bool reader_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline const char *reader_skip_blanks(const char *at, const char *end)
{
	while (at < end && reader_is_blank(*at))
		at++;
	return at;
}

/* Reads one unsigned number and the blanks behind it. */
static inline int reader_take_number(struct graph_reader *reader, const char **at, const char *end,
				     uint64_t *number)
{
	const char *begin = *at, *c = begin;
	uint64_t value = 0;

	for (; c < end && *c >= '0' && *c <= '9'; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (value > UINT64_MAX / 10 || value * 10 > UINT64_MAX - digit)
			return reader_bad(reader, "a number is larger than 18446744073709551615");
		value = value * 10 + digit;
	}
	if (c == begin || (c < end && !reader_is_blank(*c)))
		return reader_bad_number(reader, c == begin || (*c > ' ' && *c <= '~') ? begin : c,
					 end);
	*at = reader_skip_blanks(c, end);
	*number = value;
	return 0;
}

/* A number from 1 to list->ids_count. */
int reader_take_node(struct graph_reader *reader, const char **at, const char *end, uint64_t *node);

/* Skips `count` words, each of which must look like a number. -EBADMSG where there are fewer. */
int reader_skip_numbers(struct graph_reader *reader, const char **at, const char *end,
			unsigned count);

/* Grows the array by at least one edge. */
int reader_grow(struct graph_reader *reader);

static inline int reader_add_edge(struct graph_reader *reader, uint64_t from, uint64_t to)
{
	if (reader->list->count == reader->capacity) {
		int err = reader_grow(reader);

		if (err)
			return err;
	}
	reader->list->edges[reader->list->count++] = (struct edge){.from = from, .to = to};
	return 0;
}

/* Sets the ids of a format that declares its nodes: first to first + count - 1. */
int reader_declare(struct graph_reader *reader, uint64_t first, uint64_t count);

/* Says once that the file's weights are not used. */
void reader_ignores_weights(struct graph_reader *reader, const char *where);

#endif
