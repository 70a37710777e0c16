/*
 * Inside a Slurm job: which CPUs and memory may it use here, and do others use the node?
 *
 * Source: sbatch(1), OUTPUT ENVIRONMENT VARIABLES: SLURM_JOB_ID, SLURM_CPUS_ON_NODE,
 * SLURM_MEM_PER_NODE and SLURM_MEM_PER_CPU (MiB; 0 and unset: all memory)
 */
#include "../check.h"

#include <stdio.h>
#include <stdlib.h>

static long long number_of(const char *name)
{
	const char *text = getenv(name);
	return text ? strtoll(text, NULL, 10) : 0;
}

static long long machine_number(const struct check_context *context, const char *key)
{
	return json_integer_value(json_object_get(context->machine, key));
}

static void look(const struct check_context *context, struct check *check)
{
	const char *job = getenv("SLURM_JOB_ID");
	long long online = machine_number(context, "cpus_online");
	long long cpus = number_of("SLURM_CPUS_ON_NODE");
	long long memory_mib = number_of("SLURM_MEM_PER_NODE");
	double limit_mib = (double)machine_number(context, "memory_limit_bytes") / MIB;
	char memory[48] = "all memory";

	if (!job || !*job) {
		why_set(&check->found, 0, "not in a job");
		return;
	}
	if (cpus <= 0) {
		why_set(&check->found, 0, "job %.20s; SLURM_CPUS_ON_NODE is not set", job);
		check_warn(check, "its CPUs on this node are unknown: run it by sbatch or srun");
		return;
	}
	if (memory_mib <= 0)
		memory_mib = cpus * number_of("SLURM_MEM_PER_CPU");
	if (memory_mib > 0)
		snprintf(memory, sizeof(memory), "%lld MiB", memory_mib);
	why_set(&check->found, 0, "job %.20s may use %lld of %lld CPUs and %s", job, cpus, online,
		memory);
	if (machine_number(context, "cpus_usable") > cpus)
		check_warn(check, "nothing keeps the job to its CPUs, nor others off them: sbatch "
				  "--exclusive, or TaskPlugin=task/affinity in slurm.conf");
	else if (cpus < online)
		check_warn(check, "the node is shared, other jobs disturb the timing: sbatch "
				  "--exclusive");
	else if (memory_mib > 0 && (limit_mib <= 0 || limit_mib > (double)memory_mib) &&
		 (double)memory_mib * MIB <
			 (double)machine_number(context, "memory_available_bytes"))
		check_warn(check, "no cgroup limits the memory, so iowalk cannot see that limit: "
				  "sbatch --mem=0, or --build-memory");
}

const struct doctor_check check_slurm = {.name = "Slurm", .order = 750, .look = look};
