/* Settings and rounds of a search: see rounds.h. */
#include "rounds.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT_SHARE 0.1  /* of the budget, for a step of a default */
#define OTHER_LIMIT_SHARE   0.02 /* for others while none of the group was measured to its end */
#define SLOW_STEP                                                                                  \
	6 /* settings that were too slow before the limit of the next one is raised again */
#define LONGEST_SHARE  0.5 /* of the budget, until one of a group was measured to its end */
#define LIMIT_MIN_S    2.0
#define LIMIT_FACTOR   1.5 /* of the time that the fastest process of the group took */
#define SURVIVOR_TIMES 3   /* processes, before the last rounds */

int tune_add(struct tune_search *search, size_t group, const struct tune_choice *choice,
	     size_t *setting)
{
	for (size_t s = 0; s < search->settings_count; s++) {
		if (search->settings[s].group == group &&
		    memcmp(&search->settings[s].choice, choice, sizeof(*choice)) == 0) {
			*setting = s;
			return 0;
		}
	}
	if (search->settings_count == search->settings_capacity) {
		size_t capacity = search->settings_capacity ? 2 * search->settings_capacity : 64;
		struct tune_setting *grown =
			reallocarray(search->settings, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		search->settings = grown;
		search->settings_capacity = capacity;
	}
	*setting = search->settings_count++;
	struct tune_setting *fresh = &search->settings[*setting];
	*fresh = (struct tune_setting){.group = group, .choice = *choice, .alive = true};
	for (size_t i = 0; i < TUNE_ROUNDS_MAX; i++)
		fresh->final_ns[i] = NAN;
	return search->hooks->add(search->context, search, *setting);
}

bool tune_is_over(const struct tune_search *search, double end_s)
{
	return search->hooks->interrupted(search->context) ||
	       search->hooks->now_s(search->context) >= end_s;
}

/* ---- one process ---- */

/* The shortest process of a group; INFINITY if none of its settings was measured to its end. */
static double least_s(const struct tune_search *search, size_t group)
{
	double least = INFINITY;

	for (size_t s = 0; s < search->settings_count; s++) {
		const struct tune_setting *setting = &search->settings[s];
		if (setting->group == group && setting->screen_count && setting->took_s < least)
			least = setting->took_s;
	}
	return least;
}

/*
 * A setting that takes several times as long as another one need not be measured to its end. Where not even the default
 * came to its end, others get little time, so that many can be tried, and more of it the more have failed.
 */
static double limit_s(const struct tune_search *search, size_t group)
{
	double least = least_s(search, group), share = DEFAULT_LIMIT_SHARE;
	size_t slow_count = 0;

	for (size_t s = 0; s < search->settings_count; s++)
		slow_count +=
			search->settings[s].group == group && search->settings[s].end == TUNE_SLOW;
	size_t steps_count = (slow_count + SLOW_STEP - 1) / SLOW_STEP;
	if (slow_count)
		share = OTHER_LIMIT_SHARE * (double)steps_count;
	if (share > DEFAULT_LIMIT_SHARE)
		share = DEFAULT_LIMIT_SHARE;
	double limit = isinf(least) ? share * search->budget_s : LIMIT_FACTOR * least;
	return limit > LIMIT_MIN_S ? limit : LIMIT_MIN_S;
}

static int measure_once(struct tune_search *search, size_t s, double *time_ns)
{
	double began_s = search->hooks->now_s(search->context);
	double limit = limit_s(search, search->settings[s].group);
	int err = search->hooks->measure(search->context, search, s, limit, time_ns);
	struct tune_setting *setting = &search->settings[s];

	setting->took_s = search->hooks->now_s(search->context) - began_s;
	if (!err && isnan(*time_ns) && (setting->end == TUNE_SLOW || setting->end == TUNE_FAILED)) {
		setting->alive = false;
		setting->limit_s = limit;
	}
	return err;
}

static int screen_once(struct tune_search *search, size_t s)
{
	double time_ns = NAN;
	int err = measure_once(search, s, &time_ns);
	struct tune_setting *setting = &search->settings[s];

	if (!err && !isnan(time_ns) && setting->screen_count < TUNE_SCREEN_MAX)
		setting->screen_ns[setting->screen_count++] = time_ns;
	return err;
}

/* ---- rounds ---- */

struct place {
	uint64_t group_key, key;
	size_t setting;
};

static int by_key(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group_key != y->group_key)
		return x->group_key < y->group_key ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static bool in_screening(const struct tune_setting *setting)
{
	return setting->alive && setting->screen_count < TUNE_SCREEN_MAX;
}

static bool is_new(const struct tune_setting *setting)
{
	return setting->alive && !setting->screen_count;
}

static bool is_last(const struct tune_setting *setting)
{
	return setting->end == TUNE_FINAL && setting->alive;
}

/* The settings that are wanted, in the order of this round. The caller frees. NULL: out of memory. */
static struct place *draw(struct tune_search *search, bool (*wanted)(const struct tune_setting *),
			  size_t *count)
{
	struct place *places = calloc(search->settings_count + 1, sizeof(*places));
	uint64_t round = mix_next(&search->random);

	*count = 0;
	for (size_t s = 0; places && s < search->settings_count; s++) {
		uint64_t state = round + search->settings[s].group;
		uint64_t key = mix_next(&search->random);

		if (wanted(&search->settings[s]))
			places[(*count)++] = (struct place){mix_next(&state), key, s};
	}
	if (places)
		qsort(places, *count, sizeof(*places), by_key);
	return places;
}

/* May no further setting of the group begin? A group without any time goes on: it would have nothing to show. */
static bool is_over_for(const struct tune_search *search, size_t group, double end_s)
{
	return tune_is_over(search, end_s) &&
	       (!isinf(least_s(search, group)) ||
		tune_is_over(search, search->began_s + LONGEST_SHARE * search->budget_s));
}

int tune_round(struct tune_search *search, double end_s)
{
	size_t count;
	struct place *places = draw(search, in_screening, &count);
	int err = places ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		size_t group = search->settings[places[i].setting].group;

		if (!is_over_for(search, group, end_s))
			err = screen_once(search, places[i].setting);
	}
	free(places);
	return err;
}

