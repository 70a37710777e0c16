/* The finding of a run: winners, ties, groups of graphs; made-up rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../harness/judge/finding.h"

struct made_up {
	const char *graph, *layout, *engine, *cache;
	uint64_t nodes_count;
	double median_ns;
};

#define ROWS_MOST 64
static struct cell_summary summaries[ROWS_MOST];
static struct report_row rows[ROWS_MOST];
static struct report_block blocks[ROWS_MOST];

/* One block for each row; intervals are ±2 %. */
static struct report make_report(const struct made_up *made_up, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double ns = made_up[i].median_ns;

		summaries[i] = (struct cell_summary){
			.name = made_up[i].engine,
			.workload = "bfs",
			.engine = made_up[i].engine,
			.layout = made_up[i].layout,
			.nodes_count = made_up[i].nodes_count,
			.reached_count = made_up[i].nodes_count,
			.verified = true,
			.real_time_ns = {.count = 60, .low = ns, .median = ns, .high = ns},
			.processes = {
				.medians = {.count = 12}, .low = .98 * ns, .high = 1.02 * ns}};
		rows[i] = (struct report_row){.summary = &summaries[i]};
		snprintf(rows[i].series, sizeof(rows[i].series), "%s", made_up[i].engine);
		blocks[i] =
			(struct report_block){.cache = made_up[i].cache, .first = i, .count = 1};
		snprintf(blocks[i].workload, LABEL_MAX, "bfs");
		snprintf(blocks[i].graph, LABEL_MAX, "%s", made_up[i].graph);
		snprintf(blocks[i].layout, LABEL_MAX, "%s", made_up[i].layout);
	}
	return (struct report){.rows = rows,
			       .blocks = blocks,
			       .blocks_count = count,
			       .summaries = summaries,
			       .summaries_count = count};
}

static void says(const struct made_up *made_up, size_t count, const char *wanted)
{
	struct report report = make_report(made_up, count);
	char text[FINDING_MAX];

	assert_int_equal(finding_of_run(&report, text, sizeof(text)), 0);
	assert_string_equal(text, wanted);
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void test_one_winner(void **state)
{
	static const struct made_up made_up[] = {
		{"chain", "slotted", "memory", "warm", 1000, 50}, /* the reference does not compete */
		{"chain", "slotted", "mmap", "warm", 1000, 100},
		{"chain", "slotted", "pread", "warm", 1000, 1000},
		{"star", "slotted", "mmap", "warm", 1000, 100},
		{"star", "slotted", "pread", "warm", 1000, 300},
		{"star", "slotted", "pread", "warm", 100, 1}, /* a smaller size does not count */
		{"star", "slotted", "mmap", "warm", 100, 9},
	};

	(void)state;
	says(made_up, COUNT_OF(made_up), "Warm, mmap is fastest; pread takes 3.00 to 10.0×");
}

static void test_ties(void **state)
{
	static const struct made_up made_up[] = {
		{"chain", "slotted", "pread", "cold", 1000, 100},
		{"chain", "slotted", "mmap", "cold", 1000, 103}, /* 98 to 102 and 101 to 105 */
		{"chain", "slotted", "buffered", "cold", 1000, 110},
	};

	(void)state;
	says(made_up, COUNT_OF(made_up), "Cold, mmap and pread tie; buffered takes 1.10×");
	says(made_up, 2, "Cold, mmap and pread tie");
}

/* Ranks are of neighbours: a row behind the second may still be as fast as the first. */
static void test_overlap_behind(void **state)
{
	static const struct made_up made_up[] = {
		{"chain", "slotted", "mmap", "cold", 1000, 100},
		{"chain", "slotted", "pread", "cold", 1000, 120},
		{"chain", "slotted", "uring", "cold", 1000, 130},
	};
	struct report report = make_report(made_up, COUNT_OF(made_up));
	char text[FINDING_MAX];

	(void)state;
	summaries[2].processes.low = 95; /* a wide interval */
	assert_int_equal(finding_of_run(&report, text, sizeof(text)), 0);
	assert_string_equal(text, "Cold, mmap and uring tie");
}

/* Workloads of one graph are told apart. */
static void test_workloads(void **state)
{
	static const struct made_up made_up[] = {
		{"chain", "slotted", "mmap", "warm", 1000, 100},
		{"chain", "slotted", "pread", "warm", 1000, 900},
		{"chain", "slotted", "pread", "warm", 1000, 100},
		{"chain", "slotted", "mmap", "warm", 1000, 900},
	};
	struct report report = make_report(made_up, COUNT_OF(made_up));
	char text[FINDING_MAX];

	(void)state;
	for (size_t i = 2; i < 4; i++)
		snprintf(blocks[i].workload, LABEL_MAX, "lookup");
	assert_int_equal(finding_of_run(&report, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "mmap is fastest on bfs/chain"));
	assert_non_null(strstr(text, "pread is fastest on lookup/chain"));
}

static void test_graphs_differ(void **state)
{
	static const struct made_up made_up[] = {
		{"chain", "slotted", "pread", "cold", 1000, 100},
		{"chain", "slotted", "mmap", "cold", 1000, 101},
		{"chain", "slotted", "uring", "cold", 1000, 102},
		{"star", "slotted", "pread", "cold", 1000, 100},
		{"star", "slotted", "mmap", "cold", 1000, 101},
		{"star", "slotted", "uring", "cold", 1000, 102},
		{"random", "slotted", "uring", "cold", 1000, 100},
		{"random", "slotted", "mmap", "cold", 1000, 200},
		{"random", "slotted", "pread", "cold", 1000, 400},
	};
	char text[FINDING_MAX];
	struct report report = make_report(made_up, COUNT_OF(made_up));

	(void)state;
	assert_int_equal(finding_of_run(&report, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "all 3 tie on chain and star"));
	assert_non_null(strstr(text, "uring is fastest on random"));
}

static void test_layouts(void **state)
{
	static const struct made_up made_up[] = {
		{"chain", "csr", "mmap", "warm", 1000, 100},
		{"chain", "slotted", "mmap", "warm", 1000, 200},
		{"chain", "slotted", "pread", "warm", 1000, 500},
	};

	(void)state;
	says(made_up, COUNT_OF(made_up), "Warm, csr/mmap is fastest; slotted/pread takes 5.00×");
}

static void test_nothing_to_compare(void **state)
{
	static const struct made_up made_up[] = {{"chain", "csr", "mmap", "warm", 1000, 100}};

	(void)state;
	says(made_up, 1, "1 timed cell; no two engines to rank");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_winner),         cmocka_unit_test(test_ties),
		cmocka_unit_test(test_graphs_differ),      cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_nothing_to_compare), cmocka_unit_test(test_overlap_behind),
		cmocka_unit_test(test_workloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
