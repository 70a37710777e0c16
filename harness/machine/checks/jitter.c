/* Is a busy process interrupted, and do it, its core and memory always have the same speed? */
#include "../check.h"
#include "../noise_probe.h"

#define PROBES_COUNT 5

static void look(const struct check_context *context, struct check *check)
{
	json_t *probes = json_array();

	(void)context;
	for (int i = 0; i < PROBES_COUNT; i++) {
		struct noise_probe probe;

		noise_probe(&probe);
		json_array_append_new(probes, noise_probe_json(&probe));
	}
	json_t *sum = noise_probes_sum(probes);
	double jitter = json_number_value(json_object_get(sum, "jitter_percent"));
	double slower = json_number_value(json_object_get(sum, "loop_slower_percent"));
	double core = json_number_value(json_object_get(sum, "core_slower_percent"));
	double memory = json_number_value(json_object_get(sum, "memory_slower_percent"));
	double gap_ns = json_number_value(json_object_get(sum, "gap_ns"));

	why_set(&check->found, 0,
		"a busy loop loses %.1f %% of its time, at most %.2f ms at once; its speed varies "
		"by %.1f %%, that of its core by %.1f %%, that of memory by %.1f %%",
		jitter, gap_ns / 1e6, slower, core, memory);
	if (jitter >= NOISE_JITTER_MOST_PERCENT)
		check_warn(check,
			   "something else runs on the processors: stop other processes; on a "
			   "virtual machine it may be its host");
	else if (slower >= NOISE_SLOWER_MOST_PERCENT)
		check_warn(check,
			   "the frequency changes: iowalk doctor --fix; on a virtual machine "
			   "it may be its host");
	else if (core >= NOISE_CORE_MOST_PERCENT)
		check_warn(check, "another thread shares the core: iowalk doctor --fix; on a "
				  "virtual machine it may belong to another one");
	else if (memory >= NOISE_MEMORY_MOST_PERCENT)
		check_warn(
			check,
			"others use the caches and the memory that this machine shares: stop other "
			"processes; on a virtual machine it may be its host");
	json_decref(sum);
	json_decref(probes);
}

const struct doctor_check check_jitter = {.name = "jitter", .order = 850, .look = look};
