/* Are other processes running? */
#include "../check.h"

#define LOAD_MOST 0.5 /* per CPU; above this other processes disturb the timing */

static void look(const struct check_context *context, struct check *check)
{
	const json_t *loads = json_object_get(context->machine, "load_avg");
	double load = json_number_value(json_array_get(loads, 0));
	double cpus = json_number_value(json_object_get(context->machine, "cpus_online"));
	if (loads == NULL) {
		why_set(&check->found, 0, "unknown");
		return;
	}
	why_set(&check->found, 0, "%.2f in the last minute", load);
	if (load > LOAD_MOST * cpus)
		check_warn(check, "other processes are running: stop them, or wait until they end");
}

const struct doctor_check check_load = {.name = "load", .order = 800, .look = look};
