/* The sentence in which a gate says what it found, from made-up comparisons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "../harness/gate/decision.h"
#include "../harness/gate/finding.h"

static struct comparison comparison;

static int begin(void **state)
{
	(void)state;
	return comparison_init(&comparison, "gate", "a", "b", 2.5);
}

static int end(void **state)
{
	(void)state;
	comparison_release(&comparison);
	return 0;
}

/* A cell that was not timed. */
static struct cell_change *add(const char *name)
{
	struct cell_change *cell = comparison_add_cell(&comparison, name);

	assert_non_null(cell);
	return cell;
}

static struct cell_change *add_time(const char *name, enum verdict verdict, double effect,
				    double low, double high, double mde)
{
	struct cell_change *cell = add(name);

	cell->has_times = true;
	cell->verdict = cell->time_verdict = verdict;
	cell->effect_percent = effect;
	cell->low_percent = low;
	cell->high_percent = high;
	cell->mde_percent = mde;
	return cell;
}

static void add_same(const char *name, double high)
{
	add_time(name, VERDICT_NO_CHANGE, 0, -high, high, 2.8);
}

static void add_count(struct cell_change *cell, double a, double b, bool is_regression)
{
	assert_int_equal(cell_add_count(cell, "syscalls", a, b, NULL, NULL, is_regression), 0);
	cell_decide(cell);
}

static void assert_finding(const char *wanted)
{
	char text[GATE_FINDING_MAX];

	assert_int_equal(finding_of_gate(&comparison, text, sizeof(text)), 0);
	assert_string_equal(text, wanted);
}

static void test_slower(void **state)
{
	(void)state;
	add_same("bfs/chain/csr/pread/warm/nodes:9", 2);
	add_time("bfs/chain/csr/mmap/warm/nodes:9", VERDICT_REGRESSION, 5.2, 4.1, 6.3, 2.8);
	assert_finding("1 of 2 cells slower: csr/mmap warm +5.2 % (4.1 to 6.3); no count changed");
	add_time("bfs/chain/csr/uring/cold/nodes:9", VERDICT_REGRESSION, 3, 2.6, 3.4, 2.8);
	assert_finding("2 of 3 cells slower: csr/mmap warm +5.2 % (4.1 to 6.3), csr/uring cold "
		       "+3.0 % (2.6 "
		       "to 3.4); no count changed");
}

static void test_tie(void **state)
{
	(void)state;
	add_time("bfs/chain/csr/mmap/warm/nodes:9", VERDICT_REGRESSION, 5.2, 4.1, 6.3, 2.8);
	add_time("bfs/chain/csr/pread/warm/nodes:9", VERDICT_REGRESSION, 5.1, 4.2, 6.4, 2.8);
	add_time("bfs/chain/csr/uring/warm/nodes:9", VERDICT_REGRESSION, 3, 2.6, 3.4, 2.8);
	assert_finding("3 of 3 cells slower: csr/mmap warm +5.2 % (4.1 to 6.3), csr/pread warm "
		       "+5.1 % (4.2 "
		       "to 6.4), a tie, and 1 more; no count changed");
}

static void test_no_regression(void **state)
{
	(void)state;
	add_same("bfs/chain/csr/pread/warm/nodes:9", 1.4);
	add_same("bfs/chain/csr/mmap/warm/nodes:9", 2);
	add("bfs/chain/csr/memory/warm/nodes:9"); /* counts only */
	assert_finding("No regression: 2 cells within 2.0 % (largest upper bound); counts equal in "
		       "3 cells");
	add_time("bfs/chain/csr/uring/warm/nodes:9", VERDICT_IMPROVEMENT, -12.34, -13, -11, 2.8);
	assert_finding(
		"No regression: 2 cells within 2.0 % (largest upper bound); 1 of 3 cells faster: "
		"csr/uring warm −12.3 % (−13.0 to −11.0); counts equal in 4 cells");
}

static void test_faster_alone(void **state)
{
	(void)state;
	add_time("bfs/chain/csr/uring/warm/nodes:9", VERDICT_IMPROVEMENT, -12.34, -13, -11, 2.8);
	assert_finding("No regression; 1 of 1 cell faster: csr/uring warm −12.3 % (−13.0 to "
		       "−11.0); counts "
		       "equal in 1 cell");
}

