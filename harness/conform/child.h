/* A process of its own for what may crash or hang. */
#ifndef IOWALK_CONFORM_CHILD_H
#define IOWALK_CONFORM_CHILD_H

#include "../base/watched_child.h"
#include "intercept.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Forks, calls work(context) in the child, which is ended after `limit_s` seconds, and waits. `link`: of intercept_open(),
 * by which the child's calls go through this process, counted in `intercept`; NULL: they do not. Returns 0 with the wait
 * status, or negative errno; -EOPNOTSUPP: its calls cannot be intercepted here.
 */
int child_run(void (*work)(void *context), void *context, unsigned limit_s,
	      struct intercept_link *link, struct intercept *intercept, int *status);

/* Writes how the child has ended, and returns true, unless it ended as it should: `done` is what work() has noted last. */
bool child_has_failed(int status, bool done, unsigned limit_s, char *text, size_t size);

#endif
