/* Running code in a child: see contained.h. */
#include "contained.h"

#include "clock.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct answer {
	int err;
	struct why why;
};

static void child_main(int (*work)(void *context, struct why *why), void *context, int fd)
{
	struct rlimit no_core = {0, 0};
	struct answer answer = {0};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* so that what it starts can be killed with it */
	setrlimit(RLIMIT_CORE, &no_core);
	signals_restore();
	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	answer.err = work(context, &answer.why);
	/* Less than PIPE_BUF: whole or not at all. */
	_exit(write(fd, &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
}

/* Waits for the answer. False if there is none; *late: because of the time. */
static bool receive(int fd, double timeout_s, struct answer *answer, bool *late)
{
	double until_s = clock_now_s() + timeout_s;
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	for (;;) {
		double left_s = until_s - clock_now_s();

		*late = left_s <= 0;
		if (*late || signals_caught())
			return false;
		if (poll(&wait, 1, left_s < .2 ? (int)(left_s * 1e3) + 1 : 200) > 0)
			return read(fd, answer, sizeof(*answer)) == sizeof(*answer);
	}
}

int contained_run(int (*work)(void *context, struct why *why), void *context, double timeout_s,
		  struct why *why)
{
	struct answer answer = {0};
	int fds[2], status = 0;
	bool late;

	if (pipe2(fds, O_CLOEXEC))
		return why_set(why, -errno, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		child_main(work, context, fds[1]);
	int err = pid < 0 ? -errno : 0;
	close(fds[1]);
	bool answered = !err && receive(fds[0], timeout_s, &answer, &late);
	close(fds[0]);
	if (err)
		return why_set(why, err, "fork: %s", strerror(-err));
	if (answered || late || signals_caught()) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (answered)
		return answer.err ? why_set(why, answer.err, "%s", answer.why.text) : 0;
	if (signals_caught())
		return why_set(why, -EINTR, "interrupted");
	if (late)
		return why_set(why, -ECHILD, "did not return within %g s", timeout_s);
	if (WIFSIGNALED(status))
		return why_set(why, -ECHILD, "crashed: %s", strsignal(WTERMSIG(status)));
	return why_set(why, -ECHILD, "ended the process (exit status %d)", WEXITSTATUS(status));
}
