/* Makes a history that fails as short as possible, and its operations as simple as possible. */
#ifndef IOWALK_CONFORM_SHRINK_H
#define IOWALK_CONFORM_SHRINK_H

#include "trial.h"

/*
 * `fault`: NULL, or the fault with which it fails; its ordinal changes with the history. Shrinks operations[*count] in place, from a history that fails as in *trial, and leaves the outcome of the
 * shortest in *trial. At least one operation stays. Returns 0 or negative errno, as trial_run().
 */
int history_shrink(const struct conform_subject *subject, const char *path,
		   struct history_operation *operations, size_t *count, struct fault *fault,
		   struct trial *trial);

#endif
