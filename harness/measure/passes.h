/*
 * Measuring one cell: it is opened once, and then any number of samples of four passes are taken.
 *
 *   time     counters off; Google Benchmark's loop with manual timing, which covers the walk only
 *   latency  a timestamp before and after each operation, into a histogram
 *   count    perf events enabled during the walks; the harness's own share is calibrated and subtracted
 *   profile  stacks sampled and switches recorded during the walks (profile/profiler.h)
 *
 * Each walk is compared with the expected answer after the clock has stopped. Walks shorter than 50
 * µs are timed in groups, and the last walk of a group is compared.
 */
#ifndef IOWALK_MEASURE_PASSES_H
#define IOWALK_MEASURE_PASSES_H

#include <jansson.h>

#include "../plan/cell.h"
#include "../count/counters.h"
#include "../prepare/preparer.h"

struct measurement;

/* Walks of a time sample of a cell in which a walk takes so many seconds: as many as fill min_time, or one. */
uint64_t measurement_iterations(const struct cell *cell, double seconds);

/*
 * Opens the cell, walks it until its time does not fall any more, checks the answers, and chooses
 * the number of walks per sample. -EOPNOTSUPP if this machine or engine cannot run it; other errors, for example a wrong
 * answer, with the reason in `why`. `counters` may be NULL if no count pass is needed. With
 * COUNTERS_NONE a profile uses no perf events either.
 */
int measurement_open(const struct cell *cell, const struct prepared *prepared,
		     enum counters_mode mode, struct counters *counters, struct measurement **out,
		     struct why *why);
int measurement_close(struct measurement *measurement);

/*
 * Takes one sample. *out is a line of samples.jsonl without cell, pass and repetition; new
 * reference. -EOPNOTSUPP if the workload does not have this pass. A cell that cannot be made cold
 * (or warm) gives an error, never a sample.
 */
int measurement_sample(struct measurement *measurement, enum sample_pass pass, json_t **out,
		       struct why *why);

/*
 * To be called between samples if other processes measure the same file: a cold cell unmaps the
 * file and drops its cached pages, which would keep the file warm for the others.
 */
int measurement_rest(struct measurement *measurement, struct why *why);

#endif
