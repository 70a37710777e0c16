/*
 * Student's t over runs, with variances shrunk over cells. Pure: no I/O, no state.
 *
 * The unit is a run: a cell has one figure in each run, and a side has few runs, so the variance
 * between them is badly known from one cell. Cells of one group (one cache state) lend each other
 * theirs: each variance is drawn towards the usual one of its group, which counts as much as
 * PRIOR_DEGREES_MAX more runs at most, and less where the cells of the group differ in their variances.
 *
 * Source: Smyth, Linear Models and Empirical Bayes Methods for Assessing Differential Expression in
 * Microarray Experiments (2004), sections 4 and 6.2 (limma's eBayes)
 */
#ifndef IOWALK_JUDGE_MODERATED_H
#define IOWALK_JUDGE_MODERATED_H

#include <stddef.h>

#define PRIOR_DEGREES_MAX 4.0
#define RUN_ALPHA         0.001 /* two-sided, a cell: half of it for slower, half for faster */
#define RUN_POWER         0.9   /* an effect of found_shift() is found with this probability */

/* The figures of one cell: natural logarithms of times. */
struct run_shift {
	double a_mean, b_mean; /* of the baseline's runs, and of the candidate's */
	double shift;          /* b_mean − a_mean */
	double variance;       /* between runs of one side, pooled over both sides */
	double degrees;        /* of `variance`: runs − 2, ≥ 1 */
	double scale;          /* sqrt(1/K + 1/M): of a mean of K and of M runs */
	double bias; /* >= 0: how far the sides may differ for a known reason; part of the error */
	unsigned group;       /* < RUN_GROUPS */
	double error;         /* out: the standard error of `shift` */
	double error_degrees; /* out: its degrees of freedom */
};
#define RUN_GROUPS 2

/* Sets the means, shift, variance, degrees and scale from the logarithms of K and M runs; K ≥ 1, M ≥ 1 and
 * K + M ≥ 3. bias and group are left alone. */
void run_shift_init(struct run_shift *out, const double *a, size_t a_count, const double *b,
		    size_t b_count);

/* Sets error and error_degrees of all cells. O(count). */
void moderate(struct run_shift *shifts, size_t count);

/* How far the shift must be from 0 to be significant at RUN_ALPHA. */
double significant_shift(const struct run_shift *shift);

/*
 * The true shift that this comparison finds with probability RUN_POWER, if only shifts of at least
 * `least` (natural logarithm, ≥ 0) count as found.
 */
double found_shift(const struct run_shift *shift, double least);

/* Digamma and trigamma, x > 0. Source: DLMF 5.5.2, 5.11.2 and 5.15.8. */
double digamma(double x);
double trigamma(double x);

#endif
