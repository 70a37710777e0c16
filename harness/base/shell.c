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

/* In the new process: what a program inherits of signals is as if a shell had started it. */
static void exec_program(char *const *argv, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it was killed before */
		_exit(126);
	signals_restore();
	/* which main() ignores */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Waits for the program and passes signals on to it, if that is wanted: a terminal sends them to both, kill(1)
 * does not. *status is as a shell gives it. */
static int wait_program(pid_t pid, bool pass_signals, int *status, struct why *why)
{
	int found;

	while (waitpid(pid, &found, 0) < 0) {
		if (errno != EINTR)
			return why_set(why, -errno, "waitpid: %s", strerror(errno));
		if (pass_signals && signals_caught()) {
			kill(pid, signals_caught());
			pass_signals = false;
		}
	}
	*status = WIFEXITED(found) ? WEXITSTATUS(found) : 128 + WTERMSIG(found);
	return 0;
}

int program_run(char *const *argv, int *status, struct why *why)
{
	pid_t parent = getpid();

	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return why_set(why, -errno, "fork: %s", strerror(errno));
	if (pid == 0)
		exec_program(argv, parent);
	return wait_program(pid, true, status, why);
}

/* The first line of what comes out of the pipe. All of it is read, so that the program does not wait for a
 * reader. */
static void read_line(int fd, char *line, size_t size)
{
	bool is_first = true;
	size_t len = 0;
	ssize_t got;
	char byte;

	while ((got = read(fd, &byte, 1)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		is_first = is_first && byte != '\n';
		if (is_first && len + 1 < size)
			line[len++] = byte;
	}
	line[len] = '\0';
}

int program_read(char *const *argv, bool quiet, char *line, size_t size, int *status,
		 struct why *why)
{
	pid_t parent = getpid();
	int fds[2];

	*line = '\0';
	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		return why_set(why, -errno, "pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		if (quiet)
			dup2(null, STDERR_FILENO);
		exec_program(argv, parent);
	}
	int err = pid < 0 ? why_set(why, -errno, "fork: %s", strerror(errno)) : 0;
	close(fds[1]);
	if (!err)
		read_line(fds[0], line, size);
	close(fds[0]);
	return err ? err : wait_program(pid, false, status, why);
}
