/* The search for the best setting of each group: see search.h. */
#include "search.h"

#include "../../workloads/support/mix.h"
#include "rounds.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCREEN_SHARE     0.30 /* of the budget, for the first process of each setting */
#define HALVING_SHARE    0.50 /* until then settings are halved */
#define COORDINATE_SHARE 0.65 /* until then values next to the leader's are tried */
#define SETTINGS_MAX     64   /* of a group, in the first round */
#define SETTINGS_MIN     16   /* those that are too slow are ended early */
#define ROUNDS_SPARE     2    /* an estimate of a round may be too low */
#define COMBINED_MAX     6    /* combinations of the best values of 2, 3, … options */

static double until_s(const struct tune_search *search, double share)
{
	return search->began_s + share * search->budget_s;
}

/* ---- the first processes ---- */

static int screen_defaults(struct tune_search *search)
{
	struct tune_choice none = {{0}};
	int err = 0;

	for (size_t g = 0; !err && g < search->groups_count; g++) {
		if (search->groups[g].skipped)
			continue;
		err = tune_add(search, g, &none, &search->groups[g].default_setting);
		search->groups[g].leader = search->groups[g].default_setting;
	}
	err = err ? err : search->hooks->round(search->context, search, "defaults");
	/* Without a time limit on their sum: with none of them there is nothing to compare with. */
	err = err ? err : tune_round(search, INFINITY);
	search->began_s = search->hooks->now_s(search->context);
	return err;
}

/*
 * The settings of the group that differ from the default in one value: of each option, in the order of the tables, the
 * last value, then the ones before it. The options that matter most and the values that are farthest from the default
 * come first, because a slow group does not get to the end.
 */
static int add_single_values(struct tune_search *search, size_t g, size_t most)
{
	const struct tune_space *space = &search->groups[g].space;
	size_t added = 0, setting;
	int err = 0;

	for (size_t from_end = 1; from_end < TUNE_VALUES_MAX; from_end++) {
		for (size_t i = 0; !err && i < space->options_count && added < most; i++) {
			struct tune_choice choice = {{0}};

			if (from_end >= space->options[i].values_count)
				continue;
			choice.values[i] = (uint8_t)(space->options[i].values_count - from_end);
			err = tune_add(search, g, &choice, &setting);
			added++;
		}
	}
	return err;
}

struct best_value {
	size_t option;
	uint8_t value;
	double time_ns;
};

static int by_time(const void *a, const void *b)
{
	double x = ((const struct best_value *)a)->time_ns;
	double y = ((const struct best_value *)b)->time_ns;

	return x < y ? -1 : x > y;
}

/* The fastest value of each option that beat the default, the fastest option first. */
static size_t best_values(const struct tune_search *search, size_t g, struct best_value *best)
{
	const struct tune_group *group = &search->groups[g];
	double default_ns = tune_setting_median(&search->settings[group->default_setting]);
	size_t count = 0;

	for (size_t i = 0; i < group->space.options_count; i++) {
		struct best_value of = {.option = i,
					.time_ns = isnan(default_ns) ? INFINITY : default_ns};

		for (size_t s = 0; s < search->settings_count; s++) {
			const struct tune_setting *setting = &search->settings[s];
			double time_ns = tune_setting_median(setting);

			if (setting->group == g && setting->choice.values[i] &&
			    time_ns < of.time_ns) {
				of.time_ns = time_ns;
				of.value = setting->choice.values[i];
			}
		}
		if (of.value)
			best[count++] = of;
	}
	qsort(best, count, sizeof(*best), by_time);
	return count;
}

/* The best values of 2, 3, … options together, and random settings up to `most` of the group. */
static int add_combinations(struct tune_search *search, size_t g, size_t most)
{
	const struct tune_space *space = &search->groups[g].space;
	struct best_value best[TUNE_OPTIONS_MAX];
	size_t best_count = best_values(search, g, best), setting;
	struct tune_choice together = {{0}};
	int err = 0;

	for (size_t i = 0; !err && i < best_count && i < COMBINED_MAX; i++) {
		together.values[best[i].option] = best[i].value;
		err = tune_add(search, g, &together, &setting);
	}
	for (size_t i = 0; !err && i < most && space->options_count > 1; i++) {
		struct tune_choice choice = together;

		/* From the best known combination: some options drawn anew. */
		for (size_t k = 0; k < space->options_count; k++) {
			if (mix_next(&search->random) % 2)
				choice.values[k] = (uint8_t)mix_reduce(
					mix_next(&search->random), space->options[k].values_count);
		}
		err = tune_add(search, g, &choice, &setting);
	}
	return err;
}

/* How many settings of each group the first round can have. */
static size_t affordable(const struct tune_search *search)
{
	double sum_s = 0;

	for (size_t s = 0; s < search->settings_count; s++)
		sum_s += search->settings[s].took_s;
	double count = sum_s > 0 ? SCREEN_SHARE * search->budget_s / sum_s : SETTINGS_MAX;
	return count > SETTINGS_MAX ? SETTINGS_MAX : (size_t)count + SETTINGS_MIN;
}

