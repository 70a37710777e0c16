/* May this user open perf events? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const json_t *value = json_object_get(context->kernel, "perf_event_paranoid");
	json_int_t level = json_integer_value(value);
	if (value == NULL) {
		why_set(&check->found, 0, "no perf events in this kernel");
		return;
	}
	const struct counter_info *syscalls = check_counter(context, "syscalls");
	bool privileged = syscalls != NULL && syscalls->available;
	why_set(&check->found, 0, "%lld%s", (long long)level,
		level > 1 && privileged ? ", which does not apply to this user" : "");
	if (level > 1 && !privileged)
		check_warn(check, "sysctl kernel.perf_event_paranoid=1, or run as root");
}

const struct doctor_check check_paranoid = {
	.name = "perf_event_paranoid", .order = 1900, .look = look};
