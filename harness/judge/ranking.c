/* Layouts, engines and options together: see ranking.h. */
#include "ranking.h"

#include "../base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of a label before its options: "bfs" of "bfs order:sorted". */
static size_t name_len(const char *label)
{
	return strcspn(label, " ");
}

/* Settings of the whole cell that are conditions, and no way to do the work. */
static void append_condition(char *text, size_t size, const struct cell_summary *summary,
			     const char *key)
{
	const json_t *value = json_object_get(summary->cell, key);

	if (value)
		text_append(text, size, "/%s:%" PRId64, key, (int64_t)json_integer_value(value));
}

static void make_key(const struct report_block *block, const struct report_row *row, char *key,
		     size_t size)
{
	const struct cell_summary *summary = row->summary;

	snprintf(key, size, "%.*s/%s/%s/%" PRIu64 "/%" PRIu64 "/%" PRIu64,
		 (int)name_len(block->workload), block->workload, block->graph, block->cache,
		 summary->nodes_count, summary->reached_count, summary->walked_edges_count);
	append_condition(key, size, summary, "threads_count");
	append_condition(key, size, summary, "memory_limit_bytes");
}

struct keyed_row {
	char key[4 * LABEL_MAX];
	struct ranked_row ranked;
	size_t order;
};

static double median_ns(const struct keyed_row *keyed)
{
	return keyed->ranked.row->summary->real_time_ns.median;
}

static int order_keyed(const void *a, const void *b)
{
	const struct keyed_row *x = a, *y = b;
	int by_key = strcmp(x->key, y->key);

	if (by_key)
		return by_key;
	if (median_ns(x) != median_ns(y))
		return median_ns(x) < median_ns(y) ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

bool ranking_is_tie(const struct report_row *faster, const struct report_row *slower)
{
	const struct spread *x = &faster->summary->real_time_ns;
	const struct spread *y = &slower->summary->real_time_ns;
	double x_high = faster->summary->processes.high, y_low = slower->summary->processes.low;

	if (x_high > 0 && y_low > 0)
		return y_low <= x_high;
	return y->low <= x->high || y->median < x->median * (1 + RANKING_TIE_PERCENT / 100);
}

/* Ties are with the fastest row of their rank, so that small steps do not make all rows equal. */
static void set_ranks(struct ranked_row *rows, size_t count)
{
	for (size_t i = 0, first = 0; i < count; i++) {
		if (i > first && ranking_is_tie(rows[first].row, rows[i].row))
			rows[first].tied = rows[i].tied = true;
		else
			first = i;
		rows[i].rank = first + 1;
	}
}

static void add_group(struct rankings *rankings, const struct keyed_row *keyed, size_t count,
		      size_t *rows_count)
{
	const struct report_block *block = keyed[0].ranked.block;
	bool same_workload = true;

	for (size_t i = 1; i < count; i++) {
		same_workload &= strcmp(keyed[i].ranked.block->workload, block->workload) == 0;
	}
	if (count < 2)
		return;
	struct ranking *ranking = &rankings->rankings[rankings->count++];
	*ranking = (struct ranking){.cache = block->cache,
				    .nodes_count = keyed[0].ranked.row->summary->nodes_count,
				    .first = *rows_count,
				    .count = count};
	snprintf(ranking->workload, sizeof(ranking->workload), "%.*s",
		 (int)(same_workload ? strlen(block->workload) : name_len(block->workload)),
		 block->workload);
	snprintf(ranking->graph, sizeof(ranking->graph), "%s", block->graph);
	for (size_t i = 0; i < count; i++)
		rankings->rows[(*rows_count)++] = keyed[i].ranked;
	set_ranks(rankings->rows + ranking->first, count);
}

int rankings_init(struct rankings *rankings, const struct report *report)
{
	size_t count = 0, rows_count = 0;

	*rankings = (struct rankings){0};
	for (size_t i = 0; i < report->blocks_count; i++)
		count += report->blocks[i].is_floor ? 0 : report->blocks[i].count;
	struct keyed_row *keyed = calloc(count + 1, sizeof(*keyed));
	rankings->rows = calloc(count + 1, sizeof(*rankings->rows));
	rankings->rankings = calloc(count + 1, sizeof(*rankings->rankings));
	if (!keyed || !rankings->rows || !rankings->rankings) {
		free(keyed);
		rankings_release(rankings);
		return -ENOMEM;
	}
	count = 0;
	for (size_t i = 0; i < report->blocks_count; i++) {
		const struct report_block *block = &report->blocks[i];

		for (size_t j = 0; !block->is_floor && j < block->count; j++) {
			const struct report_row *row = &report->rows[block->first + j];

			if (!row->summary->verified || row->summary->error)
				continue;
			keyed[count].ranked = (struct ranked_row){.row = row, .block = block};
			keyed[count].order = count;
			make_key(block, row, keyed[count].key, sizeof(keyed[count].key));
			count++;
		}
	}
	qsort(keyed, count, sizeof(*keyed), order_keyed);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i; end < count && strcmp(keyed[end].key, keyed[i].key) == 0; end++)
			;
		add_group(rankings, keyed + i, end - i, &rows_count);
	}
	free(keyed);
	return 0;
}

void rankings_release(struct rankings *rankings)
{
	free(rankings->rows);
	free(rankings->rankings);
	*rankings = (struct rankings){0};
}

bool ranking_is_largest(const struct rankings *rankings, const struct ranking *ranking)
{
	for (size_t i = 0; i < rankings->count; i++) {
		const struct ranking *other = &rankings->rankings[i];

		if (other->nodes_count > ranking->nodes_count &&
		    strcmp(other->cache, ranking->cache) == 0 &&
		    strcmp(other->workload, ranking->workload) == 0 &&
		    strcmp(other->graph, ranking->graph) == 0)
			return false;
	}
	return true;
}

double ranking_ratio(const struct rankings *rankings, const struct ranking *ranking, size_t row)
{
	const struct ranked_row *rows = &rankings->rows[ranking->first];

	return rows[row].row->summary->real_time_ns.median /
	       rows[0].row->summary->real_time_ns.median;
}

void ranking_title(const struct rankings *rankings, const struct ranking *ranking, char *text,
		   size_t size)
{
	if (summary_is_command(rankings->rows[ranking->first].row->summary))
		snprintf(text, size, "%s, %s", ranking->workload, ranking->cache);
	else
		snprintf(text, size, "%s, %s, %s, %" PRIu64 " nodes", ranking->workload,
			 ranking->graph, ranking->cache, ranking->nodes_count);
}

void ranking_row_text(const struct ranked_row *ranked, char *text, size_t size)
{
	const char *workload = ranked->block->workload;

	if (summary_is_command(ranked->row->summary)) {
		snprintf(text, size, "%s", ranked->row->series);
		return;
	}
	snprintf(text, size, "%s, %s", ranked->block->layout, ranked->row->series);
	if (workload[name_len(workload)])
		text_append(text, size, ", %s", workload);
}
