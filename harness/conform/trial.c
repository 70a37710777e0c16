/* A process for each history: see trial.h. Its result is in memory shared with this one. */
#include "trial.h"

#include "child.h"
#include "neighbor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of LeakSanitizer, where the program is built with it: 1 if memory was lost. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

struct shared {
	char error[PLAYER_ERROR_BYTES];
	volatile size_t at;
	volatile bool failed, done;
	struct intercept intercept;
};

/* What the process does. */
struct playing {
	struct player *player;
	const struct history_operation *operations; /* [count] */
	size_t count;
	struct shared *shared;
};

static void play(void *context)
{
	struct playing *playing = context;
	struct shared *shared = playing->shared;

	shared->failed = !player_play(playing->player, playing->operations, playing->count);
	if (!shared->failed && __lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check()) {
		snprintf(shared->error, sizeof(shared->error), "memory is lost");
		shared->failed = true;
	}
	shared->done = true;
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
		err = child_run(play, &(struct playing){&player, operations, count, shared},
				limit_s, fault ? &link : NULL, &shared->intercept, &status);
		*trial = (struct trial){.failed = shared->failed, .at = shared->at};
		memcpy(trial->error, shared->error, sizeof(trial->error));
		memcpy(trial->counts, shared->intercept.counts, sizeof(trial->counts));
		trial->injected_count = atomic_load(&shared->intercept.injected);
		if (!err && child_has_failed(status, shared->done, limit_s, trial->error,
					     sizeof(trial->error)))
			trial->failed = true;
		unlink(path);
		neighbor_remove(path);
		player_remove_folder(path);
	}
	player_release(&player);
	munmap(shared, sizeof(*shared));
	return err;
}
