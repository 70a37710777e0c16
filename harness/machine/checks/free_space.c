/* Is there enough space for graph files? */
#include "../check.h"

#define FREE_LEAST_GIB 2.0 /* typical size of the cache folder */

static void look(const struct check_context *context, struct check *check)
{
	const json_t *value = json_object_get(context->storage, "free_bytes");
	double free_gib = json_number_value(value) / GIB;
	if (value == NULL)
		why_set(&check->found, 0, "unknown");
	else
		why_set(&check->found, 0, "%.1f GiB free", free_gib);
	if (value == NULL || free_gib < FREE_LEAST_GIB)
		check_warn(check, "free some space, or choose another folder, for large graphs");
}

const struct doctor_check check_free_space = {.name = "free space", .order = 400, .look = look};
