/* Inside a Slurm job: which CPUs and memory may it use here, and do others use the node? */
#include "../check.h"

#include <stdio.h>

static long long number_in(const json_t *group, const char *key)
{
	return json_integer_value(json_object_get(group, key));
}

static void look(const struct check_context *context, struct check *check)
{
	const char *job = check_text(context->job, "id");
	long long online = number_in(context->machine, "cpus_online");
	long long cpus = number_in(context->job, "cpus");
	long long memory_bytes = number_in(context->job, "memory_bytes");
	long long limit_bytes = number_in(context->machine, "memory_limit_bytes");
	char memory[48] = "all memory";

	if (!job) {
		why_set(&check->found, 0, "not in a job");
		return;
	}
	if (cpus == 0) {
		why_set(&check->found, 0, "job %.20s; SLURM_CPUS_ON_NODE is not set", job);
		check_warn(check, "its CPUs on this node are unknown: run it by sbatch or srun");
		return;
	}
	if (memory_bytes > 0)
		snprintf(memory, sizeof(memory), "%lld MiB", memory_bytes >> 20);
	why_set(&check->found, 0, "job %.20s may use %lld of %lld CPUs and %s", job, cpus, online,
		memory);
	if (number_in(context->machine, "cpus_usable") > cpus)
		check_warn(check, "nothing keeps the job to its CPUs, nor others off them: sbatch "
				  "--exclusive, or TaskPlugin=task/affinity in slurm.conf");
	else if (cpus < online)
		check_warn(check, "the node is shared, other jobs disturb the timing: sbatch "
				  "--exclusive");
	else if (memory_bytes > 0 && (limit_bytes == 0 || limit_bytes > memory_bytes) &&
		 memory_bytes < number_in(context->machine, "memory_available_bytes"))
		check_warn(check, "no cgroup limits the memory, so iowalk cannot see that limit: "
				  "sbatch --mem=0, or --build-memory");
}

const struct doctor_check check_slurm = {.name = "Slurm", .order = 750, .look = look};
