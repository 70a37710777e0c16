/* The ranking of layouts, engines and options: which rows are ranked together, and ties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../harness/judge/ranking.h"

struct made_up {
	const char *workload, *layout, *series;
	double low_ns, median_ns, high_ns;
	uint64_t reached_count;
	bool failed;
};

static struct cell_summary summaries[16];
static struct report_row rows[16];
static struct report_block blocks[16];

/* One block for each row. */
static struct report make_report(const struct made_up *made_up, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		summaries[i] =
			(struct cell_summary){.name = made_up[i].series,
					      .nodes_count = 100,
					      .reached_count = made_up[i].reached_count,
					      .verified = !made_up[i].failed,
					      .real_time_ns = {.count = 5,
							       .low = made_up[i].low_ns,
							       .median = made_up[i].median_ns,
							       .high = made_up[i].high_ns}};
		rows[i] = (struct report_row){.summary = &summaries[i]};
		snprintf(rows[i].series, sizeof(rows[i].series), "%s", made_up[i].series);
		blocks[i] = (struct report_block){.cache = "warm", .first = i, .count = 1};
		snprintf(blocks[i].workload, LABEL_MAX, "%s", made_up[i].workload);
		snprintf(blocks[i].graph, LABEL_MAX, "chain");
		snprintf(blocks[i].layout, LABEL_MAX, "%s", made_up[i].layout);
	}
	return (struct report){.rows = rows, .blocks = blocks, .blocks_count = count};
}

static void test_order_and_ties(void **state)
{
	static const struct made_up made_up[] = {
		{"bfs", "csr", "slow", 990, 1000, 1010, 100, false},
		{"bfs order:sorted", "csr", "fast", 99, 100, 101, 100, false},
		{"bfs", "slotted", "near", 113, 114, 115, 100, false},  /* 14 % */
		{"bfs", "slotted", "apart", 115, 116, 118, 100, false}, /* 16 % of the first */
		{"bfs", "csr", "wide", 800, 1600, 1700, 100, false},    /* overlaps with "slow" */
		{"bfs", "csr", "wrong", 1, 1, 1, 100, true},
	};
	static const struct {
		const char *text;
		size_t rank;
		bool tied;
	} wanted[] = {{"csr, fast, bfs order:sorted", 1, true},
		      {"slotted, near", 1, true},
		      {"slotted, apart", 3, false},
		      {"csr, slow", 4, true},
		      {"csr, wide", 4, true}};
	struct report report = make_report(made_up, 6);
	struct rankings rankings;

	(void)state;
	assert_int_equal(rankings_init(&rankings, &report), 0);
	assert_int_equal(rankings.count, 1);
	assert_string_equal(rankings.rankings[0].workload, "bfs");
	assert_int_equal(rankings.rankings[0].count, 5);
	for (size_t i = 0; i < 5; i++) {
		char text[4 * LABEL_MAX];
		ranking_row_text(&rankings.rows[i], text, sizeof(text));
		assert_string_equal(text, wanted[i].text);
		assert_int_equal(rankings.rows[i].rank, wanted[i].rank);
		assert_int_equal(rankings.rows[i].tied, wanted[i].tied);
	}
	rankings_release(&rankings);
}

/* Walks of different lengths are not the same work; one row is no ranking. */
static void test_other_work_is_apart(void **state)
{
	static const struct made_up made_up[] = {
		{"bfs", "csr", "a", 1, 1, 1, 100, false},
		{"bfs", "slotted", "b", 1, 1, 1, 50, false},
		{"lookup", "csr", "c", 1, 1, 1, 100, false},
	};
	struct report report = make_report(made_up, 3);
	struct rankings rankings;

	(void)state;
	assert_int_equal(rankings_init(&rankings, &report), 0);
	assert_int_equal(rankings.count, 0);
	rankings_release(&rankings);

	static const struct made_up block[] = {{"bfs", "csr", "a", 1, 1, 1, 100, false},
					       {"bfs", "csr", "b", 2, 2, 2, 100, false}};
	report = make_report(block, 2);
	blocks[0].count = 2;
	report.blocks_count = 1;
	assert_int_equal(rankings_init(&rankings, &report), 0);
	assert_int_equal(rankings.count, 1);
	rankings_release(&rankings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_ties),
		cmocka_unit_test(test_other_work_is_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