/* The first setting without a time of the group that has used the least time so far; settings_count: none. */
static size_t next_new(const struct tune_search *search, const double *used_s, double end_s)
{
	size_t next = search->settings_count;

	for (size_t s = 0; s < search->settings_count; s++) {
		size_t group = search->settings[s].group;

		if (!is_new(&search->settings[s]) || is_over_for(search, group, end_s))
			continue;
		if (next == search->settings_count ||
		    used_s[group] < used_s[search->settings[next].group])
			next = s;
	}
	return next;
}

int tune_round_new(struct tune_search *search, double end_s)
{
	double *used_s = calloc(search->groups_count + 1, sizeof(*used_s));
	int err = used_s ? 0 : -ENOMEM;

	while (!err && !search->hooks->interrupted(search->context)) {
		size_t next = next_new(search, used_s, end_s);

		if (next == search->settings_count)
			break;
		err = screen_once(search, next);
		used_s[search->settings[next].group] += search->settings[next].took_s;
		/* Interrupted, it has no time and is not tried again. */
		if (!err && is_new(&search->settings[next]))
			break;
	}
	free(used_s);
	return err;
}

/* ---- which are left ---- */

struct ranked {
	double time_ns;
	size_t setting;
};

static int by_time(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

size_t tune_keep_half(struct tune_search *search, size_t group, size_t least)
{
	struct ranked *ranked = calloc(search->settings_count + 1, sizeof(*ranked));
	size_t count = 0;

	for (size_t s = 0; ranked && s < search->settings_count; s++) {
		struct tune_setting *setting = &search->settings[s];

		if (setting->group != group || !setting->alive)
			continue;
		if (!setting->screen_count)
			setting->alive = s == search->groups[group].default_setting;
		else if (s != search->groups[group].default_setting)
			ranked[count++] = (struct ranked){tune_setting_median(setting), s};
	}
	size_t kept = (count + 1) / 2 > least ? (count + 1) / 2 : least;
	if (ranked)
		qsort(ranked, count, sizeof(*ranked), by_time);
	for (size_t i = kept; i < count; i++)
		search->settings[ranked[i].setting].alive = false;
	free(ranked);
	return count < kept ? count : kept;
}

bool tune_survivors_measured(const struct tune_search *search)
{
	for (size_t s = 0; s < search->settings_count; s++) {
		if (search->settings[s].alive && search->settings[s].screen_count < SURVIVOR_TIMES)
			return false;
	}
	return true;
}

void tune_set_leaders(struct tune_search *search)
{
	for (size_t g = 0; g < search->groups_count; g++) {
		struct tune_group *group = &search->groups[g];
		double least_ns = INFINITY;

		for (size_t s = 0; !group->skipped && s < search->settings_count; s++) {
			const struct tune_setting *setting = &search->settings[s];
			double time_ns = tune_setting_median(setting);

			if (setting->group == g && setting->alive && time_ns < least_ns) {
				least_ns = time_ns;
				group->leader = s;
			}
		}
	}
}

/* ---- the last rounds ---- */

static double expected_s(const struct tune_search *search, size_t s)
{
	size_t leader = search->groups[search->settings[s].group].leader;

	return search->settings[s].took_s > 0 ? search->settings[s].took_s
					      : 2 * search->settings[leader].took_s;
}

/* The effects that fit into a round of `round_s`, of which `sum_s` are used. */
static void choose_effects(struct tune_search *search, double round_s, double sum_s)
{
	for (size_t g = 0; g < search->groups_count; g++) {
		struct tune_group *group = &search->groups[g];
		size_t kept = 0;

		for (size_t i = 0; i < group->effects_count; i++) {
			size_t s = group->effects[i].setting;
			bool is_slow = search->settings[s].end == TUNE_SLOW;
			double more_s = is_slow || search->settings[s].end == TUNE_FINAL
						? 0
						: expected_s(search, s);

			if (search->settings[s].end == TUNE_FAILED || sum_s + more_s > round_s)
				continue;
			sum_s += more_s;
			if (!is_slow) {
				search->settings[s].end = TUNE_FINAL;
			}
			group->effects[kept++] = group->effects[i];
		}
		group->effects_count = kept;
	}
}

void tune_choose_last(struct tune_search *search, double round_s)
{
	double sum_s = 0;

	for (size_t g = 0; g < search->groups_count; g++) {
		const struct tune_group *group = &search->groups[g];
		const size_t both[] = {group->default_setting, group->leader};

		for (size_t i = 0; !group->skipped && i < 2; i++) {
			struct tune_setting *setting = &search->settings[both[i]];

			if (i > 0 && both[1] == both[0])
				continue;
			if (setting->end == TUNE_SLOW || setting->end == TUNE_FAILED)
				continue;
			setting->end = TUNE_FINAL;
			sum_s += expected_s(search, both[i]);
		}
	}
	choose_effects(search, round_s, sum_s);
	for (size_t s = 0; s < search->settings_count; s++)
		search->settings[s].alive = search->settings[s].end == TUNE_FINAL;
}

int tune_last_round(struct tune_search *search, size_t round, double end_s)
{
	size_t count;
	struct place *places = draw(search, is_last, &count);
	int err = places ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count && !tune_is_over(search, end_s); i++)
		err = measure_once(search, places[i].setting,
				   &search->settings[places[i].setting].final_ns[round]);
	free(places);
	return err;
}
