/*
 * The settings of the machine that `iowalk doctor --fix` changes, because doctor warns of them and
 * the kernel lets them be changed and restored while it runs:
 *   governor  of each cpufreq policy: performance, if it is available
 *   turbo     intel_pstate/no_turbo, else cpufreq/boost: off
 *   reclaim   damon_reclaim, and threads of DAMON that evict pages: off
 *   SMT       smt/control: off, only if asked for, because a cpuset of cgroup v1 does not get back
 *             the processors that it lost, and because their numbers are those that commands name
 * Sources: the kernel's admin-guide/pm/cpufreq, pm/intel_pstate, mm/damon and ABI/testing/sysfs-devices-system-cpu
 */
#ifndef IOWALK_MACHINE_SETTINGS_H
#define IOWALK_MACHINE_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>

/*
 * What is to be changed here: an array of {"name":"governor", "path":"/sys/…", "old":"powersave",
 * "new":"performance"}, in the order in which it is to be done. `left` gets an array of
 * {"name", "text"}: settings that are not changed, and why. Both are new references; NULL if out of
 * memory.
 */
json_t *settings_to_change(bool smt_off, json_t **left);

/* Has this thread of DAMON (kdamonds/N) a scheme that evicts pages? */
bool settings_damon_evicts(int thread);

#endif
