/* The results of a comparison: verdicts from counts and times, the order of the cells in the
 * output, and the escapes of each writer, with names that contain special characters of every
 * format. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/judge/writers.h"

#define HOSTILE "<a>&\"'\n::error,x:y%0A|*_`\x01\xff"

static char *written(void (*write)(FILE *, const struct comparison *),
		     const struct comparison *comparison)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	write(out, comparison);
	fclose(out);
	return text;
}

static void add_cell(struct comparison *comparison, const char *name, enum verdict time_verdict,
		     double effect_percent)
{
	struct cell_change *cell = comparison_add_cell(comparison, name);
	assert_non_null(cell);
	cell->has_times = true;
	cell->a_ns = 1e6;
	cell->b_ns = 1e6 * (1 + effect_percent / 100);
	cell->effect_percent = effect_percent;
	cell->low_percent = effect_percent - 1;
	cell->high_percent = effect_percent + 1;
	cell->mde_percent = 2;
	cell->time_verdict = time_verdict;
	cell_decide(cell);
}

static void fill(struct comparison *comparison)
{
	assert_int_equal(comparison_init(comparison, "gate", "a\xff", HOSTILE, 2.5), 0);
	add_cell(comparison, "same", VERDICT_NO_CHANGE, 0.3);
	add_cell(comparison, "slower", VERDICT_REGRESSION, 5);
	add_cell(comparison, HOSTILE, VERDICT_REGRESSION, 12.3);
	add_cell(comparison, "open", VERDICT_INCONCLUSIVE, 1);
	add_cell(comparison, "faster", VERDICT_IMPROVEMENT, -7);
	comparison_add_cell(comparison, "new")->verdict = VERDICT_ONLY_B;
}

static void test_decide(void **state)
{
	(void)state;
	struct comparison comparison;
	assert_int_equal(comparison_init(&comparison, "gate", "a", "b", 2.5), 0);
	add_cell(&comparison, "cell", VERDICT_NO_CHANGE, 0);
	struct cell_change *cell = comparison.cells;
	assert_int_equal(comparison_status(&comparison), 0);
	assert_int_equal(cell_add_count(cell, "syscalls", 9, 7, NULL, NULL, false), 0);
	cell_decide(cell);
	assert_int_equal(cell->verdict, VERDICT_IMPROVEMENT);
	cell->time_verdict = VERDICT_INCONCLUSIVE; /* unknown times: no improvement */
	cell_decide(cell);
	assert_int_equal(cell->verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(comparison_status(&comparison), 4);
	assert_int_equal(cell_add_count(cell, "faults_minor", 0, 99, NULL, NULL, true), 0);
	cell_decide(cell);
	assert_int_equal(cell->verdict, VERDICT_REGRESSION);
	assert_int_equal(comparison_status(&comparison), 3);
	cell->verdict = VERDICT_FAILED;
	cell_decide(cell);
	assert_int_equal(comparison_status(&comparison), 1);
	comparison_release(&comparison);
}

/* The change of one metric that counts_compare() finds between passes of each side, or NULL. */
static const struct count_change *compare(struct comparison *comparison, const char *metric,
					  const double *a, const double *b, bool is_warm)
{
	const json_t *passes[2][2];
	for (int i = 0; i < 2; i++) {
		passes[0][i] = json_pack("{s:f}", metric, a[i]);
		passes[1][i] = json_pack("{s:f}", metric, b[i]);
	}
	struct cell_change *cell = comparison_add_cell(comparison, "cell");
	assert_non_null(cell);
	assert_int_equal(counts_compare(cell, passes[0], 2, passes[1], 2, is_warm, count_budgets,
					count_budgets_count),
			 0);
	for (int i = 0; i < 4; i++)
		json_decref((json_t *)passes[i / 2][i % 2]);
	return cell->counts_count == 0 ? NULL : cell->counts;
}

