/* Running code in a child: see contained.h. */
#include "contained.h"

#include "watched_child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct answer {
	int err;
	struct why why;
};

struct containing {
	int (*work)(void *context, struct why *why);
	void *context;
	struct answer answer;
};

static void contain(void *context)
{
	struct containing *containing = context;
	struct rlimit no_core = {0, 0};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	setrlimit(RLIMIT_CORE, &no_core);
	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	containing->answer.err = containing->work(containing->context, &containing->answer.why);
}

int contained_run(int (*work)(void *context, struct why *why), void *context, double timeout_s,
		  struct why *why)
{
	struct containing containing = {.work = work, .context = context};
	struct watched_work watched = {.work = contain,
				       .context = &containing,
				       .result = &containing.answer,
				       .result_bytes = sizeof(containing.answer),
				       .patience_s = timeout_s};
	const struct answer *answer = &containing.answer;
	int status, err = watched_child_run(&watched, &status);

	if (!err)
		return answer->err ? why_set(why, answer->err, "%s", answer->why.text) : 0;
	if (err == -EINTR)
		return why_set(why, err, "interrupted");
	if (err == -ETIMEDOUT)
		return why_set(why, -ECHILD, "did not return within %g s", timeout_s);
	if (err != -EIO)
		return why_set(why, err, "fork: %s", strerror(-err));
	if (WIFSIGNALED(status))
		return why_set(why, -ECHILD, "crashed: %s", strsignal(WTERMSIG(status)));
	return why_set(why, -ECHILD, "ended the process (exit status %d)", WEXITSTATUS(status));
}
