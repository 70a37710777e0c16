/* One history of a layout: played and recorded in one process, its crash images made and opened in another. */
#ifndef IOWALK_CONFORM_POWER_TRIAL_H
#define IOWALK_CONFORM_POWER_TRIAL_H

#include "graph_history.h"
#include "subject.h"

#define POWER_SEEN_SLOTS ((size_t)1 << 16)

/* Update behaviours that have been seen, in memory that processes share: hashes, 0 is a free slot. */
struct power_seen {
	uint64_t slots[POWER_SEEN_SLOTS];
};

struct power_trial {
	bool failed;
	struct why why;
	uint64_t images_count, opened_count, refused_count;
};

/*
 * Plays the history on a new file `file` in `folder`, and removes what it leaves. `seen`: NULL, or operations whose update
 * behaviour is in it are not looked at again; new ones are added. Returns 0 with the outcome, or negative errno;
 * -EOPNOTSUPP: system calls cannot be intercepted here.
 */
int power_trial_run(const struct conform_subject *subject, const struct layout_ops *layout,
		    const char *folder, const struct graph_history *history, uint64_t seed,
		    struct power_seen *seen, struct power_trial *trial);

#endif
