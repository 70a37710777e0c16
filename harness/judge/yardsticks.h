/*
 * What the machine itself did between the two sides: cells that are bare loops, and the roofline. It is
 * shown beside a comparison. Times are not corrected by it: a yardstick that does not move with a cell
 * doubles the error. The exception is the speed of the core (figures.h), where the runs show that it helps.
 */
#ifndef IOWALK_JUDGE_YARDSTICKS_H
#define IOWALK_JUDGE_YARDSTICKS_H

#include "comparison.h"
#include "side.h"

/*
 * Appends one sentence to `text`, or nothing if there is no yardstick on both sides: the median change of
 * the bare loops' times among the cells of `comparison`, and that of the rates of the rooflines (medians
 * over a side's runs; none if both sides used the same measurement), and core_shift, the logarithm of the change of core_ns (NaN:
 * unknown). -ENOMEM.
 */
int yardsticks_text(const struct comparison *comparison, const struct side *a, const struct side *b,
		    double core_shift, char *text, size_t size);

#endif
