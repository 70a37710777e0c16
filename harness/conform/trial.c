/* A process for each history: see trial.h. Its result is in memory shared with this one. */
#include "trial.h"

#include "../base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of LeakSanitizer, where the program is built with it: 1 if memory was lost. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

struct shared {
	char error[PLAYER_ERROR_BYTES];
	volatile size_t at;
	volatile bool failed;
};

static void play(struct player *player, const struct history_operation *operations, size_t count,
		 struct shared *shared)
{
	shared->failed = !player_play(player, operations, count);
	if (!shared->failed && __lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check()) {
		snprintf(shared->error, sizeof(shared->error), "memory is lost");
		shared->failed = true;
	}
}

int trial_run(const struct conform_subject *subject, const char *path,
	      const struct history_operation *operations, size_t count, unsigned limit_s,
	      struct trial *trial)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct player player;
	int status = 0;

	if (shared == MAP_FAILED)
		return -errno;
	int err = player_init(&player, subject, path);
	if (err) {
		munmap(shared, sizeof(*shared));
		return err;
	}
	player.error = shared->error;
	player.at = &shared->at;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		signals_restore();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(limit_s);
		play(&player, operations, count, shared);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		err = -errno;
	*trial = (struct trial){.failed = shared->failed, .at = shared->at};
	memcpy(trial->error, shared->error, sizeof(trial->error));
	if (!err && WIFSIGNALED(status)) {
		trial->failed = true;
		snprintf(trial->error, sizeof(trial->error),
			 WTERMSIG(status) == SIGALRM ? "not done after %d s"
						     : "killed by signal %d",
			 WTERMSIG(status) == SIGALRM ? (int)limit_s : WTERMSIG(status));
	} else if (!err && WEXITSTATUS(status)) { /* of a sanitizer, or exit() by the engine */
		trial->failed = true;
		snprintf(trial->error, sizeof(trial->error), "the process exits with status %d",
			 WEXITSTATUS(status));
	}
	unlink(path);
	player_release(&player);
	munmap(shared, sizeof(*shared));
	return err;
}
