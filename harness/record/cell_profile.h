/* Profiles of a run: the lines of samples.jsonl with pass `profile`. */
#ifndef IOWALK_RECORD_CELL_PROFILE_H
#define IOWALK_RECORD_CELL_PROFILE_H

#include "run.h"

/* The kinds of time, as in the metrics <kind>_ns. */
enum profile_part {
	PART_USER,
	PART_SYSTEM, /* calls and faults that could not be told apart */
	PART_SYSCALL,
	PART_FAULT,
	PART_INTERRUPT,
	PART_RUNNABLE,
	PART_BLOCKED,
	PART_UNASSIGNED,
	PARTS_COUNT
};
extern const char *const profile_part_names[PARTS_COUNT]; /* "user", "system", … */

/* Where the most time of a profile goes. Borrowed from the sample, or empty. */
struct profile_most {
	const char *span; /* path */
	enum profile_part part;
	const char *call; /* name of the system call, "page_fault", or NULL; not terminated */
	int call_len;
	double ns;
};

struct cell_profile {
	const json_t *sample;     /* borrowed; NULL: this cell has no profile */
	double wall_ns;           /* of a walk, times its threads */
	double ns[PARTS_COUNT];   /* of a walk; NaN: unknown */
	double cost_percent;      /* NaN: unknown */
	struct profile_most most; /* span NULL: unknown */
};

/* The last profile of each cell of the run, in its order, without those that failed. The caller frees
 * *out. 0 or -ENOMEM. */
int cell_profiles_find(const struct run *run, struct cell_profile **out, size_t *count);

/* Appends a span's path for people, without its workload: "slotted.neighbors_batch > pread.read_batch". */
void append_span_path(char *text, size_t size, const char *path);

#endif