static void test_counts(void **state)
{
	(void)state;
	struct comparison comparison;
	const double zero[] = {0, 0}, one[] = {1, 1}, many[] = {10000, 10000};
	const double tolerated[] = {10050, 10050}, beyond[] = {10051, 10051}, wide[] = {0, 3};
	assert_int_equal(comparison_init(&comparison, "gate", "a", "b", 2.5), 0);
	assert_true(compare(&comparison, "syscalls_read", zero, one, true)->is_regression);
	assert_true(compare(&comparison, "syscalls_read", zero, one, false)->is_regression);
	assert_false(compare(&comparison, "syscalls_read", one, zero, true)->is_regression);
	assert_null(compare(&comparison, "syscalls", wide, one, true)); /* overlapping ranges */
	/* A count that varies needs 1 %. */
	const double varying[] = {10000, 10001}, near[] = {10090, 10095}, far[] = {10102, 10103};
	assert_true(compare(&comparison, "syscalls", many, (const double[]){10001, 10001}, true)
			    ->is_regression);
	assert_null(compare(&comparison, "syscalls", varying, near, true));
	assert_null(compare(&comparison, "syscalls", near, varying, true));
	assert_true(compare(&comparison, "syscalls", varying, far, true)->is_noisy);
	assert_null(compare(&comparison, "context_switches", zero, many, true));
	assert_null(compare(&comparison, "faults_minor", many, tolerated, true));
	assert_true(compare(&comparison, "faults_minor", many, beyond, true)->is_regression);
	assert_null(compare(&comparison, "faults_minor", zero, one, true));
	assert_null(compare(&comparison, "faults_minor", zero, many, false));
	assert_true(compare(&comparison, "device_read_bytes", zero, one, true)->is_regression);
	comparison_release(&comparison);
}

static void test_order(void **state)
{
	(void)state;
	static const char *const wanted[] = {HOSTILE, "slower", "open", "faster", "new", "same"};
	struct comparison comparison;
	char headline[1024];
	fill(&comparison);
	size_t *order = comparison_order(&comparison);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(comparison.cells[order[i]].name, wanted[i]);
	free(order);
	comparison_headline(&comparison, false, headline, sizeof headline);
	assert_non_null(strstr(headline, "2 regressions (worst: " HOSTILE ": time +12.3%"));
	assert_non_null(strstr(headline, "1 inconclusive, 1 improvement, 1 only in the candidate"));
	comparison_release(&comparison);
}

static void test_github(void **state)
{
	(void)state;
	struct comparison comparison;
	fill(&comparison);
	char *text = written(comparison_write_annotations, &comparison);
	/* Source of the escapes: actions/toolkit, core/src/command.ts */
	const char first[] = "::error title=iowalk gate%3A regression::<a>&\"'%0A::error,x:y%250A|";
	assert_memory_equal(text, first, sizeof first - 1);
	size_t lines = 0;
	for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1, lines++)
		assert_memory_equal(line, "::", 2);
	assert_int_equal(lines, 5); /* two errors, and one each of open, new, faster */
	free(text);
	comparison_release(&comparison);
}

static void test_junit(void **state)
{
	(void)state;
	struct comparison comparison;
	fill(&comparison);
	char *text = written(comparison_write_junit, &comparison);
	assert_non_null(strstr(text, "tests=\"6\" failures=\"2\" errors=\"0\" skipped=\"2\""));
	assert_non_null(strstr(text, "name=\"&#60;a&#62;&#38;&#34;&#39;&#10;::error,x:y%0A|*_`"
				     "\xEF\xBF\xBD\xEF\xBF\xBD\""));
	assert_non_null(
		strstr(text, "<failure type=\"PerformanceRegression\" message=\"time +5.0%"));
	assert_non_null(strstr(text, "<property name=\"effect_percent\" value=\"12.3\"/>"));
	free(text);
	comparison_release(&comparison);
}

static void test_markdown_and_json(void **state)
{
	(void)state;
	struct comparison comparison;
	fill(&comparison);
	char *text = written(comparison_write_markdown, &comparison);
	assert_non_null(
		strstr(text, "| **regression** | &lt;a\\>&amp;\"' ::error,x:y%0A\\|\\*\\_\\`"));
	assert_non_null(strstr(text, "<summary>1 without a change</summary>"));
	free(text);
	json_t *json = comparison_json(&comparison);
	text = json_dumps(json, 0);
	assert_non_null(text);
	free(text);
	assert_int_equal(json_integer_value(json_object_get(json, "exit_status")), 3);
	const json_t *cell = json_array_get(json_object_get(json, "cells"), 1);
	assert_string_equal(json_string_value(json_object_get(cell, "cell")), "slower");
	assert_non_null(json_object_get(json_object_get(cell, "time"), "effect_percent"));
	json_decref(json);
	comparison_release(&comparison);
}

static void test_table(void **state)
{
	(void)state;
	struct comparison comparison;
	fill(&comparison);
	for (int color = 0; color < 2; color++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		comparison_write_table(out, &comparison, color == 1);
		fclose(out);
		assert_true((strchr(text, '\033') != NULL) == (color == 1));
		assert_null(strchr(text, '\x01'));
		assert_non_null(strstr(text, "found in 90%"));
		free(text);
	}
	comparison_release(&comparison);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide), cmocka_unit_test(test_counts),
		cmocka_unit_test(test_order),  cmocka_unit_test(test_github),
		cmocka_unit_test(test_junit),  cmocka_unit_test(test_markdown_and_json),
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
