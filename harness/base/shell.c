/* Commands of the user: see shell.h. */
#include "shell.h"

#include "signals.h"

#include <errno.h>
#include <fcntl.h>
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

int program_run(char *const *argv, int *status, struct why *why)
{
	int found, passed = 0;
	pid_t parent = getpid();

	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return why_set(why, -errno, "fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent) /* it was killed before */
			_exit(126);
		signals_restore();
		/* which main() ignores, and a program inherits */
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		execvp(argv[0], argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	while (waitpid(pid, &found, 0) < 0) {
		if (errno != EINTR)
			return why_set(why, -errno, "waitpid: %s", strerror(errno));
		if (signals_caught() &&
		    !passed) { /* a terminal sends it to both, kill(1) does not */
			passed = signals_caught();
			kill(pid, passed);
		}
	}
	*status = WIFEXITED(found) ? WEXITSTATUS(found) : 128 + WTERMSIG(found);
	return 0;
}

int program_read(char *const *argv, bool quiet, char *line, size_t size, int *status,
		 struct why *why)
{
	int fds[2], found;
	size_t len = 0;
	ssize_t got;
	char byte;

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		return why_set(why, -errno, "pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGTERM);
		signals_restore();
		dup2(null, STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		if (quiet)
			dup2(null, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	int err = pid < 0 ? why_set(why, -errno, "fork: %s", strerror(errno)) : 0;
	close(fds[1]);
	/* All of it is read, so that the program does not wait for a reader. */
	for (bool first = true; !err; first = first && byte != '\n') {
		got = read(fds[0], &byte, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		if (first && byte != '\n' && len + 1 < size)
			line[len++] = byte;
	}
	line[len] = '\0';
	close(fds[0]);
	while (!err && waitpid(pid, &found, 0) < 0) {
		if (errno != EINTR)
			err = why_set(why, -errno, "waitpid: %s", strerror(errno));
	}
	if (!err)
		*status = WIFEXITED(found) ? WEXITSTATUS(found) : 128 + WTERMSIG(found);
	return err;
}
