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

/* What the process does. */
struct watched {
	bool (*play)(void *context, struct trial_shared *shared);
	void *context;
	struct trial_shared *shared;
};

static void play_watched(void *context)
{
	struct watched *watched = context;
	struct trial_shared *shared = watched->shared;

	shared->failed = !watched->play(watched->context, shared);
	if (!shared->failed && __lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check()) {
		snprintf(shared->error, sizeof(shared->error), "memory is lost");
		shared->failed = true;
	}
	shared->done = true;
}

int trial_watch(bool (*play)(void *context, struct trial_shared *shared), void *context,
		const struct fault *fault, unsigned limit_s, struct trial *trial)
{
	struct trial_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct intercept_link link;
	int status = 0;

	if (shared == MAP_FAILED)
		return -errno;
	int err = fault ? intercept_open(&link) : 0;
	if (!err) {
		if (fault)
			shared->intercept.fault = *fault;
		err = child_run(play_watched, &(struct watched){play, context, shared}, limit_s,
				fault ? &link : NULL, &shared->intercept, &status);
		*trial = (struct trial){.failed = shared->failed, .at = shared->at};
		memcpy(trial->error, shared->error, sizeof(trial->error));
		memcpy(trial->counts, shared->intercept.counts, sizeof(trial->counts));
		trial->injected_count = atomic_load(&shared->intercept.injected);
		if (!err && child_has_failed(status, shared->done, limit_s, trial->error,
					     sizeof(trial->error)))
			trial->failed = true;
	}
	munmap(shared, sizeof(*shared));
	return err;
}

/* A history of a file. */
struct playing {
	struct player player;
	const struct history_operation *operations; /* [count] */
	size_t count;
	bool has_fault;
};

static bool play(void *context, struct trial_shared *shared)
{
	struct playing *playing = context;

	playing->player.play.error = shared->error;
	playing->player.at = &shared->at;
	playing->player.play.intercept = playing->has_fault ? &shared->intercept : NULL;
	return player_play(&playing->player, playing->operations, playing->count);
}

int trial_run(const struct conform_subject *subject, const char *path,
	      const struct history_operation *operations, size_t count, const struct fault *fault,
	      unsigned limit_s, struct trial *trial)
{
	struct playing playing = {
		.operations = operations, .count = count, .has_fault = fault != NULL};
	int err = player_init(&playing.player, subject, path);

	if (!err)
		err = trial_watch(play, &playing, fault, limit_s, trial);
	unlink(path);
	neighbor_remove(path);
	player_remove_folder(path);
	player_release(&playing.player);
	return err;
}
