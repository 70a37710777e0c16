/*
 * Draws figures: see figures.h.
 *
 * How it works: the folder gets cells.tsv (one row per cell) and run.gp (captions, and the lists of
 * graphs, rows and series). One gnuplot process runs every script twice, for SVG and PNG. It writes
 * *.part files, which are renamed if all succeeded. Panels and series are numbered in cells.tsv, so
 * gnuplot never compares names, which may contain any character. The rows of a series are sorted by
 * nodes, so a line can join their points.
 *
 * Source: gnuplot 5.4, "Datafile", "Arrays", "Quote Marks"
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/data_folder.h"
#include "../base/files.h"
#include "columns.h"
#include "data.h"
#include "figures.h"
#include "gnuplot.h"

#define NAME_SIZE 128 /* bytes of a figure's name */

/* One figure of a drawing. Its script is a file of the plots folder or a string. */
struct drawn {
	char name[NAME_SIZE];
	const char *alt; /* NULL: the name */
	int (*data)(FILE *, const struct plot_data *, const struct history *);
	const char *script;
};

struct drawing {
	char folder[PATH_MAX]; /* of the pictures */
	char scripts[PATH_MAX];
	struct drawn *figures; /* [count] */
	size_t count;
};

static int find_scripts(char *out, struct why *why)
{
	char path[PATH_MAX];
	int err = data_path("plots", path, sizeof path, why);
	if (err == 0 && realpath(path, out) == NULL)
		err = why_set(why, -errno, "cannot open '%s': %s", path, strerror(errno));
	return err;
}

static int is_script(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	static const char *const shared[] = {"lines.gp", "style.gp"};
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
		if (strcmp(entry->d_name, shared[i]) == 0)
			return 0;
	}
	return len > 3 && len < NAME_SIZE && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + len - 3, ".gp") == 0;
}

static const char *const formats[] = {"svg", "png"};
#define FORMATS_COUNT (sizeof formats / sizeof *formats)

static void picture_path(char *out, size_t size, const char *folder, const char *name,
			 const char *format)
{
	snprintf(out, size, "%s/%s.%s", folder, name, format);
}

static int put_cells(FILE *out, const struct plot_data *data, const struct history *history)
{
	(void)history;
	plot_put_cells(out, data, false);
	return 0;
}

/* Closes `out`, an open_memstream() of *text, and writes the text to the file PATH unless err is
 * set. */
static int write_stream(FILE *out, char **text, const size_t *len, int err, const char *path,
			struct why *why)
{
	if (out != NULL && fclose(out) != 0)
		err = -ENOMEM;
	if (err == 0)
		err = write_text_file(path, *text, *len);
	free(*text);
	return err == 0 ? 0 : why_set(why, err, "cannot write '%s': %s", path, strerror(-err));
}

static int write_data(const struct plot_data *data, const struct history *history, const char *path,
		      int (*put)(FILE *, const struct plot_data *, const struct history *),
		      struct why *why)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out == NULL ? -errno : put(out, data, history);
	return write_stream(out, &text, &len, err, path, why);
}

/* Neither cells.tsv nor run.gp contains the name of a folder, so a run can be moved. */
static int write_variables(const struct plot_data *data, const struct history *history,
			   const struct figure *const *figures, size_t count, const char *path,
			   struct why *why)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out == NULL ? -errno : plot_put_variables(out, data, history);
	for (size_t i = 0; err == 0 && i < count; i++) {
		if (figures[i]->variables != NULL)
			err = figures[i]->variables(out, data, history);
	}
	return write_stream(out, &text, &len, err, path, why);
}

/* ---- which figures ---- */

static int order_drawn(const void *a, const void *b)
{
	return strcmp(((const struct drawn *)a)->name, ((const struct drawn *)b)->name);
}

static bool is_known(const struct drawing *drawing, const char *name)
{
	for (size_t i = 0; i < drawing->count; i++) {
		if (strcmp(drawing->figures[i].name, name) == 0)
			return true;
	}
	return false;
}

static void script_path(const struct drawing *drawing, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s.gp", drawing->scripts, name);
}

