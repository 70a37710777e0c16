/* How long does it take to read the clock? */
#include "../../base/clock.h"
#include "../check.h"

#define CLOCK_READINGS_COUNT 20000 /* about a millisecond */
#define CLOCK_SLOW_NS        100.0 /* a vDSO clock takes 20 to 50 ns, one that needs a system call more */

static void look(const struct check_context *context, struct check *check)
{
	const char *source = check_text(context->kernel, "clock_source");
	uint64_t from_ns = clock_now_ns(), to_ns = from_ns;
	for (int i = 0; i < CLOCK_READINGS_COUNT; i++)
		to_ns = clock_now_ns();
	double cost_ns = (double)(to_ns - from_ns) / CLOCK_READINGS_COUNT;
	why_set(&check->found, 0, "%s, %.0f ns per reading", source == NULL ? "unknown" : source,
		cost_ns);
	if (cost_ns > CLOCK_SLOW_NS)
		check_warn(check, "reading the clock is a system call, which adds to latencies: "
				  "boot with clocksource=tsc, or kvm-clock in a guest");
}

const struct doctor_check check_clock = {.name = "clock", .order = 1200, .look = look};
