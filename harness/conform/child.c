/* See child.h. */
#include "child.h"

#include "../base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_CANNOT                                                                              \
	77 /* it cannot have its calls intercepted: intercept_serve() has found out by then */

/* Of a process that has gone wrong: a handler of the caller, such as that of a test, must not go on in the child. */
static const int deadly[] = {SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};

int child_run(void (*work)(void *context), void *context, unsigned limit_s,
	      struct intercept_link *link, struct intercept *intercept, int *status)
{
	fflush(NULL);
	pid_t child = fork();

	if (child == 0) {
		signals_restore();
		for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
			signal(deadly[i], SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(limit_s);
		if (link && intercept_child(link))
			_exit(STATUS_CANNOT);
		work(context);
		child_exit(0);
	}
	if (child < 0)
		return -errno;
	if (link)
		return intercept_serve(link, intercept, child, status);
	int err = 0;
	while (waitpid(child, status, 0) != child) {
		err = -errno;
		if (err != -EINTR)
			break;
		kill(child,
		     SIGKILL); /* the user interrupts: nothing goes on, nothing is made any more */
	}
	return err;
}

bool child_has_failed(int status, bool done, unsigned limit_s, char *text, size_t size)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(text, size, "not done after %u s", limit_s);
	else if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) || !done) /* of a sanitizer, or exit() by the engine */
		snprintf(text, size, "the process exits with status %d", WEXITSTATUS(status));
	else
		return false;
	return true;
}
