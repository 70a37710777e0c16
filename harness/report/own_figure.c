/* Figures of our own: see own_figure.h. */
#include "own_figure.h"

#include <stdlib.h>

#include "../plot/chart.h"

/* The caller frees it. NULL if there is nothing to draw. */
static char *draw(const struct own_figure *figure, double width)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out == NULL ? -1 : figure->draw(out, width, figure->context);

	if (out != NULL)
		fclose(out);
	if (err == 0)
		return text;
	free(text);
	return NULL;
}

bool report_own_figure(struct document *document, const struct own_figure *figure)
{
	char *wide = draw(figure, CHART_WIDE), *narrow = draw(figure, CHART_NARROW);
	bool is_drawn = wide != NULL;

	if (is_drawn && figure->heading != NULL)
		document_heading(document, 2, "%s", figure->heading);
	if (is_drawn)
		document_svg(document, figure->name, figure->alt, figure->caption, wide);
	if (is_drawn && narrow != NULL)
		document_svg_narrow(document, narrow);
	free(wide);
	free(narrow);
	return is_drawn;
}
