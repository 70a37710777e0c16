/* The phases of a report, side by side. A single run is a history of one phase. */
#ifndef IOWALK_JUDGE_HISTORY_H
#define IOWALK_JUDGE_HISTORY_H

#include "comparison.h"
#include "rows.h"
#include "targets.h"

#define PHASES_MAX 24

struct history_phase {
	char *name; /* as given; of a path the last part */
	struct run run;
	struct report report;
	json_t *about; /* phase.json; NULL if the run was not recorded as a phase */
};

/* One cell in all phases. */
struct history_cell {
	const char *name;
	const struct report_block *block; /* of the latest phase that timed the cell */
	const struct report_row *row;     /* in that phase */
	const struct cell_summary *
		*times; /* [phases_count]; NULL in phases that did not time the cell */
	const struct cell_change
		*change; /* from the first phase to the last; NULL if there is none */
	size_t group, order;
};

struct history {
	struct history_phase *phases; /* in the given order, the earliest first */
	size_t phases_count;
	struct history_phase *bases; /* phases that only targets name */
	size_t bases_count;
	struct history_cell *
		cells; /* by group, then in the suite's order; without cells of the harness floor */
	size_t cells_count;
	const struct cell_summary **times; /* storage of the cells' `times` */
	json_t *groups;                    /* "bfs, chain" → index of the group */
	struct comparison changes;         /* of the last phase, compared with the first */
	bool has_changes;
	/* Array of {"key":"machine.cpu_model", "values":[…], "same_machine":false}: one value per
	 * phase, null if unknown. */
	json_t *differences;
	struct targets targets;
	bool has_targets;
};

/* Reads the runs or phases words[count], 1 ≤ count ≤ PHASES_MAX, and compares the last with the
 * first at threshold_percent. `targets_path` may be NULL. On failure `why` has the reason. -ENODATA
 * if a run has no samples. */
int history_init(struct history *history, char *const *words, size_t count,
		 double threshold_percent, const char *targets_path, struct why *why);
void history_release(struct history *history);

static inline const struct history_phase *history_last(const struct history *history)
{
	return &history->phases[history->phases_count - 1];
}

#endif