static void test_undecided(void **state)
{
	(void)state;
	add_same("bfs/chain/csr/pread/warm/nodes:9", 1.4);
	add_time("bfs/chain/csr/mmap/warm/nodes:9", VERDICT_INCONCLUSIVE, 2, -1, 5, 8.1);
	add_time("bfs/chain/csr/uring/warm/nodes:9", VERDICT_INCONCLUSIVE, 2, -1, 5, 4);
	assert_finding(
		"Undecided: 2 of 3 cells, where a slowdown below 8.1 % can be missed; no count "
		"changed");
	/* One of which nothing is known, and one with too few blocks for an interval. */
	add("bfs/chain/csr/memory/warm/nodes:9")->verdict = VERDICT_INCONCLUSIVE;
	add_time("bfs/chain/csr/buffered/warm/nodes:9", VERDICT_INCONCLUSIVE, 2, NAN, NAN, 90);
	assert_finding("Undecided: 4 of 5 cells, where a slowdown below 8.1 % can be missed, 2 "
		       "with too few "
		       "blocks to say; no count changed");
}

static void test_nothing_known(void **state)
{
	(void)state;
	add("bfs/chain/csr/memory/warm/nodes:9")->verdict = VERDICT_INCONCLUSIVE;
	assert_finding("Undecided: 1 of 1 cell, with too few blocks to say more; no count changed");
}

static void test_counts(void **state)
{
	struct cell_change *cell = add("bfs/chain/slotted/pread/warm/nodes:9");

	(void)state;
	add_count(cell, 199, 200, true);
	add("bfs/chain/slotted/mmap/warm/nodes:9")->verdict = VERDICT_NOT_TIMED;
	assert_finding(
		"1 of 2 cells does more: slotted/pread warm, syscalls 199 → 200 (+1); times not "
		"measured");
	cell = add_time("bfs/chain/slotted/uring/warm/nodes:9", VERDICT_REGRESSION, 5.2, 4.1, 6.3,
			2.8);
	add_count(cell, 10, 20, true);
	cell = add_time("bfs/chain/slotted/memory/warm/nodes:9", VERDICT_NO_CHANGE, 0, -1, 1, 2.8);
	add_count(cell, 10, 5, false);
	cell = add_time("bfs/chain/slotted/buffered/warm/nodes:9", VERDICT_NO_CHANGE, 0, -1, 1,
			2.8);
	add_count(cell, 10, 11, false);
	assert_finding("1 of 3 cells slower: slotted/uring warm +5.2 % (4.1 to 6.3); 2 of 5 cells "
		       "do more: "
		       "worst slotted/uring warm, syscalls 10 → 20 (+10); 1 of 5 cells does less; "
		       "counts of 1 "
		       "cell differ, allowed; 1 not timed");
}

/* Times and counts are two verdicts: a cell that became faster and does more is in both. */
static void test_faster_and_more(void **state)
{
	struct cell_change *cell = add_time("bfs/chain/csr/uring/warm/nodes:9", VERDICT_IMPROVEMENT,
					    -12, -13, -11, 2.8);

	(void)state;
	add_count(cell, 10, 20, true);
	assert_int_equal(cell->verdict, VERDICT_REGRESSION);
	assert_finding("No regression of time; 1 of 1 cell faster: csr/uring warm −12.0 % (−13.0 "
		       "to −11.0); 1 of "
		       "1 cell does more: csr/uring warm, syscalls 10 → 20 (+10)");
}

static void test_failed_accepted_lost(void **state)
{
	struct cell_change *cell;

	(void)state;
	add_same("bfs/chain/csr/pread/warm/nodes:9", 1.4);
	cell = add_time("bfs/chain/csr/mmap/warm/nodes:9", VERDICT_REGRESSION, 5.2, 4.1, 6.3, 2.8);
	cell->verdict = VERDICT_ACCEPTED;
	add("bfs/chain/csr/uring/warm/nodes:9")->verdict = VERDICT_ONLY_A;
	add("bfs/chain/csr/direct/warm/nodes:9")->verdict = VERDICT_FAILED;
	assert_finding("1 of 4 cells failed: csr/direct warm; no regression: 1 cell within 1.4 % "
		       "(largest upper "
		       "bound); no count changed; 1 accepted regression; 1 only in the baseline");
}

