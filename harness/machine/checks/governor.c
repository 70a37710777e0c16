/* Does the frequency governor change the frequency of the CPU? A job may ask the scheduler for a fixed one. */
#include <string.h>

#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	const char *governor = check_text(context->machine, "governor");
	const char *asked = check_text(context->job, "cpu_frequency");
	if (governor == NULL && asked != NULL) {
		why_set(&check->found, 0, "none, so --cpu-freq=%.40s of the job does nothing",
			asked);
		check_warn(check, "the host or the firmware sets the frequency: fix it there");
		return;
	}
	if (governor == NULL) {
		why_set(&check->found, 0, "none: the host or the firmware sets the frequency");
		return;
	}
	if (asked != NULL)
		why_set(&check->found, 0, "%s; the job asks for --cpu-freq=%.40s", governor, asked);
	else
		why_set(&check->found, 0, "%s", governor);
	/* Slurm sets userspace for a frequency in kHz, as of srun(1), --cpu-freq. */
	if (strcmp(governor, "performance") == 0 ||
	    (asked != NULL && strcmp(governor, "userspace") == 0))
		return;
	if (asked != NULL)
		check_warn(check, "--cpu-freq has no effect here: it is that of steps, which srun "
				  "starts, and needs CpuFreqGovernors in slurm.conf");
	else if (context->job != NULL)
		check_warn(check, "srun --cpu-freq=performance, as scripts/slurm do it if sbatch "
				  "was given --cpu-freq");
	else
		check_warn(check, "iowalk doctor --fix, or cpupower frequency-set -g performance");
}

const struct doctor_check check_governor = {.name = "governor", .order = 1000, .look = look};
