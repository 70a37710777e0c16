/* What a search has found: see search.h. */
#include "search.h"

#include "../base/spread.h"
#include "../record/processes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const tune_end_names[TUNE_ENDS_COUNT] = {"dropped", "too_slow", "failed", "final"};

double tune_setting_median(const struct tune_setting *setting)
{
	double times[TUNE_ROUNDS_MAX + TUNE_SCREEN_MAX];
	size_t count = 0;

	for (size_t i = 0; i < TUNE_ROUNDS_MAX; i++) {
		if (!isnan(setting->final_ns[i]))
			times[count++] = setting->final_ns[i];
	}
	if (!count) {
		count = setting->screen_count;
		memcpy(times, setting->screen_ns, count * sizeof(*times));
	}
	struct process_figures figures;
	if (!count)
		return NAN;
	process_figures(times, count, PROCESSES_CONFIDENCE, &figures);
	return figures.medians.median;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static struct tune_ratio ratio_of(const struct tune_setting *over, const struct tune_setting *under)
{
	double ratios[TUNE_ROUNDS_MAX];
	struct tune_ratio ratio = {.low = NAN, .high = NAN};

	for (size_t i = 0; i < TUNE_ROUNDS_MAX; i++) {
		if (!isnan(over->final_ns[i]) && !isnan(under->final_ns[i]))
			ratios[ratio.pairs_count++] = over->final_ns[i] / under->final_ns[i];
	}
	ratio.value = tune_setting_median(over) / tune_setting_median(under);
	if (ratio.pairs_count) {
		qsort(ratios, ratio.pairs_count, sizeof(*ratios), by_value);
		ratio.value = quantile(ratios, ratio.pairs_count, 0.5);
		median_interval(ratios, ratio.pairs_count, PROCESSES_CONFIDENCE, &ratio.low,
				&ratio.high);
	}
	return ratio;
}

void tune_search_judge(struct tune_search *search)
{
	for (size_t g = 0; g < search->groups_count; g++) {
		struct tune_group *group = &search->groups[g];

		if (group->skipped || !search->settings_count)
			continue;
		const struct tune_setting *leader = &search->settings[group->leader];
		const struct tune_setting *start = &search->settings[group->default_setting];
		group->gain = ratio_of(start, leader);
		/* A default that was too slow to be measured is slower; one that was measured before may have had
		 * bad luck. */
		bool is_slow = start->end == TUNE_SLOW &&
			       !(tune_setting_median(start) < 2 * tune_setting_median(leader));
		group->confirmed =
			group->leader != group->default_setting && (group->gain.low > 1 || is_slow);
		for (size_t i = 0; i < group->effects_count; i++)
			group->effects[i].ratio =
				ratio_of(&search->settings[group->effects[i].setting], leader);
	}
}

size_t tune_group_pick(const struct tune_group *group)
{
	return group->confirmed ? group->leader : group->default_setting;
}
