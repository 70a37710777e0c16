/* The ranking of layouts, engines and options below the blocks of a table. */
#ifndef IOWALK_REPORT_RANKING_H
#define IOWALK_REPORT_RANKING_H

#include "../base/text.h"
#include "../judge/ranking.h"

/* The fastest rows of each ranking, with ties, and how far the rest goes. Nothing if no two cells do the same work. */
void ranking_print(FILE *out, const struct report *report, const struct style *style);

/* An array of {workload, graph, cache, nodes_count, rows: [{rank, tied, cell}]}. New reference. */
json_t *ranking_json(const struct report *report);

#endif
