/*
 * The group `claims` of `iowalk conform`: each capability that an engine claims, and each "must" of its contract, is shown by
 * something that is observed from outside: calls that it makes or does not make, pages in the page cache, files, descriptors,
 * threads, flushes of the device. What cannot be observed here is a skip.
 */
#ifndef IOWALK_CONFORM_CLAIMS_H
#define IOWALK_CONFORM_CLAIMS_H

#include "setup.h"

struct claim;

/* All claims that there are: number `i`, or NULL after the last. */
const struct claim *claim_at(size_t i);

const char *claim_name(const struct claim *claim);

/* Does the subject make it? If not, there is nothing to test. */
bool claim_is_made(const struct claim *claim, const struct conform_subject *subject);

/*
 * Tests setup->claim, which the subject makes. A capability may need an option: where the subject does not show it, but another
 * variant of the engine does, the outcome is a skip that names it; where none does, a failure. Returns 0 with the outcome,
 * which has what was observed in outcome->why, or negative errno.
 */
int conform_claims(const struct conform_subject *subject, const struct conform_setup *setup,
		   struct outcome *outcome);

#endif
