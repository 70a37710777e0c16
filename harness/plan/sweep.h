/* Options with several values: "direct.page_bytes=4096,65536" makes a cell of each value. */
#ifndef IOWALK_PLAN_SWEEP_H
#define IOWALK_PLAN_SWEEP_H

#include "internal.h"

struct sweep {
	size_t options_count;
	size_t values_count[LIST_MAX]; /* [options_count] */
	char *words[LIST_MAX]; /* "owner.key=value": all values of an option, then of the next */
	size_t words_count;
	size_t choices_count; /* the product of values_count[] */
};

/* From the words between the commas of `opt`: one without "=" is another value of the option before
 * it. The caller releases `out`, also after an error: -ENOMEM, or -EINVAL with the reason. */
int sweep_init(struct sweep *out, const struct list *opts, struct why *why);
void sweep_release(struct sweep *sweep);

/* The words of choice number `choice` < choices_count, one for each option, in words[LIST_MAX]; the
 * last option changes first. */
void sweep_choose(const struct sweep *sweep, size_t choice, char **words);

/* Is it the first choice that a cell sees which has only the options `used`[options_count]? */
bool sweep_is_first(const struct sweep *sweep, size_t choice, const bool *used);

#endif
