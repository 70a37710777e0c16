/* What players of histories share, whether they play an engine or a layout: hooks under faults, and their results. */
#ifndef IOWALK_CONFORM_PLAY_H
#define IOWALK_CONFORM_PLAY_H

#include <stdbool.h>

#include "intercept.h"

#define PLAY_ERROR_BYTES 200

struct play {
	struct intercept *intercept; /* NULL: no call of a hook is made to fail */
	bool is_excused;             /* a hook has reported a fault: nothing more is played */
	char *error; /* [PLAY_ERROR_BYTES], the caller's: what differs, after a failure */
};

/* Calls a hook: only then faults are injected. `player` has a struct play of that name. */
#define PLAY_HOOK(player, call)                                                                    \
	({                                                                                         \
		intercept_arm((player)->play.intercept);                                           \
		__auto_type result_ = (call);                                                      \
		intercept_unarm((player)->play.intercept);                                         \
		result_;                                                                           \
	})

/* Records a difference, the first one only, and returns false. */
bool play_differs(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Has a fault been injected? */
bool play_has_fault(const struct play *play);

/*
 * Is the result of a hook as expected? An error after a fault is no difference: the result is false, and
 * play->is_excused is set. `why` may be NULL: the reason of an error.
 */
bool play_same_result(struct play *play, const char *what, int got, int expected,
		      const struct why *why);

#endif