static void test_nothing(void **state)
{
	(void)state;
	assert_finding("Nothing was compared");
	add("bfs/chain/csr/direct/warm/nodes:9")->verdict = VERDICT_SKIPPED;
	assert_finding("Nothing was compared");
}

/* Cells that share their short label are named with more. */
static void test_labels(void **state)
{
	static const struct {
		const char *name, *label;
	} cells[] = {{"bfs/chain/csr/mmap/warm/nodes:9", "csr/mmap warm"},
		     {"bfs/chain/csr/pread/warm/nodes:9", "chain/csr/pread warm"},
		     {"bfs/random/csr/pread/warm/nodes:9", "random/csr/pread warm"},
		     {"bfs/star/csr/uring/warm/nodes:9", "bfs/star/csr/uring/warm/nodes:9"},
		     {"bfs/star/csr/uring/warm/nodes:99", "bfs/star/csr/uring/warm/nodes:99"},
		     {"odd", "odd"},
		     {"a/b", "a/b"}};
	char text[GATE_LABEL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		add(cells[i].name);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		gate_cell_label(&comparison, cells[i].name, text, sizeof(text));
		assert_string_equal(text, cells[i].label);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		double value;
		bool is_signed;
		const char *text;
	} numbers[] = {{5.24, true, "+5.2 %"}, {-5.24, true, "−5.2 %"},     {.01, true, "0.0 %"},
		       {-.01, false, "0.0 %"}, {5.24, false, "5.2 %"},      {123.4, true, "+123 %"},
		       {NAN, true, "-"},       {INFINITY, true, "no bound"}};
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		gate_percent(text, sizeof(text), numbers[i].value, numbers[i].is_signed);
		assert_string_equal(text, numbers[i].text);
	}
	gate_interval(text, sizeof(text), -1.23, 4.56);
	assert_string_equal(text, "−1.2 to 4.6");
	gate_interval(text, sizeof(text), NAN, 4.56);
	assert_string_equal(text, "");
	gate_interval(text, sizeof(text), -INFINITY, INFINITY);
	assert_string_equal(text, "");
}

/* A text that is cut stays terminated. */
static void test_short_buffer(void **state)
{
	char text[20];

	(void)state;
	add_time("bfs/chain/csr/mmap/warm/nodes:9", VERDICT_REGRESSION, 5.2, 4.1, 6.3, 2.8);
	assert_int_equal(finding_of_gate(&comparison, text, sizeof(text)), 0);
	assert_true(strlen(text) < sizeof(text));
}

/* More blocks are wanted the wider they spread, and none where there are too few. */
static void test_blocks_wanted(void **state)
{
	struct gate_cell narrow = {0}, wide = {0}, few = {0};

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		double side = i % 2 ? .01 : -.01;
		struct gate_difference a = {.effect = side * (double)(i + 1) / 6},
				       b = {.effect = side * (double)(i + 1)};

		gate_add(&narrow, &a);
		gate_add(&wide, &b);
		if (i < 4)
			gate_add(&few, &b);
	}
	assert_int_equal(gate_blocks_wanted(&few, 2.5), 0);
	assert_true(gate_blocks_wanted(&narrow, 2.5) > 12);
	assert_true(gate_blocks_wanted(&wide, 2.5) > gate_blocks_wanted(&narrow, 2.5));
	assert_true(gate_blocks_wanted(&wide, 50) < gate_blocks_wanted(&wide, 2.5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_slower, begin, end),
		cmocka_unit_test_setup_teardown(test_tie, begin, end),
		cmocka_unit_test_setup_teardown(test_no_regression, begin, end),
		cmocka_unit_test_setup_teardown(test_faster_alone, begin, end),
		cmocka_unit_test_setup_teardown(test_undecided, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_known, begin, end),
		cmocka_unit_test_setup_teardown(test_counts, begin, end),
		cmocka_unit_test_setup_teardown(test_faster_and_more, begin, end),
		cmocka_unit_test_setup_teardown(test_failed_accepted_lost, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_labels, begin, end),
		cmocka_unit_test_setup_teardown(test_numbers, begin, end),
		cmocka_unit_test_setup_teardown(test_short_buffer, begin, end),
		cmocka_unit_test(test_blocks_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
