/* The group `faults` of `iowalk conform`: each system call of a history fails, with each of its errors. */
#ifndef IOWALK_CONFORM_FAULT_POINTS_H
#define IOWALK_CONFORM_FAULT_POINTS_H

#include "setup.h"

/*
 * Plays a history that calls every hook once for each call of the engine in it and each error of that call, once and for
 * ever, in the order of the seed; then histories of the seed in the same way, until the time is over. A failure is
 * shrunk, as in conform_model(). With setup->length only the first history. Returns 0 with the outcome, which is a skip
 * where this machine cannot inject faults, or negative errno.
 */
int conform_faults(const struct conform_subject *subject, const struct conform_setup *setup,
		   struct outcome *outcome);

#endif
