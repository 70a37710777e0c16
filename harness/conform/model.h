/* The model group of `iowalk conform`: histories of all hooks against a plain array of bytes. */
#ifndef IOWALK_CONFORM_MODEL_H
#define IOWALK_CONFORM_MODEL_H

#include "history.h"
#include "outcome.h"

struct conform_setup {
	const char *folder; /* where files are made, and removed */
	uint64_t seed;
	double end_s; /* clock_now_s() after which no further history begins; at least one is played */
	size_t length; /* operations of the one history that is played; 0: many, of several lengths */
};

/*
 * Plays histories of the seed until the time is over or one fails; that one is shrunk, and the reproducer is a
 * command line. Returns 0 with the outcome, or negative errno if no history can be played at all.
 */
int conform_model(const struct conform_subject *subject, const struct conform_setup *setup,
		  struct outcome *outcome);

/* The same for one given history, which is not shrunk. */
int conform_history(const struct conform_subject *subject, const struct conform_setup *setup,
		    const struct history_operation *operations, size_t count,
		    struct outcome *outcome);

#endif
