/*
 * The lower bound of a walk's time, from the measured rates: see rates.h; docs/METHOD.md gives the
 * reasons.
 *
 * How it works: the pages of a walk are divided among its levels in proportion to their nodes. All
 * nodes of a level are known at once, so an engine can have as many reads in flight as the level
 * has nodes; the nodes of the next level are known only after these reads. So each level takes the
 * rate of random reads at a depth equal to its width. The alternative is to read the whole file
 * once sequentially, its first bytes at the rate of a burst. The bound is the cheaper of the two.
 */
#include "rates.h"

#include <math.h>

double roofline_reads_per_second(const struct roofline *roofline, double depth)
{
	const struct roofline_read *below = NULL;

	for (size_t i = 0; i < roofline->reads_count; i++) {
		const struct roofline_read *read = &roofline->reads[i];
		if (read->sequential)
			continue;
		if ((double)read->depth >= depth) {
			if (!below || (double)read->depth <= depth)
				return read->reads_per_second.median;
			double share =
				log(depth / below->depth) / log((double)read->depth / below->depth);
			return exp((1 - share) * log(below->reads_per_second.median) +
				   share * log(read->reads_per_second.median));
		}
		below = read;
	}
	return below ? below->reads_per_second.median : (double)NAN;
}

double roofline_sequential_bytes_per_second(const struct roofline *roofline)
{
	for (size_t i = 0; i < roofline->reads_count; i++) {
		const struct roofline_read *read = &roofline->reads[i];
		if (read->sequential && !read->span_bytes)
			return read->reads_per_second.median * (double)read->block_bytes;
	}
	return NAN;
}

double roofline_sequential_s(const struct roofline *roofline, double bytes)
{
	double rate = roofline_sequential_bytes_per_second(roofline), head_bytes = 0,
	       head_rate = rate;

	for (size_t i = 0; i < roofline->reads_count; i++) {
		const struct roofline_read *read = &roofline->reads[i];
		if (!read->span_bytes)
			continue;
		head_bytes = fmin(bytes, (double)read->span_bytes);
		/* A burst includes the latency of its first read. If only that makes it slower,
		 * ignore it. */
		head_rate = fmax(rate, read->reads_per_second.median * (double)read->block_bytes);
	}
	return head_bytes / head_rate + (bytes - head_bytes) / rate;
}

bool roofline_read_is_unsteady(const struct roofline_read *read)
{
	const struct spread *rate = &read->reads_per_second;

	return rate->count > 1 && rate->high - rate->low > ROOFLINE_STEADY_SHARE * rate->median;
}

bool roofline_is_unsteady(const struct roofline *roofline)
{
	for (size_t i = 0; i < roofline->reads_count; i++) {
		if (roofline_read_is_unsteady(&roofline->reads[i]))
			return true;
	}
	return false;
}

/* Seconds per page if the pages are read level by level. */
static double page_s(const struct roofline *roofline, const struct walk_summary *walk)
{
	double reached = 0, rest_count, sum_s = 0;
	uint64_t levels = 0;

	if (!walk || walk->reached_count == 0 || walk->levels_count == 0)
		return 1 / roofline_reads_per_second(roofline, 1);
	for (; levels < walk->levels_count && levels < LEVELS_RECORDED; levels++) {
		double nodes = (double)walk->level_counts[levels];
		if (nodes < 1)
			continue;
		sum_s += nodes / roofline_reads_per_second(roofline, nodes);
		reached += nodes;
	}
	/* Of the levels after LEVELS_RECORDED only the mean width is known. */
	rest_count = (double)walk->reached_count - reached;
	if (rest_count >= 1 && walk->levels_count > levels)
		sum_s += rest_count /
			 roofline_reads_per_second(
				 roofline,
				 fmax(1, rest_count / (double)(walk->levels_count - levels)));
	return sum_s / (double)walk->reached_count;
}

struct roofline_bound roofline_bound(const struct roofline *roofline,
				     const struct roofline_work *work)
{
	const struct walk_summary *walk = work->walk;
	struct roofline_bound bound = {0};

	if (roofline->reads_count == 0 || work->working_set_pages_count == 0)
		return bound;
	double random_s = (double)work->working_set_pages_count * page_s(roofline, walk);
	double sequential_s = roofline_sequential_s(roofline, (double)work->file_bytes);
	bool sequential = work->file_bytes > 0 && sequential_s < random_s;
	bound.bound_ns = 1e9 * (sequential ? sequential_s : random_s);
	if (!isfinite(bound.bound_ns) || bound.bound_ns <= 0)
		return bound;
	bound.working_set_pages_count = work->working_set_pages_count;
	bound.pattern = sequential ? "sequential" : "random";
	bound.depth = 1;
	if (walk && walk->levels_count > 0)
		bound.depth =
			fmin(fmax((double)walk->reached_count / (double)walk->levels_count, 1),
			     ROOFLINE_DEPTH_MAX);
	return bound;
}
