/* Settings and rounds of a search: what search.c decides with. */
#ifndef IOWALK_TUNE_ROUNDS_H
#define IOWALK_TUNE_ROUNDS_H

#include "search.h"

/* The setting of this group with this choice: a new one, or the one that there is. Errors of the hook, -ENOMEM. */
int tune_add(struct tune_search *search, size_t group, const struct tune_choice *choice,
	     size_t *setting);

/* No time left until `end_s`, or interrupted? */
bool tune_is_over(const struct tune_search *search, double end_s);

/*
 * One more process of each setting that is alive; settings of a group follow each other, in a random order. _new: a first
 * process of each setting that has none, in the order in which they were added; groups get the same time, so that a
 * slow one does not use up that of the others. Both end at `end_s`.
 */
int tune_round(struct tune_search *search, double end_s);
int tune_round_new(struct tune_search *search, double end_s);

/* Drops the slower half of the settings of a group that are alive, but leaves `least`. The default is no
 * member. Returns how many are left. */
size_t tune_keep_half(struct tune_search *search, size_t group, size_t least);

/* Has each survivor several times? */
bool tune_survivors_measured(const struct tune_search *search);

/* The fastest setting that is alive becomes the leader of its group. */
void tune_set_leaders(struct tune_search *search);

/* Marks the settings of the last rounds: default and leader of each group and, if a round of them takes no longer than
 * `round_s`, those that show the effects. The others' effects are removed. */
void tune_choose_last(struct tune_search *search, double round_s);

/* One process of each of them; a round that ends at `end_s` is incomplete. */
int tune_last_round(struct tune_search *search, size_t round, double end_s);

#endif
