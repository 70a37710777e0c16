/* What the device saw of each profiled cold cell, beside what it can do. */
#ifndef IOWALK_REPORT_DEVICE_TABLE_H
#define IOWALK_REPORT_DEVICE_TABLE_H

#include "../base/text.h"
#include "../record/cell_profile.h"

/*
 * A row for each of profiles[count] whose requests to the device were recorded: reads of a walk and their mean size,
 * how many were in flight while any was, their latency, and the rate beside that of the run's roofline at that
 * depth. Nothing if there are none.
 */
void device_table_print(FILE *out, const struct run *run, const struct cell_profile *profiles,
			size_t count, const struct style *style);

#endif
