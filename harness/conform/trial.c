/* A process for each history: see trial.h. Its result is in memory shared with this one. */
#include "trial.h"

#include "../base/signals.h"
#include "neighbor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_CANNOT 77 /* of the child: it cannot have its calls intercepted */

/* Of LeakSanitizer, where the program is built with it: 1 if memory was lost. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

struct shared {
	char error[PLAYER_ERROR_BYTES];
	volatile size_t at;
	volatile bool failed, done;
	struct intercept intercept;
};

/* Of a process that has gone wrong: a handler of the caller, such as that of a test, must not go on in the child. */
static const int deadly[] = {SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};

static void play(struct player *player, const struct history_operation *operations, size_t count,
		 struct shared *shared)
{
	shared->failed = !player_play(player, operations, count);
	if (!shared->failed && __lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check()) {
		snprintf(shared->error, sizeof(shared->error), "memory is lost");
		shared->failed = true;
	}
	shared->done = true;
}

/* Forks, plays in the child and waits. `link`: NULL without faults. Returns 0 with the wait status. */
static int play_in_child(struct player *player, const struct history_operation *operations,
			 size_t count, unsigned limit_s, struct shared *shared,
			 struct intercept_link *link, int *status)
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
		play(player, operations, count, shared);
		_exit(0);
	}
	if (child < 0)
		return -errno;
	if (link)
		return intercept_serve(link, &shared->intercept, child, status);
	return waitpid(child, status, 0) == child ? 0 : -errno;
}

/* What the end of the process says. */
static void read_status(int status, bool done, unsigned limit_s, struct trial *trial)
{
	size_t size = sizeof(trial->error);

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(trial->error, size, "not done after %u s", limit_s);
	else if (WIFSIGNALED(status))
		snprintf(trial->error, size, "killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) || !done) /* of a sanitizer, or exit() by the engine */
		snprintf(trial->error, size, "the process exits with status %d",
			 WEXITSTATUS(status));
	else
		return;
	trial->failed = true;
}

int trial_run(const struct conform_subject *subject, const char *path,
	      const struct history_operation *operations, size_t count, const struct fault *fault,
	      unsigned limit_s, struct trial *trial)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct intercept_link link;
	struct player player;
	int status = 0;

	if (shared == MAP_FAILED)
		return -errno;
	int err = player_init(&player, subject, path);
	if (!err && fault)
		err = intercept_open(&link);
	if (!err) {
		player.error = shared->error;
		player.at = &shared->at;
		if (fault) {
			player.intercept = &shared->intercept;
			shared->intercept.fault = *fault;
		}
		err = play_in_child(&player, operations, count, limit_s, shared,
				    fault ? &link : NULL, &status);
		*trial = (struct trial){.failed = shared->failed, .at = shared->at};
		memcpy(trial->error, shared->error, sizeof(trial->error));
		memcpy(trial->counts, shared->intercept.counts, sizeof(trial->counts));
		trial->injected_count = atomic_load(&shared->intercept.injected);
		if (!err)
			read_status(status, shared->done, limit_s, trial);
		unlink(path);
		neighbor_remove(path);
	}
	player_release(&player);
	munmap(shared, sizeof(*shared));
	return err;
}
