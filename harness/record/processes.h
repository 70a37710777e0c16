/*
 * What several processes of one cell show: how far they differ, how many are slow, and how well
 * their median is known. The unit is the process, because the samples within one are not
 * independent: they share its placement in memory and its moment.
 */
#ifndef IOWALK_RECORD_PROCESSES_H
#define IOWALK_RECORD_PROCESSES_H

#include "../base/spread.h"

#define PROCESSES_CONFIDENCE 0.95 /* where the number of processes was chosen before */
/* A process is slow if its median is more than this above the least one: slow states of processes
 * were seen to take 30 to 45 % longer, and the others differ by less than 10 %. */
#define PROCESSES_SLOW_FACTOR 1.15

struct process_figures {
	struct spread medians; /* of the medians of the processes; its count is theirs */
	size_t slow_count;
	/* Interval of the median over all processes that the cell could have; NaN if there are too
	 * few: of 95 % below six. */
	double low, high;
};

/* medians[count]: of the time samples of each process, above 0; sorted in place. */
void process_figures(double *medians, size_t count, double confidence, struct process_figures *out);

/* The larger distance of an interval's ends from the figure, in per cent of it; NaN without an
 * interval. */
double process_half_width_percent(const struct process_figures *figures);

/*
 * An interval of the median of a distribution, from sorted values of it, for any distribution.
 * -ENODATA if there are too few for the confidence.
 */
int median_interval(const double *sorted, size_t count, double confidence, double *low,
		    double *high);

#endif
