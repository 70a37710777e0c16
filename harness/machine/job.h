/* What a scheduler gave the job in which this process runs. */
#ifndef IOWALK_MACHINE_JOB_H
#define IOWALK_MACHINE_JOB_H

#include <jansson.h>

/*
 * A new JSON object, or NULL outside a job: scheduler ("slurm"), id, and of this node cpus, memory_bytes (absent: all
 * memory) and cpu_frequency (as the job asked for it by --cpu-freq). What the scheduler does not say is absent.
 *
 * Source: sbatch(1) and srun(1), environment variables: SLURM_JOB_ID, SLURM_CPUS_ON_NODE, SLURM_MEM_PER_NODE and
 * SLURM_MEM_PER_CPU (MiB; 0 and unset: all memory), SLURM_CPU_FREQ_REQ
 */
json_t *job_probe(void);

#endif
