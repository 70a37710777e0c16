/* What a hypervisor takes from tests that time processors. */
#ifndef IOWALK_TESTS_HYPERVISOR_H
#define IOWALK_TESTS_HYPERVISOR_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Seconds that the hypervisor has taken from all processors: no timer fires in them, so they have no samples. */
static inline double stolen_s(void)
{
	unsigned long long ticks[8] = {0};
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return 0;
	if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &ticks[0], &ticks[1],
		   &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]) != 8)
		ticks[7] = 0;
	fclose(file);
	return (double)ticks[7] / (double)sysconf(_SC_CLK_TCK);
}

/*
 * A kernel that runs under its hypervisor without the processor's help (its symbols begin with pvm_) asks it for each
 * change of a page table. Samples wait until it is back, so that a storm of page faults is partly nobody's time (2 to
 * 5 %), and partly that of the code around it.
 */
static inline bool faults_leave_the_kernel(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, " pvm_irq_enable") != NULL;
	if (file)
		fclose(file);
	return found;
}

#endif
