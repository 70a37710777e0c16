/* The job of a scheduler, from its environment variables: see job.h. */
#include "job.h"

#include <stdlib.h>

static long long number_of(const char *name)
{
	const char *text = getenv(name);
	long long number = text ? strtoll(text, NULL, 10) : 0;

	return number > 0 ? number : 0;
}

json_t *job_probe(void)
{
	const char *id = getenv("SLURM_JOB_ID");
	const char *frequency = getenv("SLURM_CPU_FREQ_REQ");
	long long cpus = number_of("SLURM_CPUS_ON_NODE");
	long long memory_mib = number_of("SLURM_MEM_PER_NODE");

	if (!id || !*id)
		return NULL;
	if (memory_mib == 0)
		memory_mib = cpus * number_of("SLURM_MEM_PER_CPU");
	json_t *job = json_pack("{ss}", "scheduler", "slurm");
	json_object_set_new(job, "id", json_string(id));
	if (cpus > 0)
		json_object_set_new(job, "cpus", json_integer(cpus));
	if (memory_mib > 0)
		json_object_set_new(job, "memory_bytes", json_integer(memory_mib << 20));
	if (frequency && *frequency)
		json_object_set_new(job, "cpu_frequency", json_string(frequency));
	return job;
}