/* The figures that have a script, and the other scripts of the folder; sorted by name. */
static int collect(struct drawing *drawing, const struct figure *const *figures, size_t count,
		   struct why *why)
{
	char path[PATH_MAX + 300];
	struct dirent **entries = NULL;
	int entries_count = scandir(drawing->scripts, &entries, is_script, alphasort);
	if (entries_count < 0)
		return why_set(why, -errno, "cannot read '%s': %s", drawing->scripts,
			       strerror(errno));
	drawing->figures = calloc(count + (size_t)entries_count + 1, sizeof *drawing->figures);
	for (size_t i = 0; drawing->figures != NULL && i < count; i++) {
		struct drawn *drawn = &drawing->figures[drawing->count];
		snprintf(drawn->name, sizeof drawn->name, "%s", figures[i]->name);
		drawn->alt = figures[i]->alt;
		drawn->data = figures[i]->data;
		drawn->script = figures[i]->script;
		script_path(drawing, drawn->name, path, sizeof path);
		drawing->count += drawn->script != NULL || access(path, R_OK) == 0;
	}
	for (int i = 0; i < entries_count; i++) {
		char *name = entries[i]->d_name;
		name[strlen(name) - strlen(".gp")] = '\0';
		if (drawing->figures != NULL && !is_known(drawing, name)) {
			struct drawn *drawn = &drawing->figures[drawing->count++];
			*drawn = (struct drawn){.script = NULL};
			memcpy(drawn->name, name, strlen(name) + 1);
		}
		free(entries[i]);
	}
	free(entries);
	if (drawing->figures == NULL)
		return why_set(why, -ENOMEM, "out of memory");
	qsort(drawing->figures, drawing->count, sizeof *drawing->figures, order_drawn);
	return 0;
}

/* ---- their tables ---- */

/* The whole text of a script. The caller frees it. */
static int read_script(const struct drawing *drawing, const struct drawn *drawn, char **out)
{
	char path[PATH_MAX + 300];
	size_t size = 0;
	*out = NULL;
	if (drawn->script != NULL)
		return (*out = strdup(drawn->script)) == NULL ? -ENOMEM : 0;
	script_path(drawing, drawn->name, path, sizeof path);
	FILE *in = fopen(path, "re");
	if (in == NULL)
		return -errno;
	int err = getdelim(out, &size, '\0', in) < 0 ? -EIO : 0;
	fclose(in);
	return err;
}

/* The columns of cells.tsv that a figure's script names. */
static int write_columns(const struct plot_data *data, const struct drawing *drawing,
			 const struct drawn *drawn, const char *path, struct why *why)
{
	char *table = NULL, *text = NULL, *script = NULL;
	size_t table_len = 0, len = 0;
	int err = read_script(drawing, drawn, &script);
	FILE *cells = open_memstream(&table, &table_len), *out = open_memstream(&text, &len);
	if (err == 0 && (cells == NULL || out == NULL))
		err = -ENOMEM;
	if (cells != NULL) {
		plot_put_cells(cells, data, true);
		fclose(cells);
	}
	if (err == 0)
		plot_put_columns(out, table, script);
	if (out != NULL && fclose(out) != 0)
		err = -ENOMEM;
	if (err == 0)
		err = write_text_file(path, text, len);
	free(script);
	free(table);
	free(text);
	return err == 0 ? 0 : why_set(why, err, "cannot write '%s': %s", path, strerror(-err));
}

static int write_tables(const struct plot_data *data, const struct history *history,
			const struct drawing *drawing, struct why *why)
{
	char path[PATH_MAX + 300];
	int err = 0;
	for (size_t i = 0; err == 0 && i < drawing->count; i++) {
		const struct drawn *drawn = &drawing->figures[i];
		picture_path(path, sizeof path, drawing->folder, drawn->name, "tsv");
		err = drawn->data == NULL ? write_columns(data, drawing, drawn, path, why)
					  : write_data(data, history, path, drawn->data, why);
	}
	return err;
}

/* ---- drawing ---- */

static void put_script(FILE *out, const struct drawing *drawing)
{
	char path[PATH_MAX + 300];
	plot_put_text(out, "PLOTS", drawing->scripts);
	for (size_t i = 0; i < drawing->count * FORMATS_COUNT; i++) {
		const struct drawn *drawn = &drawing->figures[i / FORMATS_COUNT];
		const char *format = formats[i % FORMATS_COUNT];
		fputs("reset\nload ", out);
		snprintf(path, sizeof path, "%s/run.gp", drawing->folder);
		plot_put_quoted(out, path);
		picture_path(path, sizeof path, drawing->folder, drawn->name, "tsv");
		plot_put_data(out, path);
		fprintf(out, "\nFORMAT = '%s'\nOUTPUT = ", format);
		picture_path(path, sizeof path, drawing->folder, drawn->name, format);
		plot_put_quoted(out, path);
		fputs(".'.part'\n", out);
		if (drawn->script != NULL) {
			fputs(drawn->script, out);
		} else {
			fputs("load ", out);
			script_path(drawing, drawn->name, path, sizeof path);
			plot_put_quoted(out, path);
		}
		fputs("\nunset output\n", out);
	}
}

