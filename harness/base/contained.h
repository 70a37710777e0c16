/* Running code that may crash, hang or end the process: in a child, so that this is an error and no more. */
#ifndef IOWALK_BASE_CONTAINED_H
#define IOWALK_BASE_CONTAINED_H

#include "../../engines/why.h"

/*
 * Calls work() in a child process, which has no standard output, and returns what it returned, with its reason.
 * What it changes in memory is lost. Else -ECHILD with the reason in `why`: "crashed: Segmentation fault", "ended
 * the process (exit status 0)", "did not return within 10 s".
 */
int contained_run(int (*work)(void *context, struct why *why), void *context, double timeout_s,
		  struct why *why);

#endif
