/*
 * When a gate has seen enough: sequential decisions over blocks. Pure, as statistics.h.
 *
 * A block is one value: mean ln of the candidate's times less that of the baseline's, measured in the
 * order ABBA or BAAB as a coin says. The coin makes the sign of a block a fair one where nothing
 * changed, whatever drift, autocorrelation or tails the noise has; so the signed-rank test is exact
 * for it, and the levels below hold without assumptions on the noise. tests/test_decision.c
 * simulates them under drift, autocorrelation and heavy tails.
 *
 * Looking several times: after a share t of the most blocks, t^spending of the error allowed is spent,
 * and every look is tested at what is spent there. The sum bounds the error however the looks depend
 * on each other (union bound), at the price of a few per cent more blocks than boundaries that use
 * the dependence. Sources: Lan and DeMets, Discrete Sequential Boundaries for Clinical Trials (1983);
 * Kim and DeMets, Design and Analysis of Group Sequential Tests … (1987), the power family; for
 * the other side (clear), Pampallona, Tsiatis and Kim (2001)
 */
#ifndef IOWALK_DECISION_H
#define IOWALK_DECISION_H

#include <stddef.h>

enum decision {
	DECISION_CONTINUE, /* measure until the next look */
	DECISION_CLEAR,    /* not slower by the threshold or more */
	DECISION_SLOWER,
	DECISION_FASTER,
	DECISION_OPEN, /* the last look is over, and it cannot be told */
};

struct decision_plan {
	const size_t
		*looks; /* [looks_count]: blocks at each look, ascending; the last is the most */
	size_t looks_count; /* ≥ 1 */
	double threshold;   /* the least effect that matters, of logarithms: log1p(0.025) */
	double alpha;       /* one-sided, for one cell: of SLOWER where nothing changed */
	double beta; /* of CLEAR where the effect is the threshold itself; falls fast beyond */
	double alpha_spending; /* 1: evenly; 3: late, much as O'Brien and Fleming */
	double beta_spending;
};

/*
 * Screening: which cells deserve fresh blocks. `count` is the number of blocks so far; between looks
 * it says CONTINUE. SLOWER: flagged (p ≤ its share of alpha). CLEAR: an effect of the threshold or
 * more is rejected at its share of beta. The last look flags what it could not clear, so OPEN is
 * never said: a cell is passed on account of evidence, not of noise. Never FASTER.
 * alpha decides time alone, not false alarms: the confirmation uses fresh blocks.
 */
enum decision screen_decide(const double *blocks, size_t count, const struct decision_plan *plan);

/*
 * Confirmation, by fresh blocks alone. SLOWER: the sequential p is at most alpha / family_count and
 * the effect (hodges_lehmann) at least the threshold; FASTER the same the other way. CLEAR as in
 * screen_decide(). OPEN at the last look where neither holds: then Holm over the sequential p of all
 * the family may still reject; else the cell is inconclusive. family_count: cells that are confirmed.
 */
enum decision confirm_decide(const double *blocks, size_t count, size_t family_count,
			     const struct decision_plan *plan);

/*
 * The p of "slower" after looks up to `count` blocks: the least of each look's signed-rank p over its
 * share, at most 1. A proper p-value however early the looking ended. NaN without memory.
 */
double sequential_p(const double *blocks, size_t count, const struct decision_plan *plan);

/*
 * What simulations recommend; the threshold, log1p(0.025), is the caller's to change. A gate of six
 * cells whose processes vary by 4 % (normal): 1 false alarm in 4 000 gates, 5 % slower in one cell
 * found in 99.8 %, 10 % in all, 2.5 % in 40 %; 1 % of cells open; 56 blocks of screening and 33 of
 * confirmation a gate. With alpha .005 and even spending, of METHOD.md's kind: 5 in 4 000, the rest
 * alike.
 */
extern const struct decision_plan screen_plan_default;  /* 6, 10, 14 blocks; alpha .10, beta .2 */
extern const struct decision_plan confirm_plan_default; /* 12, 20, 30, 40; alpha .001, beta .05 */

#endif
