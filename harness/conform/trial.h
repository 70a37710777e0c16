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
	char error[PLAYER_ERROR_BYTES];
};

/*
 * Plays the history on a new file at `path`, which is removed afterwards, for at most `limit_s` seconds. Returns 0
 * with the outcome in *trial, or negative errno if there is no memory or process for it.
 */
int trial_run(const struct conform_subject *subject, const char *path,
	      const struct history_operation *operations, size_t count, unsigned limit_s,
	      struct trial *trial);

#endif