static int screen(struct tune_search *search)
{
	size_t most = affordable(search);
	int err = 0;

	for (size_t g = 0; !err && g < search->groups_count; g++) {
		if (!search->groups[g].skipped)
			err = add_single_values(search, g, most);
	}
	err = err ? err : search->hooks->round(search->context, search, "one value each");
	err = err ? err : tune_round_new(search, until_s(search, SCREEN_SHARE * 0.7));
	for (size_t g = 0; !err && g < search->groups_count; g++) {
		if (!search->groups[g].skipped)
			err = add_combinations(search, g, most / 3);
	}
	err = err ? err : search->hooks->round(search->context, search, "combinations");
	return err ? err : tune_round_new(search, until_s(search, SCREEN_SHARE));
}

/* ---- halving ---- */

static int halve(struct tune_search *search)
{
	int err = 0;

	while (!err && !tune_is_over(search, until_s(search, HALVING_SHARE))) {
		size_t most = 0;

		for (size_t g = 0; g < search->groups_count; g++) {
			size_t left = tune_keep_half(search, g, TUNE_SURVIVORS);
			most = left > most ? left : most;
		}
		err = search->hooks->round(search->context, search, "halving");
		err = err ? err : tune_round(search, until_s(search, HALVING_SHARE));
		if (most <= TUNE_SURVIVORS && tune_survivors_measured(search))
			break;
	}
	for (size_t g = 0; g < search->groups_count; g++) {
		while (!err && tune_keep_half(search, g, TUNE_SURVIVORS) > TUNE_SURVIVORS)
			;
	}
	return err;
}

/* ---- values next to the leader's ---- */

static int coordinate_step(struct tune_search *search)
{
	int err = 0;

	tune_set_leaders(search);
	for (size_t g = 0; !err && g < search->groups_count; g++) {
		const struct tune_space *space = &search->groups[g].space;

		if (search->groups[g].skipped)
			continue;
		struct tune_choice from = search->settings[search->groups[g].leader].choice;
		for (size_t i = 0; !err && i < space->options_count; i++) {
			for (size_t k = 0; !err && k < space->options[i].values_count; k++) {
				struct tune_choice choice = from;
				size_t setting;

				choice.values[i] = (uint8_t)k;
				err = tune_add(search, g, &choice, &setting);
			}
		}
	}
	err = err ? err : search->hooks->round(search->context, search, "next to the leader");
	err = err ? err : tune_round_new(search, until_s(search, COORDINATE_SHARE));
	for (size_t g = 0; g < search->groups_count; g++) {
		while (!err && tune_keep_half(search, g, TUNE_SURVIVORS) > TUNE_SURVIVORS)
			;
	}
	/* Those that are new have one time, which may be luck. */
	for (unsigned i = 0; !err && i < 2; i++)
		err = tune_round(search, until_s(search, COORDINATE_SHARE));
	tune_set_leaders(search);
	return err;
}

/* ---- the last rounds ---- */

/* The leader with each option that it changes back at its default. */
static int add_reverts(struct tune_search *search, size_t g)
{
	struct tune_group *group = &search->groups[g];
	struct tune_choice leader = search->settings[group->leader].choice;
	int err = 0;

	group->effects_count = 0;
	for (size_t i = 0; !err && i < group->space.options_count; i++) {
		struct tune_effect *effect = &group->effects[group->effects_count];
		struct tune_choice choice = leader;

		if (!leader.values[i])
			continue;
		choice.values[i] = 0;
		*effect = (struct tune_effect){.option = i};
		err = tune_add(search, g, &choice, &effect->setting);
		group->effects_count++;
	}
	return err;
}

static int last_rounds(struct tune_search *search)
{
	double end_s = until_s(search, 1);
	int err = 0;

	for (size_t g = 0; !err && g < search->groups_count; g++) {
		if (!search->groups[g].skipped)
			err = add_reverts(search, g);
	}
	tune_choose_last(search, (end_s - search->hooks->now_s(search->context)) /
					 (search->processes + ROUNDS_SPARE));
	for (size_t round = 0; !err && round < TUNE_ROUNDS_MAX; round++) {
		bool enough = round >= search->processes;
		/* A round more costs time; it pays while it may still shorten an interval. */
		if (tune_is_over(search, end_s) || (enough && round >= 2 * search->processes))
			break;
		err = search->hooks->round(search->context, search, "last rounds");
		err = err ? err : tune_last_round(search, round, end_s);
		search->rounds_count = round + 1;
	}
	search->out_of_budget = search->rounds_count < search->processes;
	return err;
}

int tune_search_run(struct tune_search *search)
{
	search->began_s = search->hooks->now_s(search->context);
	int err = screen_defaults(search);
	err = err ? err : screen(search);
	err = err ? err : halve(search);
	err = err ? err : coordinate_step(search);
	err = err ? err : last_rounds(search);
	tune_search_judge(search);
	return err;
}

void tune_search_release(struct tune_search *search)
{
	free(search->settings);
	search->settings = NULL;
	search->settings_count = 0;
}
