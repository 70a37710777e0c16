/*
 * What a run, or the step from the first phase to the last, showed, in one sentence: the title of a report. It is made from the
 * data by fixed rules, and says no more than the intervals allow: ties are called ties, and what is not proven is not said.
 *
 * A run: for each cache state the fastest of each workload and graph, at the largest size, and how much longer another takes. An
 * engine that holds the whole file is the reference and no competitor.
 *   "Warm, mmap and mmap_advised tie; pread takes 13 to 53×. Cold, buffered is fastest on chain, all 4 tie on star"
 * Phases: the engines with proven changes of time, largest first, slower ones before faster ones, then the counts.
 *   "start → now: buffered 3.3 to 7.5× faster (random, warm); no time proven slower; calls: 11 better, 5 worse"
 */
#ifndef IOWALK_JUDGE_FINDING_H
#define IOWALK_JUDGE_FINDING_H

#include "history.h"

#define FINDING_MAX 640 /* bytes of a finding */

/* -ENOMEM. */
int finding_of_run(const struct report *report, char *text, size_t size);
int finding_of_history(const struct history *history, char *text, size_t size);

/* The change of the control, the cells of an engine without data: of the one that changed most. NULL: there is none in both
 * phases. */
const struct cell_change *finding_control(const struct history *history);

#endif
