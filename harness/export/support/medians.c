/* The medians that are exported: see medians.h. */
#include "medians.h"

#include <math.h>

const struct exported_metric exported_metrics[EXPORTED_COUNT] = {
	{"syscalls", "calls", false},
	{"faults_minor", "faults", false},
	{"device_read_bytes", "bytes", false},
	{"lat_ns_p99", "ns", true}};

const char *export_what(const struct cell_summary *summary)
{
	return summary_is_command(summary) ? "run" : "walk";
}

bool export_is_measured(const struct cell_summary *summary)
{
	return summary->error == NULL && summary->skipped == NULL &&
	       summary->real_time_ns.count > 0 && isfinite(summary->real_time_ns.median);
}
