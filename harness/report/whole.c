/* The report as a whole: see whole.h. */
#include "whole.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/files.h"

static int order_sections(const void *a, const void *b)
{
	const struct report_section *x = *(const struct report_section *const *)a;
	const struct report_section *y = *(const struct report_section *const *)b;
	return (x->order > y->order) - (x->order < y->order);
}

static void put_figures(struct document *document, const struct report_section *section,
			const char *plots, bool is_without)
{
	char path[PATH_MAX];
	bool titled = section->heading == NULL;
	for (size_t i = 0; i < section->figures_count; i++) {
		const struct figure *figure = &section->figures[i];
		snprintf(path, sizeof path, "%s/%s.svg", plots, figure->name);
		/* Without new ones there may be those of an earlier report. */
		if (access(path, R_OK) != 0 || (is_without && figure->svg == NULL))
			continue;
		if (!titled)
			document_heading(document, 2, "%s", section->heading);
		titled = true;
		document_figure(document, figure->name, figure->alt, figure->caption);
	}
}

void report_document(struct document *document, const struct report_context *context)
{
	const struct report_section **sections = calloc(section_table_count, sizeof(void *));
	if (sections == NULL) {
		document->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < section_table_count; i++)
		sections[i] = section_table[i];
	qsort(sections, section_table_count, sizeof(void *), order_sections);
	for (size_t i = 0; i < section_table_count; i++) {
		if (sections[i]->write != NULL)
			sections[i]->write(document, context);
		put_figures(document, sections[i], context->plots, context->no_plots != NULL);
	}
	free(sections);
}

/* The figures of all sections; caller frees. NULL if out of memory. */
static const struct figure **all_figures(size_t *count)
{
	size_t used = 0;
	*count = 0;
	for (size_t i = 0; i < section_table_count; i++)
		*count += section_table[i]->figures_count;
	const struct figure **figures = calloc(*count + 1, sizeof(void *));
	for (size_t i = 0; figures != NULL && i < section_table_count; i++) {
		for (size_t j = 0; j < section_table[i]->figures_count; j++)
			figures[used++] = &section_table[i]->figures[j];
	}
	return figures;
}

static int draw(const struct run *run, const struct history *history, const char *path,
		struct why *why)
{
	size_t count;
	const struct figure **figures = all_figures(&count);
	int err = figures == NULL ? why_set(why, -ENOMEM, "out of memory")
				  : figures_draw(figures, count, run, history, path, why);
	free(figures);
	return err;
}

/* The pictures of our own, which need no gnuplot: those of a report of this run alone. */
static int draw_own(const struct run *run, const char *path, struct why *why)
{
	char *words[] = {run->path};
	struct history history;
	struct document document;
	int err = history_init(&history, words, 1, (double)NAN, NULL, why);
	if (err != 0) {
		history_release(&history);
		return err;
	}
	struct report_context context = {&history, path, NULL, ""};
	document_init(&document);
	report_document(&document, &context);
	err = document.err != 0 ? document.err : make_folders(path);
	if (err == 0)
		err = document_write_pictures(&document, path);
	document_release(&document);
	history_release(&history);
	return err == 0 ? 0 : why_set(why, err, "cannot write to '%s': %s", path, strerror(-err));
}

int report_draw_run(const struct run *run, struct why *why)
{
	struct why own_why = {""};
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/plots", run->path);
	int own_err = draw_own(run, path, &own_why);
	int err = draw(run, NULL, path, why);
	if (err == 0 && own_err != 0)
		*why = own_why;
	return err != 0 ? err : own_err;
}

int report_draw_history(const struct history *history, const char *path, struct why *why)
{
	return draw(&history_last(history)->run, history, path, why);
}
