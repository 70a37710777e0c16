/* The report as a whole: see whole.h. */
#include "whole.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int order_sections(const void *a, const void *b)
{
	const struct report_section *x = *(const struct report_section *const *)a;
	const struct report_section *y = *(const struct report_section *const *)b;
	return (x->order > y->order) - (x->order < y->order);
}

static void put_figures(struct document *document, const struct report_section *section,
			const char *plots)
{
	char path[PATH_MAX];
	bool titled = section->heading == NULL;
	for (size_t i = 0; i < section->figures_count; i++) {
		const struct figure *figure = &section->figures[i];
		snprintf(path, sizeof path, "%s/%s.svg", plots, figure->name);
		if (access(path, R_OK) != 0)
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
		put_figures(document, sections[i], context->plots);
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

int report_draw_run(const struct run *run, struct why *why)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/plots", run->path);
	return draw(run, NULL, path, why);
}

int report_draw_history(const struct history *history, const char *path, struct why *why)
{
	return draw(&history_last(history)->run, history, path, why);
}
