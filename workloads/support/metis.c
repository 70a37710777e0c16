/*
 * The graph format of METIS and Chaco: a line with the counts of nodes and undirected edges and,
 * optionally, fmt and ncon; then one line a node, the first for node 1, with its neighbours, of
 * which each edge has one entry at either end. fmt has three digits: sizes of nodes, weights of
 * nodes (ncon each), weights of edges. Comment lines begin with '%'; an empty line is a node
 * without neighbours. Weights are not used.
 *
 * Source: G. Karypis, METIS 5.1.0 manual, section 4.1.1, "Graph file"
 */
#include "graph_reader.h"

#include <errno.h>
#include <inttypes.h>

enum { EDGE_WEIGHTS = 1, NODE_WEIGHTS = 10, NODE_SIZES = 100 }; /* digits of fmt */
#define CONSTRAINTS_MAX 1000

/* reader->columns_kind: values before the neighbours, times two, and 1 where edges have weights. */
static int take_header(struct graph_reader *reader, const char *at, const char *end)
{
	uint64_t nodes_count = 0, format = 0, constraints_count = 1;
	int err = reader_take_number(reader, &at, end, &nodes_count);

	err = err ? err : reader_take_number(reader, &at, end, &reader->expected_count);
	if (!err && at < end)
		err = reader_take_number(reader, &at, end, &format);
	if (!err && at < end)
		err = reader_take_number(reader, &at, end, &constraints_count);
	if (err)
		return err;
	if (at < end || format > 111 || format % 10 > 1 || format / 10 % 10 > 1 ||
	    constraints_count > CONSTRAINTS_MAX)
		return reader_bad(reader,
				  "not the header of a METIS graph: nodes, edges, fmt, ncon");
	unsigned values_count = format / NODE_SIZES ? 1 : 0;

	if (format / NODE_WEIGHTS % 10)
		values_count += (unsigned)constraints_count;
	reader->columns_kind = 2 * values_count + (format % 10 ? EDGE_WEIGHTS : 0);
	if (format)
		reader_ignores_weights(reader, "the METIS file");
	reader->has_header = true;
	reader->list->both_ways = true;
	return reader_declare(reader, 1, nodes_count);
}

static int take_line(struct graph_reader *reader, const char *at, const char *end)
{
	uint64_t neighbor = 0;
	int err = 0;

	if (at < end && *at == '%')
		return 0;
	if (!reader->has_header)
		return at < end ? take_header(reader, at, end) : 0;
	if (reader->entries_count == reader->list->ids_count)
		return at < end ? reader_bad(reader, "more lines than nodes") : 0;
	reader->entries_count++;
	err = at < end ? reader_skip_numbers(reader, &at, end, reader->columns_kind / 2) : 0;
	while (!err && at < end) {
		err = reader_take_node(reader, &at, end, &neighbor);
		if (!err && reader->columns_kind % 2)
			err = reader_skip_numbers(reader, &at, end, 1);
		if (!err)
			err = reader_add_edge(reader, reader->entries_count, neighbor);
	}
	return err;
}

static int take_end(struct graph_reader *reader)
{
	if (!reader->has_header)
		return reader_bad(reader, "the file ends before the header");
	if (reader->entries_count < reader->list->ids_count)
		return reader_bad(reader, "the file ends after %" PRIu64 " of %" PRIu64 " nodes",
				  reader->entries_count, reader->list->ids_count);
	if (reader->list->count != 2 * reader->expected_count)
		return reader_bad(
			reader, "%zu neighbours, where %" PRIu64 " undirected edges have %" PRIu64,
			reader->list->count, reader->expected_count, 2 * reader->expected_count);
	return 0;
}

/* A hub's line has all its neighbours: ten bytes each, a hundred million of them. */
const struct text_format text_format_metis = {.name = "METIS",
					      .blank_lines = true,
					      .line_max = 1 << 30,
					      .line = take_line,
					      .end = take_end};
