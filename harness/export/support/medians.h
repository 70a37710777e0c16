/* The medians that are exported to services that watch benchmarks over time. Cells that failed or
 * were skipped are left out, because these services have no missing values. */
#ifndef IOWALK_EXPORT_SUPPORT_MEDIANS_H
#define IOWALK_EXPORT_SUPPORT_MEDIANS_H

#include "../../record/run.h"

/* The metrics that are exported in addition to the time of a cell. */
#define EXPORTED_COUNT 4
struct exported_metric {
	const char *metric, *unit; /* of a walk, or of a run of a command */
	bool is_of_operations;     /* which a command does not have */
};
extern const struct exported_metric exported_metrics[EXPORTED_COUNT];

/* "walk", or "run" of a command. */
const char *export_what(const struct cell_summary *summary);

/* Has the cell a time, and no error? */
bool export_is_measured(const struct cell_summary *summary);

#endif
