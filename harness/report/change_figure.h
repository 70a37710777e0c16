/* The figures of changes between phases: a forest of the rows in which something was found, with the control last; the undecided
 * ones in a fold, with what they could have shown. */
#ifndef IOWALK_REPORT_CHANGE_FIGURE_H
#define IOWALK_REPORT_CHANGE_FIGURE_H

#include "../base/document.h"
#include "../judge/history.h"
#include "../plot/forest.h"

void report_change_figures(struct document *document, const struct history *history);

#endif
