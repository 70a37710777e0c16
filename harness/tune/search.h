/*
 * The search for the best setting of each group: a group is an engine and a layout with one workload, graph and cache
 * state. It only decides what is measured next; tune/measured.c measures, and a test puts a function in its place.
 *
 * How it works, within the budget:
 * 1. One process of each group's default, then of settings that differ from it in one value, then of combinations: of
 *    the best values of several options together, because most options act on their own, and random ones, because
 *    some do not.
 * 2. Successive halving: the slower half of each group is dropped, the rest is measured once more, all groups in each
 *    round, so that a noisy minute is shared; until TUNE_SURVIVORS are left.
 * 3. Each value next to the leader's is tried (coordinate descent), from the leader of each group.
 * 4. The last rounds: fresh processes of the default, of the leader, and of the leader with each changed option back at
 *    its default. Only these decide, because the leader was picked for times that were partly luck. Ratios are those of
 *    two processes of the same round; an interval is that of the sign test (record/processes.h).
 *
 * Sources: Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization (2016), for 2
 */
#ifndef IOWALK_TUNE_SEARCH_H
#define IOWALK_TUNE_SEARCH_H

#include "space.h"

#define TUNE_SURVIVORS  3
#define TUNE_SCREEN_MAX 16 /* processes of a setting before the last rounds */
#define TUNE_ROUNDS_MAX 32 /* last rounds */

enum tune_end {
	TUNE_DROPPED, /* another half was faster */
	TUNE_SLOW,    /* a step took longer than the limit */
	TUNE_FAILED,
	TUNE_FINAL, /* in the last rounds */
	TUNE_ENDS_COUNT
};
extern const char *const tune_end_names[TUNE_ENDS_COUNT];

struct tune_setting {
	size_t group;
	struct tune_choice choice;
	size_t cell; /* the caller's */
	double screen_ns[TUNE_SCREEN_MAX];
	size_t screen_count;
	double final_ns[TUNE_ROUNDS_MAX]; /* NaN: not measured in that round */
	double took_s;                    /* its last process, all of it */
	double limit_s;                   /* if it was too slow: what it exceeded */
	enum tune_end end;
	bool alive;
};

/* How two settings compare: time of one divided by that of the other, over the pairs of the last rounds. */
struct tune_ratio {
	double value, low, high; /* low, high: NaN with fewer than six pairs */
	size_t pairs_count;
};

struct tune_effect {
	size_t option, setting;  /* of the space; the leader with this option at its default */
	struct tune_ratio ratio; /* that setting / the leader: above 1 the option helps */
};

struct tune_group {
	struct tune_space space;
	const char *skipped; /* why it cannot be measured, or NULL */
	/* Settings by their index; both are the default until another is faster. */
	size_t default_setting, leader;
	struct tune_ratio gain; /* default / leader */
	bool confirmed;         /* the leader is faster than the default by more than the noise */
	struct tune_effect effects[TUNE_OPTIONS_MAX];
	size_t effects_count;
};

struct tune_search;

struct tune_hooks {
	/* A new setting; the caller may set its `cell`. */
	int (*add)(void *context, struct tune_search *search, size_t setting);
	/* Its time in a fresh process. NaN with setting->end set if it is too slow or has failed. Negative errno ends the
	 * search. */
	int (*measure)(void *context, struct tune_search *search, size_t setting, double limit_s,
		       double *time_ns);
	/* A round begins: `what` is for the user. May keep what is known so far. */
	int (*round)(void *context, struct tune_search *search, const char *what);
	double (*now_s)(void *context);
	bool (*interrupted)(void *context);
};

struct tune_search {
	struct tune_group *groups;
	size_t groups_count;
	struct tune_setting *settings;
	size_t settings_count, settings_capacity;
	const struct tune_hooks *hooks;
	void *context;
	uint64_t random; /* state of mix_next() */
	double budget_s, began_s;
	unsigned processes;  /* last rounds, at least, if the budget allows it */
	size_t rounds_count; /* last rounds that were measured */
	bool out_of_budget;  /* before the last rounds were complete */
};

/* The groups, with their spaces, are the caller's; `search` is set up to `processes`. Errors of the hooks, -ENOMEM. */
int tune_search_run(struct tune_search *search);
void tune_search_release(struct tune_search *search);

/* Sets gain, confirmed and effects of each group from what was measured so far. */
void tune_search_judge(struct tune_search *search);

/* Median of a setting: of the last rounds if it has any, else of the others; NaN if it was not measured. */
double tune_setting_median(const struct tune_setting *setting);

/* Is it the setting that a profile should have: the leader if it is confirmed, else the default? */
size_t tune_group_pick(const struct tune_group *group);

#endif
