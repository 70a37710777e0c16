/* What a run has measured so far, and what it appends to its record. */
#ifndef IOWALK_MEASURE_RECORDER_H
#define IOWALK_MEASURE_RECORDER_H

#include "../base/progress.h"
#include "../plan/cell.h"
#include "../record/run.h"

#define COUNT_PROCESSES 3 /* in each of which a cell is counted once; opening perf events is dear */

/* The processes that have all of their samples. */
struct cell_state {
	bool failed;        /* in this session: it is not measured further */
	bool too_slow;      /* a step took longer than its job allows (cells.h) */
	double *medians_ns; /* [capacity]: of the time samples of each process; NaN: not measured */
	size_t capacity;
	double process_s; /* the least time that a process took for its times; 0: not known */
	bool latency_done;
	bool count_done[COUNT_PROCESSES];
	bool profile_done;
};

struct recorder {
	struct plan *plan;
	struct run *run;
	struct cell_state *states; /* [plan->cells_count] */
	struct progress progress;  /* its steps are samples */
	struct json_lines *stacks; /* the file of stacks; NULL: not open */
	double since_s;            /* clock_now_s() when the last sample was recorded */
	json_t *words;   /* set of the lines that workers have said; each is printed once */
	struct why *why; /* of an error of the record itself; borrowed */
};

/* Which sample of the record. */
struct sample_key {
	size_t cell;
	enum sample_pass pass;
	unsigned process, repetition;
};

/* Borrows all; finds out what a resumed run has already. -ENOMEM. */
int recorder_init(struct recorder *recorder, struct plan *plan, struct run *run, struct why *why);
void recorder_release(struct recorder *recorder);

/* The plan has gained cells at its end: makes their states and their entries in run.json. */
int recorder_grow(struct recorder *recorder, size_t cells_before);

/* How many samples a process takes of each pass, and how many processes take them. */
unsigned recorder_repetitions(const struct cell *cell, enum sample_pass pass);
unsigned recorder_processes(const struct cell *cell, enum sample_pass pass);

/* Is a process complete: times of all repetitions, and of process 0 the latencies? */
bool recorder_has_process(const struct recorder *recorder, size_t cell, unsigned process);

/* Notes the median of a complete process. -ENOMEM. */
int recorder_set_median(struct recorder *recorder, size_t cell, unsigned process, double median_ns);

/* Notes how long a complete process took. */
void recorder_add_cost(struct recorder *recorder, size_t cell, double seconds);

/* The medians of a cell's complete processes, in their order; the caller frees *out. */
int recorder_medians(const struct recorder *recorder, size_t cell, double **out, size_t *count);

/*
 * Appends a sample (the stacks of its profile go into a file of their own, record/profile_stacks.h), a failure (which is also printed on stderr, and after which the cell is not
 * measured further), or the reason why this machine does not support the cell. Only errors of the
 * record are returned. `sample` is taken over.
 */
int recorder_sample(struct recorder *recorder, const struct sample_key *key, json_t *sample);
int recorder_failure(struct recorder *recorder, const struct sample_key *key, const char *text);
int recorder_skip(struct recorder *recorder, size_t cell, const char *text);

/* Sets a key of a cell in run.json, and writes it. Takes over `value`. */
int recorder_amend(struct recorder *recorder, size_t cell, const char *key, json_t *value);
int recorder_write_info(struct recorder *recorder);

/* Prints the lines of `words` that no worker has said before. */
void recorder_pass_on(struct recorder *recorder, char *words);

#endif
