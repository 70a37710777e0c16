/* Sequential decisions over blocks: see decision.h. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "decision.h"
#include "statistics.h"

static const size_t screen_looks[] = {6, 10, 14};
static const size_t confirm_looks[] = {12, 20, 30, 40};
const struct decision_plan screen_plan_default = {
	.looks = screen_looks,
	.looks_count = 3,
	.threshold = 0.0247,
	.alpha = 0.10,
	.beta = 0.20,
	.alpha_spending = 1,
	.beta_spending = 1,
};
const struct decision_plan confirm_plan_default = {
	.looks = confirm_looks,
	.looks_count = 4,
	.threshold = 0.0247,
	.alpha = 0.001,
	.beta = 0.05,
	.alpha_spending = 3,
	.beta_spending = 1,
};

/* The share of the error that look i may spend. */
static double share_of(const struct decision_plan *plan, double spending, size_t i)
{
	double most = (double)plan->looks[plan->looks_count - 1];
	double before = i == 0 ? 0 : pow((double)plan->looks[i - 1] / most, spending);
	return pow((double)plan->looks[i] / most, spending) - before;
}

/* Which look `count` blocks are; looks_count where none. More than the last are the last. */
static size_t look_of(const struct decision_plan *plan, size_t count)
{
	size_t last = plan->looks_count - 1;
	for (size_t i = 0; i < last; i++) {
		if (plan->looks[i] == count)
			return i;
	}
	return count >= plan->looks[last] ? last : plan->looks_count;
}

/* p of "centre of sign × (block − origin) > 0". */
static double shifted_p(const double *blocks, size_t count, double sign, double origin)
{
	double p = NAN, *shifted = calloc(count + 1, sizeof *shifted);
	for (size_t i = 0; shifted != NULL && i < count; i++)
		shifted[i] = sign * (blocks[i] - origin);
	if (shifted != NULL)
		p = signed_rank_p(shifted, count);
	free(shifted);
	return p;
}

static bool is_clear(const double *blocks, size_t count, const struct decision_plan *plan,
		     size_t look)
{
	return shifted_p(blocks, count, -1, plan->threshold) <=
	       plan->beta * share_of(plan, plan->beta_spending, look);
}

/* Of sign × block; see sequential_p(). */
static double directed_p(const double *blocks, size_t count, double sign,
			 const struct decision_plan *plan)
{
	double least = 1;
	for (size_t i = 0; i < plan->looks_count && plan->looks[i] <= count; i++) {
		/* the last look takes what there is beyond it */
		size_t used = i + 1 == plan->looks_count ? count : plan->looks[i];
		double p = shifted_p(blocks, used, sign, 0);
		if (isnan(p))
			return p;
		least = fmin(least, p / share_of(plan, plan->alpha_spending, i));
	}
	return least;
}

double sequential_p(const double *blocks, size_t count, const struct decision_plan *plan)
{
	return directed_p(blocks, count, 1, plan);
}

enum decision screen_decide(const double *blocks, size_t count, const struct decision_plan *plan)
{
	size_t look = look_of(plan, count);
	if (look == plan->looks_count)
		return DECISION_CONTINUE;
	if (shifted_p(blocks, count, 1, 0) <=
	    plan->alpha * share_of(plan, plan->alpha_spending, look))
		return DECISION_SLOWER;
	if (is_clear(blocks, count, plan, look))
		return DECISION_CLEAR;
	return look + 1 == plan->looks_count ? DECISION_SLOWER : DECISION_CONTINUE;
}

enum decision confirm_decide(const double *blocks, size_t count, size_t family_count,
			     const struct decision_plan *plan)
{
	size_t look = look_of(plan, count);
	if (look == plan->looks_count)
		return DECISION_CONTINUE;
	double effect = hodges_lehmann(blocks, count);
	double level = plan->alpha / (double)(family_count == 0 ? 1 : family_count);
	if (effect >= plan->threshold && sequential_p(blocks, count, plan) <= level)
		return DECISION_SLOWER;
	if (effect <= -plan->threshold && directed_p(blocks, count, -1, plan) <= level)
		return DECISION_FASTER;
	if (is_clear(blocks, count, plan, look))
		return DECISION_CLEAR;
	return look + 1 == plan->looks_count ? DECISION_OPEN : DECISION_CONTINUE;
}
