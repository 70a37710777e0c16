/* Do the graph files fit into memory? */
#include "../check.h"

#define MEMORY_LEAST_GIB 1.0 /* twice the largest graph of the suite quick */

static void look(const struct check_context *context, struct check *check)
{
	const json_t *value = json_object_get(context->machine, "memory_available_bytes");
	double available_gib = json_number_value(value) / GIB;
	if (value == NULL) {
		why_set(&check->found, 0, "unknown");
		return;
	}
	const json_t *limit = json_object_get(context->machine, "memory_limit_bytes");
	if (limit != NULL)
		why_set(&check->found, 0, "%.0f MiB available; the limit of the cgroup is %.0f MiB",
			available_gib * GIB / MIB, json_number_value(limit) / MIB);
	else
		why_set(&check->found, 0, "%.1f GiB available", available_gib);
	if (available_gib < MEMORY_LEAST_GIB)
		check_warn(check, "files may be evicted from the page cache: free memory, or use "
				  "smaller graphs");
}

const struct doctor_check check_memory = {.name = "memory", .order = 1300, .look = look};
