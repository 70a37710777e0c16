/* Tables of figures: see columns.h. */
#include "columns.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The index of a column in the line of titles, or -1. */
static int column_of(const char *titles, const char *name)
{
	int column = 0;
	for (const char *field = titles; *field != '\0'; column++) {
		size_t len = strcspn(field, "\t\n");
		if (strlen(name) == len && strncmp(field, name, len) == 0)
			return column;
		field += len;
		if (*field != '\t')
			return -1;
		field++;
	}
	return -1;
}

static long number_in(const char *line, int column)
{
	for (; column > 0 && *line != '\0'; line++)
		column -= *line == '\t';
	return strtol(line, NULL, 10);
}

/* Writes one data block per panel, because gnuplot reads the whole block for each kind of mark in a
 * panel. A table numbers its panels by column and row, or by one number in the column `panel`. */
static void put_panels(FILE *out, FILE *in)
{
	char *titles = NULL, *line = NULL;
	size_t titles_size = 0, line_size = 0;
	long last_column = 0, last_row = 0;
	if (getline(&titles, &titles_size, in) > 0) {
		int column_at = column_of(titles, "panel_column");
		int row_at = column_of(titles, "panel_row"), panel_at = column_of(titles, "panel");
		bool has_row = column_at >= 0 && row_at >= 0;
		while ((has_row || panel_at >= 0) && getline(&line, &line_size, in) > 0) {
			long column = number_in(line, has_row ? column_at : panel_at);
			long row = has_row ? number_in(line, row_at) : 0;
			bool blank = line[0] == '\n';
			if (!blank && column > 0 && (column != last_column || row != last_row)) {
				fputs(last_column > 0 ? "END_OF_PANEL\n" : "", out);
				fprintf(out, "$CELLS_%ld_%ld << END_OF_PANEL\n%s", column, row,
					titles);
				last_column = column;
				last_row = row;
			}
			if (last_column > 0 && (blank || column > 0))
				fputs(line, out);
		}
		fputs(last_column > 0 ? "END_OF_PANEL\n" : "", out);
	}
	free(titles);
	free(line);
}

void plot_put_data(FILE *out, const char *path)
{
	char buffer[1 << 14];
	size_t got;
	FILE *in = fopen(path, "re");
	fputs("\n$CELLS << END_OF_CELLS\n", out);
	while (in != NULL && (got = fread(buffer, 1, sizeof buffer, in)) > 0)
		fwrite(buffer, 1, got, out);
	fputs("END_OF_CELLS\n", out);
	if (in != NULL) {
		rewind(in);
		put_panels(out, in);
		fclose(in);
	}
	fputs("DATA = '$CELLS'", out);
}

/* Does the script use the column, or does it identify rows? */
static bool is_wanted(const char *script, const char *name, size_t len)
{
	static const char *const always[] = {"graph", "layout",       "cache",     "series",
					     "nodes", "panel_column", "panel_row", "series_number"};
	char call[96];
	for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
		if (strlen(always[i]) == len && strncmp(always[i], name, len) == 0)
			return true;
	}
	snprintf(call, sizeof call, "column(\"%.*s\")", (int)len, name);
	return strstr(script, call) != NULL;
}

void plot_put_columns(FILE *out, const char *table, const char *script)
{
	bool wanted[64] = {false};
	for (bool titles = true; *table != '\0'; titles = false) {
		size_t line = strcspn(table, "\n"), column = 0;
		bool begun = false;
		for (const char *field = table, *end = table + line; field < end; column++) {
			size_t len = strcspn(field, "\t\n");
			if (titles && column < 64)
				wanted[column] = is_wanted(script, field, len);
			if (column < 64 && wanted[column]) {
				fprintf(out, "%s%.*s", begun ? "\t" : "", (int)len, field);
				begun = true;
			}
			field += len + 1;
		}
		fputc('\n', out);
		table += line + (table[line] == '\n');
	}
}
