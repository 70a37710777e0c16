/*
 * The samples of a run as CSV for spreadsheets and data frames: one row per line of samples.jsonl,
 * and one column per metric that any sample has. Missing values are empty. Lines end in LF instead
 * of CRLF for the sake of Unix tools; otherwise the format is that of the RFC.
 *
 * Source: RFC 4180
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "../base/text.h"

static const char *const cell_columns[] = {"workload", "graph",       "layout", "engine",
					   "cache",    "nodes_count", "options"};
static const char *const sample_columns[] = {"pass",     "process",     "repetition", "iterations",
					     "verified", "edges_count", "file_bytes", "root",
					     "time",     "error"};

static void put_value(FILE *out, const json_t *value)
{
	if (value == NULL || json_is_null(value) ||
	    (json_is_object(value) && json_object_size(value) == 0))
		return;
	if (json_is_string(value)) {
		put_csv(out, json_string_value(value));
		return;
	}
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	put_csv(out, text == NULL ? "" : text);
	free(text);
}

/* The names of all metrics in the order of their first use, as keys of an object. */
static json_t *all_metrics(const struct run *run)
{
	json_t *names = json_object();
	for (size_t i = 0; names != NULL && i < json_array_size(run->samples); i++) {
		json_t *metrics = json_object_get(json_array_get(run->samples, i), "metrics");
		if (json_is_object(metrics) && json_object_update_missing(names, metrics) != 0) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}

/* name → cell */
static json_t *all_cells(const struct run *run)
{
	json_t *cells = json_object();
	const json_t *list = json_object_get(run->info, "cells");
	for (size_t i = 0; cells != NULL && i < json_array_size(list); i++) {
		json_t *cell = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(cell, "name"));
		if (json_object_set_nocheck(cells, name, cell) != 0) {
			json_decref(cells);
			return NULL;
		}
	}
	return cells;
}

static void put_header(FILE *out, json_t *metrics)
{
	const char *name;
	json_t *value;
	fputs("cell", out);
	for (size_t i = 0; i < sizeof cell_columns / sizeof *cell_columns; i++)
		fprintf(out, ",%s", cell_columns[i]);
	for (size_t i = 0; i < sizeof sample_columns / sizeof *sample_columns; i++)
		fprintf(out, ",%s", sample_columns[i]);
	json_object_foreach(metrics, name, value)
	{
		fputc(',', out);
		put_csv(out, name);
	}
	fputc('\n', out);
}

static void put_sample(FILE *out, const json_t *sample, const json_t *cells, json_t *metrics)
{
	const json_t *cell_name = json_object_get(sample, "cell");
	const json_t *cell = json_object_get(cells, json_string_value(cell_name));
	const json_t *own = json_object_get(sample, "metrics");
	const char *name;
	json_t *value;
	put_value(out, cell_name);
	for (size_t i = 0; i < sizeof cell_columns / sizeof *cell_columns; i++) {
		fputc(',', out);
		put_value(out, json_object_get(cell, cell_columns[i]));
	}
	for (size_t i = 0; i < sizeof sample_columns / sizeof *sample_columns; i++) {
		fputc(',', out);
		put_value(out, json_object_get(sample, sample_columns[i]));
	}
	json_object_foreach(metrics, name, value)
	{
		fputc(',', out);
		put_value(out, json_object_get(own, name));
	}
	fputc('\n', out);
}

static int write_csv(const struct run *run, FILE *out)
{
	json_t *metrics = all_metrics(run), *cells = all_cells(run);
	int err = metrics == NULL || cells == NULL ? -ENOMEM : 0;
	if (err == 0)
		put_header(out, metrics);
	for (size_t i = 0; err == 0 && i < json_array_size(run->samples); i++)
		put_sample(out, json_array_get(run->samples, i), cells, metrics);
	json_decref(metrics);
	json_decref(cells);
	if (err == 0 && (fflush(out) != 0 || ferror(out)))
		err = errno != 0 ? -errno : -EIO;
	return err;
}

const struct export_format export_csv = {
	.name = "csv",
	.summary = "one row per sample, all metrics as columns",
	.write = write_csv,
};
