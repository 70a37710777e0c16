/* Sums of verdicts: see sums.h. */
#include "sums.h"

const char *const counts_verdict_keys[COUNTS_VERDICTS] = {
	[COUNTS_EQUAL] = "equal",
	[COUNTS_MORE] = "more",
	[COUNTS_LESS] = "less",
	[COUNTS_ALLOWED] = "allowed",
};

const char *const times_verdict_keys[TIMES_VERDICTS] = {
	[TIMES_UNCHANGED] = "unchanged",   [TIMES_WORSE] = "worse",
	[TIMES_BETTER] = "better",         [TIMES_UNDECIDED] = "undecided",
	[TIMES_NOT_JUDGED] = "not_judged", [TIMES_NOT_MEASURED] = "not_measured",
};

bool cell_was_compared(const struct cell_change *cell)
{
	return cell->verdict < VERDICT_FAILED || cell->verdict > VERDICT_SKIPPED;
}

enum counts_verdict counts_verdict_of(const struct cell_change *cell)
{
	bool less = true;

	for (size_t i = 0; i < cell->counts_count; i++) {
		if (cell->counts[i].is_regression)
			return COUNTS_MORE;
		less &= cell->counts[i].b < cell->counts[i].a;
	}
	return cell->counts_count == 0 ? COUNTS_EQUAL : less ? COUNTS_LESS : COUNTS_ALLOWED;
}

enum times_verdict times_verdict_of(const struct cell_change *cell)
{
	/* A cell that was given up before its first block has no times. */
	if (!cell->has_times)
		return cell->verdict == VERDICT_INCONCLUSIVE ? TIMES_UNDECIDED : TIMES_NOT_MEASURED;
	switch (cell->time_verdict) {
	case VERDICT_REGRESSION:
		return TIMES_WORSE;
	case VERDICT_IMPROVEMENT:
		return TIMES_BETTER;
	case VERDICT_INCONCLUSIVE:
		return TIMES_UNDECIDED;
	case VERDICT_SAME_COUNTS:
		return TIMES_NOT_JUDGED;
	default:
		return TIMES_UNCHANGED;
	}
}

struct verdict_sums comparison_sums(const struct comparison *comparison)
{
	struct verdict_sums sums = {0};

	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[i];

		sums.failed += cell->verdict == VERDICT_FAILED;
		sums.only_a += cell->verdict == VERDICT_ONLY_A;
		sums.only_b += cell->verdict == VERDICT_ONLY_B;
		sums.skipped += cell->verdict == VERDICT_SKIPPED;
		sums.accepted += cell->verdict == VERDICT_ACCEPTED;
		if (!cell_was_compared(cell))
			continue;
		sums.compared++;
		enum times_verdict times = times_verdict_of(cell);
		enum counts_verdict counts = counts_verdict_of(cell);
		bool accepted = cell->verdict == VERDICT_ACCEPTED;
		sums.times[times] += !accepted || times != TIMES_WORSE;
		sums.counts[counts] += !accepted || counts != COUNTS_MORE;
	}
	return sums;
}

static void set_count(json_t *object, const char *key, size_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

json_t *comparison_sums_json(const struct comparison *comparison)
{
	struct verdict_sums sums = comparison_sums(comparison);
	json_t *json = json_object(), *times = json_object(), *counts = json_object();

	for (size_t i = 0; i < TIMES_VERDICTS; i++)
		set_count(times, times_verdict_keys[i], sums.times[i]);
	for (size_t i = 0; i < COUNTS_VERDICTS; i++)
		set_count(counts, counts_verdict_keys[i], sums.counts[i]);
	json_object_set_new(json, "time", times);
	json_object_set_new(json, "counts", counts);
	set_count(json, "accepted", sums.accepted);
	set_count(json, "compared", sums.compared);
	set_count(json, "failed", sums.failed);
	set_count(json, "only_baseline", sums.only_a);
	set_count(json, "only_candidate", sums.only_b);
	set_count(json, "skipped", sums.skipped);
	return json;
}
