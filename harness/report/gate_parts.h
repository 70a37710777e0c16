/* The parts of the report of a gate, in their order; gate_report() puts them together. */
#ifndef IOWALK_REPORT_GATE_PARTS_H
#define IOWALK_REPORT_GATE_PARTS_H

#include "../base/document.h"
#include "../gate/story.h"

/* Builds, machine, date, length, threshold: one line. */
void gate_put_byline(struct document *document, const struct gate_story *story);

/* What changes how the page is read, each with its remedy, as items; returns how many there are. With a NULL
 * document they are only counted. */
size_t gate_put_warnings(struct document *document, const struct gate_story *story);

/* The number of cells by verdict, times and counts apart. */
void gate_put_sums(struct document *document, const struct gate_story *story);

/* The effects of the cells that changed and of the largest others, as a forest plot. */
void gate_put_figure(struct document *document, const struct gate_story *story);

/* The cells in the order of gate_story_order(): those that changed, then, folded, the undecided and the unchanged
 * ones. */
void gate_put_cells(struct document *document, const struct gate_story *story,
		    struct story_cell *const *order);

/* The blocks of suspect and undecided cells. */
void gate_put_blocks(struct document *document, const struct gate_story *story,
		     struct story_cell *const *order);

/* Cells whose mean of all samples changed unlike their least samples. */
void gate_put_stalls(struct document *document, const struct gate_story *story,
		     struct story_cell *const *order);

/* The counts of both sides of all cells, folded. */
void gate_put_counts(struct document *document, const struct gate_story *story);

/* The counts that are shown of every cell. */
struct gate_metric {
	const char *metric, *title;
};
extern const struct gate_metric gate_metrics[];
extern const size_t gate_metrics_count;

/* Cells without a comparison, and why; and what the command left out. */
void gate_put_left_out(struct document *document, const struct gate_story *story);

/* A picture of the blocks of one cell: an <svg> element. The caller frees it. NULL if out of memory. */
char *gate_strip(const struct story_cell *cell, double threshold_percent);

#endif
