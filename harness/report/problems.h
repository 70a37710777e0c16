/* The cells of a run that failed or were skipped, on a terminal. */
#ifndef IOWALK_REPORT_PROBLEMS_H
#define IOWALK_REPORT_PROBLEMS_H

#include "../base/text.h"
#include "../judge/rows.h"

/* Each reason once, with the cells that have it; then damaged lines of the record. Nothing if there are
 * none. */
void problems_print(FILE *out, const struct report *report, const struct style *style);

#endif
