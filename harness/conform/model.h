/* The model group of `iowalk conform`: histories of all hooks against a plain array of bytes. */
#ifndef IOWALK_CONFORM_MODEL_H
#define IOWALK_CONFORM_MODEL_H

#include "setup.h"

/*
 * Plays histories of the seed until the time is over or one fails; that one is shrunk, and the reproducer is a
 * command line. Returns 0 with the outcome, or negative errno if no history can be played at all.
 */
int conform_model(const struct conform_subject *subject, const struct conform_setup *setup,
		  struct outcome *outcome);

/* The same for one given history, which is not shrunk, with one fault (or NULL). */
int conform_history(const struct conform_subject *subject, const struct conform_setup *setup,
		    const struct history_operation *operations, size_t count,
		    const struct fault *fault, struct outcome *outcome);

#endif
