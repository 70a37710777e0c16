/* Commands that the user gives, run by the shell. */
#ifndef IOWALK_BASE_SHELL_H
#define IOWALK_BASE_SHELL_H

#include <stdbool.h>
#include <stddef.h>

#include "../../engines/why.h"

/*
 * Runs `sh -c COMMAND` with the variable `name` set to `value` (NULL: none) and waits for it. Its
 * output goes to stderr, because stdout is the table's. -EINTR if SIGINT or SIGTERM ended it; -EIO
 * with its exit status or signal in `why` if it fails; errors of fork(2).
 */
int shell_run(const char *command, const char *name, const char *value, struct why *why);

/*
 * Runs argv[0] with its arguments (NULL ends them), found in $PATH, with the standard streams of
 * this process, and waits for it. SIGINT and SIGTERM that this process catches (signals.h) are
 * passed on. *status is its exit status as a shell gives it: 127 not found, 126 cannot be executed,
 * 128 + N killed by signal N. If this process is killed, the program gets SIGTERM. 0, or errors of
 * fork(2) and waitpid(2).
 */
int program_run(char *const *argv, int *status, struct why *why);

/*
 * Runs a program in the same way, without input, and keeps the first line of what it prints, cut off
 * at `size` - 1 bytes, without its newline. `quiet`: what it writes to stderr is lost.
 */
int program_read(char *const *argv, bool quiet, char *line, size_t size, int *status,
		 struct why *why);

#endif
