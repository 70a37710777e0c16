/*
 * Phases side by side: what `iowalk report` tells of. One run is a history of one phase.
 */
#ifndef IOWALK_JUDGE_HISTORY_H
#define IOWALK_JUDGE_HISTORY_H

#include "comparison.h"
#include "rows.h"
#include "targets.h"

#define PHASES_MAX 24

struct history_phase {
	char *name; /* as it was asked for; a path's last part */
	struct run run;
	struct report report;
	json_t *about; /* phase.json, or NULL: a run that was not recorded */
};

/* One cell in all phases. */
struct history_cell {
	const char *name;
	const struct report_block *block;  /* of the latest phase that timed it */
	const struct report_row *row;      /* there */
	const struct cell_summary **times; /* phases_count; NULL where it was not timed */
	const struct cell_change *change;  /* first phase to last; NULL without one */
	size_t group, order;
};

struct history {
	struct history_phase *phases; /* in the order asked for, mostly that of time */
	size_t phases_count;
	struct history_phase *bases; /* phases that only targets name */
	size_t bases_count;
	struct history_cell *cells; /* by group, then as the suite has them; without the floor's */
	size_t cells_count;
	const struct cell_summary **times; /* what the cells' point into */
	json_t *groups;                    /* "bfs, chain" → number of the group */
	struct comparison changes;         /* of the last phase with the first */
	bool has_changes;
	/* array of {"key":"machine.cpu_model", "values":[…], "same_machine":false}, a value a phase,
	 * null where unknown */
	json_t *differences;
	struct targets targets;
	bool has_targets;
};

/*
 * Reads the runs or phases words[count], 1 ≤ count ≤ PHASES_MAX, and compares the last with the first
 * at threshold_percent. `targets_path` may be NULL. `why` says what is wrong, -ENODATA for a run
 * without samples.
 */
int history_init(struct history *history, char *const *words, size_t count,
		 double threshold_percent, const char *targets_path, struct why *why);
void history_release(struct history *history);

static inline const struct history_phase *history_last(const struct history *history)
{
	return &history->phases[history->phases_count - 1];
}

#endif
