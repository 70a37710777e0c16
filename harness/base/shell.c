/* Commands of the user: see shell.h. */
#include "shell.h"

#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int shell_run(const char *command, const char *name, const char *value, struct why *why)
{
	int status;

	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return why_set(why, -errno, "fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signals_restore();
		if (name)
			setenv(name, value, 1);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return why_set(why, -errno, "waitpid: %s", strerror(errno));
		if (signals_caught()) /* which the command need not have received */
			kill(pid, SIGTERM);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (signals_caught())
		return -EINTR;
	if (WIFSIGNALED(status))
		return why_set(why, -EIO, "'%.120s' was killed by signal %d", command,
			       WTERMSIG(status));
	return why_set(why, -EIO, "'%.120s' ended with exit status %d", command,
		       WEXITSTATUS(status));
}
