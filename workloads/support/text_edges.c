/*
 * Edge lists: two ids a line (see edge_list.h). Up to two more numbers on a line are a weight or a
 * time and are ignored.
 *
 * Many formats begin with a line of counts, which an edge list without a banner cannot be told
 * from: if the first line fits the counts of the others, the graph has a note that says so.
 */
#include "graph_reader.h"

#include <inttypes.h>

#define EXTRA_COLUMNS_MAX 2

static bool ends_here(const char *at, const char *end)
{
	return at == end || *at == '#' || *at == '%';
}

static int too_many_columns(struct graph_reader *reader, const char *at, const char *end)
{
	unsigned columns_count = 2 + EXTRA_COLUMNS_MAX;

	for (const char *c = at; c < end; c++)
		columns_count += !reader_is_blank(*c) && (c == at || reader_is_blank(c[-1]));
	return reader_bad(
		reader, "%u columns: an edge has two ids (METIS files are called .graph or .metis)",
		columns_count);
}

static int take_line(struct graph_reader *reader, const char *at, const char *end)
{
	uint64_t from = 0, to = 0;
	int err;

	if (ends_here(at, end))
		return 0;
	err = reader_take_number(reader, &at, end, &from);
	err = err ? err : reader_take_number(reader, &at, end, &to);
	for (unsigned i = 0; !err && i < EXTRA_COLUMNS_MAX && !ends_here(at, end); i++) {
		err = reader_skip_numbers(reader, &at, end, 1);
		if (reader->list->count == 0)
			reader->columns_kind = i + 1;
		if (!err)
			reader_ignores_weights(reader, "the columns after the two ids");
	}
	if (err)
		return err;
	if (!ends_here(at, end))
		return too_many_columns(reader, at, end);
	return reader_add_edge(reader, from, to);
}

/* Does the first line look like "nodes edges", or "rows columns entries" with the entries
 * unread? */
static int take_end(struct graph_reader *reader)
{
	const struct edge_list *list = reader->list;
	uint64_t max = 0;

	if (list->count < 2)
		return 0;
	uint64_t nodes = list->edges[0].from, second = list->edges[0].to, left = list->count - 1;
	bool counts = second == left || 2 * second == left;
	bool sizes = reader->columns_kind > 0 && nodes == second;

	if (!counts && !sizes)
		return 0;
	for (size_t i = 1; i < list->count; i++) {
		max = list->edges[i].from > max ? list->edges[i].from : max;
		max = list->edges[i].to > max ? list->edges[i].to : max;
	}
	if (nodes == max || nodes == max + 1)
		why_set(&reader->list->note, 0,
			"the first line, %" PRIu64 " %" PRIu64
			", fits the counts of nodes and edges and was read as an edge: remove it "
			"if "
			"it is a header",
			nodes, second);
	return 0;
}

const struct text_format text_format_edges = {
	.name = "edge list", .line_max = 1 << 20, .line = take_line, .end = take_end};
