/*
 * The medians that services for watching benchmarks over time get: those of the cells that were measured.
 * Cells that failed or were skipped are left out, because these services know no absent value.
 */
#ifndef IOWALK_EXPORT_SUPPORT_MEDIANS_H
#define IOWALK_EXPORT_SUPPORT_MEDIANS_H

#include "../../record/run.h"

/* The metrics that are exported beside a cell's time. */
#define EXPORTED_COUNT 4
struct exported_metric {
	const char *metric, *unit;
};
extern const struct exported_metric exported_metrics[EXPORTED_COUNT];

/* Has the cell a time, and no error? */
bool export_is_measured(const struct cell_summary *summary);

#endif