/* Renames the new pictures and removes outdated ones. */
static int rename_pictures(const struct drawing *drawing, bool keep)
{
	char path[PATH_MAX + 300], part[PATH_MAX + 310];
	int err = 0;
	for (size_t i = 0; i < drawing->count * FORMATS_COUNT; i++) {
		struct stat info;
		const char *format = formats[i % FORMATS_COUNT];
		const struct drawn *figure = &drawing->figures[i / FORMATS_COUNT];
		picture_path(path, sizeof path, drawing->folder, figure->name, format);
		snprintf(part, sizeof part, "%s.part", path);
		bool drawn = stat(part, &info) == 0 && info.st_size > 0;
		if (keep && drawn && strcmp(format, "svg") == 0)
			err = svg_adapt(part, figure->alt == NULL ? figure->name : figure->alt);
		if (!keep || !drawn)
			unlink(part);
		if (keep && drawn && rename(part, path) != 0)
			err = -errno;
		if (keep && !drawn)
			unlink(path);
	}
	return err;
}

static int draw_figures(const struct drawing *drawing, struct why *why)
{
	char *script = NULL;
	size_t len = 0;
	int err = -ENOMEM;
	FILE *out = open_memstream(&script, &len);
	if (out != NULL) {
		put_script(out, drawing);
		err = fclose(out) != 0 ? -ENOMEM : gnuplot_run(script, len, why);
	}
	int renamed = rename_pictures(drawing, err == 0);
	if (err == 0 && renamed != 0)
		err = why_set(why, renamed, "cannot rename the pictures: %s", strerror(-renamed));
	free(script);
	return err;
}

static int draw(const struct plot_data *data, const struct history *history,
		struct drawing *drawing, const struct figure *const *figures, size_t count,
		struct why *why)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof path, "%s/cells.tsv", drawing->folder);
	int err = write_data(data, history, path, put_cells, why);
	if (err == 0 && data->workload == NULL)
		return why_set(why, -ENODATA, "nothing to draw: no cell has times");
	snprintf(path, sizeof path, "%s/run.gp", drawing->folder);
	if (err == 0)
		err = write_variables(data, history, figures, count, path, why);
	if (err == 0)
		err = find_scripts(drawing->scripts, why);
	if (err == 0)
		err = collect(drawing, figures, count, why);
	if (err == 0)
		err = write_tables(data, history, drawing, why);
	return err != 0 ? err : draw_figures(drawing, why);
}

/* The figures that draw themselves. One that has nothing to draw leaves no picture. */
static int draw_own(const struct figure *const *figures, size_t count, const struct run *run,
		    const char *folder, struct why *why)
{
	int err = 0;
	for (size_t i = 0; err == 0 && i < count; i++) {
		char path[PATH_MAX + 300], *text = NULL;
		size_t len = 0;
		if (figures[i]->svg == NULL)
			continue;
		picture_path(path, sizeof path, folder, figures[i]->name, "svg");
		FILE *out = open_memstream(&text, &len);
		err = out == NULL ? -errno : figures[i]->svg(out, run);
		bool is_empty = err == -ENODATA;
		if (is_empty) {
			unlink(path);
			fclose(out);
			free(text);
			err = 0;
			continue;
		}
		err = write_stream(out, &text, &len, err, path, why);
	}
	return err;
}

int figures_draw(const struct figure *const *figures, size_t count, const struct run *run,
		 const struct history *history, const char *path, struct why *why)
{
	struct drawing *drawing = calloc(1, sizeof *drawing);
	struct plot_data data;
	int err = drawing == NULL ? -ENOMEM : make_folders(path);
	if (err == 0 && realpath(path, drawing->folder) == NULL)
		err = -errno;
	if (err != 0) {
		free(drawing);
		return why_set(why, err, "cannot make '%s': %s", path, strerror(-err));
	}
	int own_err = draw_own(figures, count, run, drawing->folder, why);
	err = plot_data_init(&data, run);
	if (err != 0) {
		why_set(why, err, "cannot summarize the run: %s", strerror(-err));
	} else {
		err = draw(&data, history, drawing, figures, count, why);
		plot_data_release(&data);
	}
	free(drawing->figures);
	free(drawing);
	return err != 0 ? err : own_err;
}
