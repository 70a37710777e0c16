/* Measures cells of a run in a worker, and records its samples as they come. */
#ifndef IOWALK_MEASURE_CELLS_H
#define IOWALK_MEASURE_CELLS_H

#include "../count/counters.h"
#include "../prepare/preparer.h"
#include "../roofline/rates.h"
#include "recorder.h"
#include "worker/process.h"

struct memory_groups;

struct run_settings {
	enum counters_mode counters;
	double timeout_s;             /* without a sign of life a worker counts as hung */
	struct memory_groups *groups; /* NULL if no cell has a memory limit */
};

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
	char program_path[4096];
};

/*
 * Begins and ends measuring the cells of a plan into a run; see recorder_init() for what it borrows. The struct
 * stays where it is in between. -ENOMEM, or an error of the record.
 */
int measuring_init(struct measuring *measuring, struct plan *plan, struct run *run,
		   struct preparer *preparer, const struct run_settings *settings, struct why *why);
void measuring_release(struct measuring *measuring);

/* Makes room for the cells that the plan has gained at its end, and adds them to run.json. */
int measuring_grow(struct measuring *measuring, size_t cells_before);

struct measure_job {
	size_t *cells; /* [count]: with the same memory limit */
	size_t count;
	unsigned process;
	unsigned passes; /* mask of 1 << enum sample_pass; latencies are those of process 0 */
	/* A step that takes longer ends the worker, and the cell is too slow: no failure. 0: no limit. Only for a job of
	 * one cell. */
	double limit_s;
};

/*
 * Measures the cells of a job, one after the other, in one worker; in another one after a worker
 * that has crashed or hung, which is a failure of its cell only. A signal (base/signals.h) ends the
 * worker, and 0 is returned. Only errors of the record are returned.
 */
int measure_cells(struct measuring *measuring, const struct measure_job *job);

#endif
