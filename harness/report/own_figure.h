/* A figure of our own in a document: drawn twice, for screens and for phones. */
#ifndef IOWALK_REPORT_OWN_FIGURE_H
#define IOWALK_REPORT_OWN_FIGURE_H

#include <stdbool.h>
#include <stdio.h>

#include "../base/document.h"

struct own_figure {
	const char *name, *alt, *caption; /* as in document_svg() */
	const char *heading;              /* before it, if it is drawn; or NULL */
	/* Writes the SVG, `width` units wide. Not 0: there is nothing to draw. */
	int (*draw)(FILE *out, double width, const void *context);
	const void *context;
};

/* Adds the figure; false if there is nothing to draw. */
bool report_own_figure(struct document *document, const struct own_figure *figure);

#endif
