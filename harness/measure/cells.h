/* Measures cells of a run in a worker, and records its samples as they come. */
#ifndef IOWALK_MEASURE_CELLS_H
#define IOWALK_MEASURE_CELLS_H

#include "../count/counters.h"
#include "../prepare/preparer.h"
#include "../roofline/rates.h"
#include "recorder.h"
#include "worker/process.h"

struct memory_groups;

struct measuring {
	struct recorder recorder;
	struct preparer *preparer;
	struct memory_groups *groups; /* NULL if no cell has a memory limit */
	struct worker_binary program; /* this program, copied into memory for each round */
	struct roofline roofline;     /* of run.json, or empty */
	enum counters_mode counters;
	double timeout_s;      /* of a step, in addition to the time that its size requires */
	uint64_t random;       /* state of the generator for paddings */
	struct prepared *room; /* [plan->cells_count]: for the cells of a job */
};

struct measure_job {
	size_t *cells; /* [count]: with the same memory limit */
	size_t count;
	unsigned process;
	unsigned passes; /* mask of 1 << enum sample_pass; latencies are those of process 0 */
};

/*
 * Measures the cells of a job, one after the other, in one worker; in another one after a worker
 * that has crashed or hung, which is a failure of its cell only. A signal (base/signals.h) ends the
 * worker, and 0 is returned. Only errors of the record are returned.
 */
int measure_cells(struct measuring *measuring, const struct measure_job *job);

#endif
