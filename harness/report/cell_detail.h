/* What is known of each cell of the last phase, a fold for each (document_fold_about()). Flame graphs are drawn into the folder
 * `plots`. */
#ifndef IOWALK_REPORT_CELL_DETAIL_H
#define IOWALK_REPORT_CELL_DETAIL_H

#include "../base/document.h"
#include "../judge/history.h"

void report_cell_details(struct document *document, const struct history *history,
			 const char *plots);

#endif
