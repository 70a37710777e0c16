/* The ranking on the terminal and as JSON: see ranking.h. */
#include "ranking.h"

#include "../base/units.h"

#include <inttypes.h>

/* How many rows of each ranking are shown on a terminal, so that all of them fit a few screens; the JSON has
 * all rows. */
static size_t rows_shown(size_t rankings_count)
{
	return rankings_count <= 2 ? 10 : rankings_count <= 8 ? 5 : 3;
}

/* "and 7 more, to 22.6×" */
static void print_rest(FILE *out, const struct rankings *rankings, const struct ranking *ranking,
		       size_t shown, const struct style *style)
{
	char ratio[UNIT_TEXT_MAX];

	format_ratio(ratio, sizeof(ratio), ranking_ratio(rankings, ranking, ranking->count - 1),
		     style->utf8);
	fprintf(out, "         and %zu more, to %s\n", ranking->count - shown, ratio);
}

static void print_ranking(FILE *out, const struct rankings *rankings, const struct ranking *ranking,
			  const struct style *style)
{
	const struct ranked_row *rows = &rankings->rows[ranking->first];
	size_t most = rows_shown(rankings->count);
	size_t shown = ranking->count <= most + 1 ? ranking->count : most;
	char text[4 * LABEL_MAX], time[UNIT_TEXT_MAX], ratio[UNIT_TEXT_MAX];

	ranking_title(rankings, ranking, text, sizeof(text));
	fprintf(out, "  %s\n", text);
	for (size_t i = 0; i < shown; i++) {
		format_time_ns(time, sizeof(time), rows[i].row->summary->real_time_ns.median,
			       style->utf8);
		format_ratio(ratio, sizeof(ratio), ranking_ratio(rankings, ranking, i),
			     style->utf8);
		ranking_row_text(&rows[i], text, sizeof(text));
		fprintf(out, "  %4zu%c  ", rows[i].rank, rows[i].tied ? '=' : ' ');
		print_padded(out, time, 9, false);
		fputs("  ", out);
		print_padded(out, ratio, 6, false);
		fputs("  ", out);
		print_clean(out, text);
		fputc('\n', out);
	}
	if (shown < ranking->count)
		print_rest(out, rankings, ranking, shown, style);
}

void ranking_print(FILE *out, const struct report *report, const struct style *style)
{
	struct rankings rankings;

	if (rankings_init(&rankings, report) != 0 || !rankings.count) {
		rankings_release(&rankings);
		return;
	}
	fprintf(out, "\n%sranking%s\n", style->bold, style->off);
	for (size_t i = 0; i < rankings.count; i++)
		print_ranking(out, &rankings, &rankings.rankings[i], style);
	fprintf(out,
		"%s  =: tied: the 95 %% intervals overlap; of fewer than six processes: the "
		"samples overlap, "
		"or the medians differ by less than %g %%%s\n",
		style->dim, RANKING_TIE_PERCENT, style->off);
	rankings_release(&rankings);
}

json_t *ranking_json(const struct report *report)
{
	struct rankings rankings;
	json_t *array = json_array();

	if (rankings_init(&rankings, report) != 0)
		return array;
	for (size_t i = 0; i < rankings.count; i++) {
		const struct ranking *ranking = &rankings.rankings[i];
		json_t *rows = json_array();

		for (size_t k = 0; k < ranking->count; k++) {
			const struct ranked_row *ranked = &rankings.rows[ranking->first + k];
			json_array_append_new(rows, json_pack("{s:I, s:b, s:s}", "rank",
							      (json_int_t)ranked->rank, "tied",
							      ranked->tied, "cell",
							      ranked->row->summary->name));
		}
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s, s:I, s:o}", "workload",
						ranking->workload, "graph", ranking->graph, "cache",
						ranking->cache, "nodes_count",
						(json_int_t)ranking->nodes_count, "rows", rows));
	}
	rankings_release(&rankings);
	return array;
}
