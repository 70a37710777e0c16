/*
 * The formats of the DIMACS challenges: 'c' begins a comment; "p sp N M" and then M arcs "a FROM TO
 * WEIGHT" (shortest paths, 9th challenge); "p edge N M" or "p col N M" and then edges "e A B", each
 * of which means both directions (cliques and colouring, 2nd challenge). Nodes are 1 to N. Weights
 * are not used.
 *
 * Source: http://www.diag.uniroma1.it/challenge9/format.shtml; D. S. Johnson and M. A. Trick
 * (eds.), Cliques, Coloring, and Satisfiability, DIMACS series 26 (1996)
 */
#include "graph_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int take_problem(struct graph_reader *reader, const char *at, const char *end)
{
	uint64_t nodes_count = 0;
	char word[16] = "";
	size_t len = 0;
	int err;

	if (reader->has_header)
		return reader_bad(reader, "a second problem line");
	while (at + len < end && !reader_is_blank(at[len]))
		len++;
	snprintf(word, sizeof(word), "%.*s", (int)(len < 15 ? len : 15), at);
	if (strcmp(word, "sp") != 0 && strcmp(word, "edge") != 0 && strcmp(word, "col") != 0)
		return reader_bad(reader, "DIMACS problem '%s': sp, edge and col are read", word);
	reader->list->both_ways = strcmp(word, "sp") != 0;
	at = reader_skip_blanks(at + len, end);
	err = reader_take_number(reader, &at, end, &nodes_count);
	err = err ? err : reader_take_number(reader, &at, end, &reader->expected_count);
	if (err)
		return err;
	reader->has_header = true;
	return reader_declare(reader, 1, nodes_count);
}

static int take_edge(struct graph_reader *reader, const char *at, const char *end, bool arc)
{
	uint64_t from = 0, to = 0;
	int err;

	if (!reader->has_header)
		return reader_bad(reader, "an edge before the problem line");
	err = reader_take_node(reader, &at, end, &from);
	err = err ? err : reader_take_node(reader, &at, end, &to);
	if (!err && at < end) {
		err = reader_skip_numbers(reader, &at, end, 1);
		reader_ignores_weights(reader, "the DIMACS file");
	}
	if (err)
		return err;
	if (at < end)
		return reader_bad(reader, "more columns than an edge has");
	reader->entries_count++;
	err = reader_add_edge(reader, from, to);
	if (!err && !arc && from != to)
		err = reader_add_edge(reader, to, from);
	return err;
}

static int take_line(struct graph_reader *reader, const char *at, const char *end)
{
	char kind = *at;
	const char *rest = reader_skip_blanks(at + 1, end);

	if (kind == 'c' && (at + 1 == end || reader_is_blank(at[1])))
		return 0;
	if (at + 1 == end || !reader_is_blank(at[1]))
		return reader_bad(reader, "not a line of a DIMACS file");
	if (kind == 'p')
		return take_problem(reader, rest, end);
	if (kind == 'a' || kind == 'e')
		return take_edge(reader, rest, end, !reader->list->both_ways);
	if (kind == 'n') /* a node's own value */
		return 0;
	return reader_bad(reader, "'%c' begins no line of a DIMACS file that is read", kind);
}

/* Files of the 2nd challenge are known to count an edge once or twice, so only those of arcs must
 * fit. */
static int take_end(struct graph_reader *reader)
{
	if (!reader->has_header)
		return reader_bad(reader, "the file ends before the problem line");
	if (reader->entries_count == reader->expected_count)
		return 0;
	if (!reader->list->both_ways)
		return reader_bad(reader, "the file ends after %" PRIu64 " of %" PRIu64 " arcs",
				  reader->entries_count, reader->expected_count);
	why_set(&reader->list->note, 0,
		"the problem line says %" PRIu64 " edges, the file has %" PRIu64,
		reader->expected_count, reader->entries_count);
	return 0;
}

const struct text_format text_format_dimacs = {
	.name = "DIMACS", .line_max = 1 << 20, .line = take_line, .end = take_end};
