/* The report as a whole: all sections, and all figures. */
#ifndef IOWALK_REPORT_WHOLE_H
#define IOWALK_REPORT_WHOLE_H

#include "section.h"

/* Writes all sections in their order. */
void report_document(struct document *document, const struct report_context *context);

/* Draws the figures of all sections for one run into RUN/plots/, or for phases into the folder PATH.
 * Errors as figures_draw(). */
int report_draw_run(const struct run *run, struct why *why);
int report_draw_history(const struct history *history, const char *path, struct why *why);

#endif
