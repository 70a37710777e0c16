/*
 * Matrix Market's coordinate format: a sparse square matrix is a graph, an entry in row i and
 * column j the edge i → j. The banner says object, format, field and symmetry; comment lines begin
 * with '%'; one line has rows, columns and entries; then one line an entry, from 1. Of symmetric,
 * skew-symmetric and Hermitian matrices one triangle is stored, and each entry off the diagonal
 * means both edges. Values are not used.
 *
 * Source: R. F. Boisvert, R. Pozo and K. A. Remington, The Matrix Market Exchange Formats: Initial
 * Design, NISTIR 5935 (1996)
 */
#include "graph_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Values behind row and column, by field; graph_reader.columns_kind. */
static const struct {
	const char *name;
	unsigned values_count;
} fields[] = {{"pattern", 0}, {"real", 1}, {"double", 1}, {"integer", 1}, {"complex", 2}};

static const struct {
	const char *name;
	bool symmetric;
} symmetries[] = {
	{"general", false}, {"symmetric", true}, {"skew-symmetric", true}, {"hermitian", true}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int take_banner(struct graph_reader *reader, const char *at, const char *end)
{
	char line[256], object[32] = "", format[32] = "", field[32] = "", symmetry[32] = "";
	size_t f = 0, s = 0;

	snprintf(line, sizeof(line), "%.*s", (int)(end - at < 255 ? end - at : 255), at);
	/* The banner's first word was recognised, in any case of its letters. */
	if (sscanf(line + strlen("%%MatrixMarket"), "%31s %31s %31s %31s", object, format, field,
		   symmetry) != 4)
		return reader_bad(reader, "the banner of Matrix Market has five words");
	if (strcasecmp(object, "matrix") != 0)
		return reader_bad(reader, "Matrix Market object '%s': only matrix is read", object);
	if (strcasecmp(format, "coordinate") != 0)
		return reader_bad(reader, "Matrix Market format '%s': only coordinate is read",
				  format);
	while (f < COUNT(fields) && strcasecmp(field, fields[f].name) != 0)
		f++;
	while (s < COUNT(symmetries) && strcasecmp(symmetry, symmetries[s].name) != 0)
		s++;
	if (f == COUNT(fields))
		return reader_bad(reader, "Matrix Market field '%s' is unknown", field);
	if (s == COUNT(symmetries))
		return reader_bad(reader, "Matrix Market symmetry '%s' is unknown", symmetry);
	reader->columns_kind = fields[f].values_count;
	reader->list->both_ways = symmetries[s].symmetric;
	if (fields[f].values_count > 0)
		reader_ignores_weights(reader, "the matrix's values");
	return 0;
}

static int take_sizes(struct graph_reader *reader, const char *at, const char *end)
{
	uint64_t rows_count = 0, columns_count = 0;
	int err = reader_take_number(reader, &at, end, &rows_count);

	err = err ? err : reader_take_number(reader, &at, end, &columns_count);
	err = err ? err : reader_take_number(reader, &at, end, &reader->expected_count);
	if (err)
		return err;
	if (at < end)
		return reader_bad(reader, "the line of sizes has three numbers");
	if (rows_count != columns_count)
		return reader_bad(reader,
				  "%" PRIu64 " rows and %" PRIu64
				  " columns: only square matrices are graphs",
				  rows_count, columns_count);
	reader->has_header = true;
	return reader_declare(reader, 1, rows_count);
}

static int take_line(struct graph_reader *reader, const char *at, const char *end)
{
	uint64_t row = 0, column = 0;
	int err;

	if (reader->line == 1)
		return take_banner(reader, at, end);
	if (*at == '%')
		return 0;
	if (!reader->has_header)
		return take_sizes(reader, at, end);
	if (reader->entries_count == reader->expected_count)
		return reader_bad(reader, "more than the %" PRIu64 " entries of the size line",
				  reader->expected_count);
	err = reader_take_node(reader, &at, end, &row);
	err = err ? err : reader_take_node(reader, &at, end, &column);
	err = err ? err : reader_skip_numbers(reader, &at, end, reader->columns_kind);
	if (err)
		return err;
	if (at < end)
		return reader_bad(reader, "more columns than the banner says");
	reader->entries_count++;
	err = reader_add_edge(reader, row, column);
	if (!err && reader->list->both_ways && row != column)
		err = reader_add_edge(reader, column, row);
	return err;
}

static int take_end(struct graph_reader *reader)
{
	if (!reader->has_header)
		return reader_bad(reader, "the file ends before the line of sizes");
	if (reader->entries_count != reader->expected_count)
		return reader_bad(reader, "the file ends after %" PRIu64 " of %" PRIu64 " entries",
				  reader->entries_count, reader->expected_count);
	return 0;
}

const struct text_format text_format_matrix_market = {
	.name = "Matrix Market", .line_max = 1 << 20, .line = take_line, .end = take_end};
