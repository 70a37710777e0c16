/*
 * One cell being measured: opened once, then any number of samples of the three passes.
 *
 *   time     counters off, Google Benchmark's loop, manual time round the walk alone
 *   latency  a timestamp round each operation, into a histogram
 *   count    perf events on round the walks; what the harness itself does is calibrated away
 *
 * Each walk is checked against the expected answer after its clock has stopped; walks shorter than
 * 50 µs are timed in groups, of which the last is checked whole.
 */
#ifndef IOWALK_MEASURE_PASSES_H
#define IOWALK_MEASURE_PASSES_H

#include <jansson.h>

#include "../plan/cell.h"
#include "../count/counters.h"
#include "../prepare/preparer.h"
#include "../roofline/rates.h"

struct measurement;

/*
 * Opens, warms up (checking the answer) and works out how many walks a sample takes. -EOPNOTSUPP:
 * this machine or engine cannot, with the reason; else errors, a wrong answer among them. `counters`
 * may be NULL where no count pass will be asked for.
 */
int measurement_open(const struct cell *cell, const struct prepared *prepared,
		     struct counters *counters, struct measurement **out, struct why *why);
int measurement_close(struct measurement *measurement);

/* The least time the device needs for a walk of this cell: from now on in its time samples. */
void measurement_set_bound(struct measurement *measurement, const struct roofline_bound *bound);

/*
 * Takes one sample: a line of samples.jsonl without its cell, pass and repetition. *out is NULL and
 * the result -EOPNOTSUPP where the workload has no such pass. A cell that does not become cold (or
 * warm) is an error, not a number.
 */
int measurement_sample(struct measurement *measurement, enum sample_pass pass, json_t **out,
		       struct why *why);

/*
 * Between two samples while others measure the same file: a cold cell keeps nothing of it mapped or
 * cached, which would keep it warm for them.
 */
int measurement_rest(struct measurement *measurement, struct why *why);

#endif
