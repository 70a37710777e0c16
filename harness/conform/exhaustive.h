/*
 * All histories of at most 3 operations, of a small alphabet: each kind of operation with few arguments (nothing, in the middle,
 * across a page, across the end, beyond it), on an empty file and on one of 9000 bytes.
 *
 * Source: Mohan et al., Finding Crash-Consistency Bugs with Bounded Black-Box Crash Testing, 2018, on how much short histories find.
 */
#ifndef IOWALK_CONFORM_EXHAUSTIVE_H
#define IOWALK_CONFORM_EXHAUSTIVE_H

#include "setup.h"

#define EXHAUSTIVE_LENGTH     3 /* operations, after those that make the file */
#define EXHAUSTIVE_LENGTH_MAX 8 /* with them */

/* Histories of 1 to `length` operations, at most EXHAUSTIVE_LENGTH. */
uint64_t exhaustive_count(size_t length);

/* Number i of them, shorter ones first: fills operations[EXHAUSTIVE_LENGTH_MAX] and returns how many there are. */
size_t exhaustive_history(uint64_t i, struct history_operation *operations);

/*
 * Plays all of them on one subject, whatever the time; with setup->length those up to that. Returns 0 with the outcome, or negative
 * errno if no history can be played at all.
 */
int conform_exhaustive(const struct conform_subject *subject, const struct conform_setup *setup,
		       struct outcome *outcome);

#endif
