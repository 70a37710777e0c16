/*
 * One history, played in a process of its own: an engine that crashes or hangs is a finding, not the end of the
 * program.
 */
#ifndef IOWALK_CONFORM_TRIAL_H
#define IOWALK_CONFORM_TRIAL_H

#include "player.h"

struct trial {
	bool failed;
	size_t at; /* index of the operation that failed */
	char error[PLAY_ERROR_BYTES];
	unsigned injected_count;          /* faults that calls of the history have met */
	unsigned counts[FAULT_CALLS_MAX]; /* with a fault: calls of the engine, as fault_calls[] */
};

/* What a process that plays a history shares with the one that has made it. */
struct trial_shared {
	char error[PLAY_ERROR_BYTES];
	volatile size_t at;
	volatile bool failed, done;
	struct intercept intercept;
};

/*
 * Calls play(context, shared) in a process of its own, for at most `limit_s` seconds; it returns whether all is as it should be, else
 * shared->error says what is not. `fault`: NULL, or it is injected, and shared->intercept counts the calls. Returns 0 with the
 * outcome, or negative errno as trial_run().
 */
int trial_watch(bool (*play)(void *context, struct trial_shared *shared), void *context,
		const struct fault *fault, unsigned limit_s, struct trial *trial);

/*
 * Plays the history on a new file at `path`, which is removed afterwards, for at most `limit_s` seconds; with `fault`
 * unless it is NULL, where an ordinal of 0 only counts the calls. Returns 0 with the outcome in *trial, or negative errno
 * if there is no memory or process for it; -EOPNOTSUPP: this machine cannot inject faults.
 */
int trial_run(const struct conform_subject *subject, const char *path,
	      const struct history_operation *operations, size_t count, const struct fault *fault,
	      unsigned limit_s, struct trial *trial);

#endif
