/* How the groups of `iowalk conform` test one subject, and what they say of a failure. */
#ifndef IOWALK_CONFORM_SETUP_H
#define IOWALK_CONFORM_SETUP_H

#include "../../layouts/layout.h"
#include "outcome.h"
#include "trial.h"

#define CONFORM_LIMIT_S 300 /* of one history, by far: only what hangs gets there */

struct power_seen;
struct claim;

struct conform_setup {
	const char *folder; /* where files are made, and removed */
	uint64_t seed;
	double end_s; /* clock_now_s() after which nothing more begins; at least one history or fault is tested */
	const struct layout_ops *layout; /* of power: only this one; NULL: each */
	const struct conform_layout
		*graph;          /* of model and faults: this layout instead of the engine alone */
	bool exhaustive;         /* whatever the time, all short histories; of power: first */
	struct power_seen *seen; /* of power: what it sets for its own use; NULL before */
	const struct claim *claim; /* of claims: which */
	size_t length; /* operations of the one history that is played; 0: many, of several lengths. If exhaustive: most */
};

/* The path of the file of the histories. */
void conform_path(const struct conform_setup *setup, char *path, size_t size);

/*
 * The command that tests the subject: `iowalk conform [--plugin PATH] ENGINE [--opt ENGINE.KEY=VALUE,LAYOUT.KEY=VALUE,..] REST`; the
 * caller frees. `layout`: NULL, or it has options. NULL if out of memory.
 */
char *conform_command(const struct conform_subject *subject, const struct conform_layout *layout,
		      const char *rest);

/* Notes in the outcome that a history has failed, with the command that repeats it. `fault` may be NULL. */
void conform_failed(const struct conform_subject *subject,
		    const struct history_operation *operations, size_t count,
		    const struct fault *fault, const struct trial *trial, struct outcome *outcome);

/* The same after the history, which failed as in *trial, was shrunk in place: see history_shrink(), also for errors. */
int conform_shrink(const struct conform_subject *subject, const char *path,
		   struct history_operation *operations, size_t *count, struct fault *fault,
		   struct trial *trial, struct outcome *outcome);

/*
 * Calls play() with the numbers 0, 1, ... of histories until one fails, the time is over or it returns an error, which is
 * returned; at least once, with setup->length only once. Sets outcome->seconds.
 */
int conform_each(const struct conform_subject *subject, const struct conform_setup *setup,
		 struct outcome *outcome,
		 int (*play)(const struct conform_subject *subject,
			     const struct conform_setup *setup, uint64_t i,
			     struct outcome *outcome));

/* Passes a group's error on, but makes -EOPNOTSUPP, of system calls that cannot be intercepted, a skip: returns 0. */
int conform_end(int err, struct outcome *outcome);

#endif
