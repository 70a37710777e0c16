/* Commands that the user gives, run by the shell. */
#ifndef IOWALK_BASE_SHELL_H
#define IOWALK_BASE_SHELL_H

#include "../../engines/why.h"

/*
 * Runs `sh -c COMMAND` with the variable `name` set to `value` (NULL: none) and waits for it. Its
 * output goes to stderr, because stdout is the table's. -EINTR if SIGINT or SIGTERM ended it; -EIO
 * with its exit status or signal in `why` if it fails; errors of fork(2).
 */
int shell_run(const char *command, const char *name, const char *value, struct why *why);

#endif
