/* Output of a run: the table, summary.md and the figures. */
#include "support/sample_run.h"

#include "../harness/report/table.h"
#include "../harness/report/whole.h"

static char *table_text(bool color)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	table_print(out, &run, color);
	fclose(out);
	return text;
}

static void test_table_has_the_cells(void **state)
{
	(void)state;
	setenv("LC_ALL", "C", 1);
	char *text = table_text(false);
	assert_has(text, "bfs, chain, slotted, warm");
	assert_has(text, "memory");
	assert_has(text, "200 ns  +-25%"); /* quartiles 150 and 250 */
	assert_has(text, "301 ns  +-0.2%");
	assert_has(text, "1.50x"); /* 301 / 200, rounded */
	assert_has(text, "harness floor");
	assert_has(text, "bfs/chain/slotted/pread/warm/nodes:1000: wrong|answer");
	assert_has(text, "bfs/star/slotted/uring/warm/nodes:10: no io_uring");
	assert_null(strchr(text, '\033'));
	for (const char *c = text; *c != '\0'; c++)
		assert_true(*c > 0 && *c < 127);
	free(text);
	setenv("LC_ALL", "C.UTF-8", 1);
	text = table_text(true);
	assert_has(text, "±25%");
	assert_has(text, "\033[31mMISSED");
	assert_has(text, "\033[32mmet");
	free(text);
}

static void test_limits(void **state)
{
	(void)state;
	json_t *table = table_json(&run);
	assert_non_null(table);
	const json_t *limits = json_object_get(table, "limits");
	static const char *const expected[] = {"met", "missed", "met", "not measured"};
	for (size_t i = 0; i < 4; i++) {
		const json_t *entry = json_array_get(limits, i);
		assert_string_equal(json_string_value(json_object_get(entry, "state")),
				    expected[i]);
	}
	const json_t *near = json_array_get(limits, 0), *lost = json_array_get(limits, 3);
	double value = json_number_value(json_object_get(near, "value"));
	double low = json_number_value(json_object_get(near, "low"));
	double high = json_number_value(json_object_get(near, "high"));
	assert_true(fabs(value - 1.505) < 1e-12);
	/* Resamples of 100, 200, 300 have medians from 100 to 300; those of mmap hardly differ. */
	assert_true(low > 0.99 && low < 1.01 && high > 2.99 && high < 3.03);
	assert_null(json_object_get(lost, "value"));
	assert_non_null(json_object_get(lost, "reason"));
	/* One count has no interval, and 0 is a value. */
	assert_null(json_object_get(json_array_get(limits, 2), "low"));
	assert_true(json_is_number(json_object_get(json_array_get(limits, 2), "value")));
	const json_t *least = json_array_get(limits, 4), *most = json_array_get(limits, 5);
	assert_string_equal(json_string_value(json_object_get(least, "state")), "met");
	assert_true(json_number_value(json_object_get(least, "value")) == 200);
	assert_string_equal(json_string_value(json_object_get(least, "cell")),
			    "bfs/chain/slotted/memory/warm/nodes:10");
	assert_string_equal(json_string_value(json_object_get(most, "state")), "met");
	assert_true(json_number_value(json_object_get(most, "value")) == 301);
	assert_string_equal(json_string_value(json_object_get(most, "cell")),
			    "bfs/chain/slotted/mmap/warm/nodes:10");
	json_decref(table);
	char *text = table_text(false);
	assert_has(text, "at most 250 ns; best of 4: bfs/chain/slotted/memory/warm/nodes:10\n");
	free(text);
}

static void test_table_json_is_json(void **state)
{
	(void)state;
	json_t *table = table_json(&run);
	char *text = json_dumps(table, 0);
	assert_non_null(text);
	assert_null(strstr(text, "NaN"));
	json_t *again = json_loads(text, 0, NULL);
	assert_true(json_equal(again, table));
	assert_int_equal(json_array_size(json_object_get(table, "blocks")), 2);
	assert_int_equal(json_array_size(json_object_get(table, "floor")), 1);
	assert_int_equal(json_array_size(json_object_get(table, "problems")), 2);
	free(text);
	json_decref(again);
	json_decref(table);
}

static void test_summary_md(void **state)
{
	char path[4200];
	(void)state;
	snprintf(path, sizeof path, "%s/summary.md", run.path);
	assert_int_equal(summary_write(&run, path), 0);
	char *text = read_text(path);
	assert_has(text, "    iowalk 'a b'\n");
	assert_has(text, "| 10 | memory | 200 ns | ±25% |");
	assert_has(text, "chain,\"q\" \\|&lt;b\\>&amp;'\\@\\_{x} \\`id\\`\\\\");
	assert_has(text, "wrong\\|answer");
	assert_has(text, "**MISSED**");
	assert_has(text, "| machine cpus_online | 2 |");
	assert_null(strstr(text, "<b>"));
	assert_null(strstr(text, "nan"));
	free(text);
	snprintf(path, sizeof path, "%s/no folder/summary.md", run.path);
	assert_int_equal(summary_write(&run, path), -ENOENT);
}

static size_t file_size(const char *name)
{
	char path[2 * 4300];
	struct stat info;
	snprintf(path, sizeof path, "%s/plots/%s", run.path, name);
	return stat(path, &info) == 0 ? (size_t)info.st_size : 0;
}

static void test_plots_without_gnuplot(void **state)
{
	struct why why = {""};
	char path[4300], *kept = strdup(getenv("PATH"));
	(void)state;
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(report_draw_run(&run, &why), -ENOENT);
	setenv("PATH", kept, 1);
	free(kept);
	assert_has(why.text, "gnuplot");
	snprintf(path, sizeof path, "%s/plots/cells.tsv", run.path);
	char *text = read_text(path);
	assert_has(text, "workload\tgraph\tlayout\tcache\tengine\tseries\tnodes\tmedian_ns\t");
	assert_has(text, "bfs\tchain\tslotted\twarm\tmmap\tmmap\t10\t301\t300.5\t301.5\t");
	assert_has(text, "bfs\tchain,\\x22q\\x22\\x0a|<b>&'@_{x}\\t`id`\\\\\tslotted\t");
	assert_has(text, "\turing\turing\t10\tNaN\tNaN\t"); /* skipped */
	size_t columns = 0;
	for (const char *c = text; *c != '\n'; c++)
		columns += *c == '\t';
	size_t tabs = 0, rows = 0;
	for (const char *c = text; *c != '\0'; c++) {
		tabs += *c == '\t';
		rows += *c == '\n';
	}
	assert_int_equal(rows, 1 + 6);
	assert_int_equal(tabs, rows * columns);
	free(text);
	assert_int_equal(file_size("scaling.png"), 0);
}

/* Puts a gnuplot before the real one in PATH. It counts how often it is started, and fails if asked
 * to. */
static void put_gnuplot_in_path(const char *real, bool fails)
{
	char path[4300], *kept = strdup(getenv("PATH"));
	snprintf(path, sizeof path, "%s/bin", folder);
	assert_int_equal(make_folders(path), 0);
	snprintf(path, sizeof path, "%s/bin/gnuplot", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\necho started >> '%s/started'\n", folder);
	if (fails)
		fprintf(file,
			"echo half > \"%s/plots/scaling.png.part\"\n"
			"echo 'line 7: out of ink' >&2\nexit 1\n",
			run.path);
	else
		fprintf(file, "exec '%s' \"$@\"\n", real);
	fclose(file);
	chmod(path, 0755);
	snprintf(path, sizeof path, "%s/bin:%s", folder, kept);
	setenv("PATH", path, 1);
	free(kept);
}

static void test_plots(void **state)
{
	struct why why = {""};
	char real[512] = "", path[4300];
	static const char *const names[] = {"scaling", "samples"};
	(void)state;
	FILE *which = popen("command -v gnuplot", "r");
	if (which == NULL || fgets(real, sizeof real, which) == NULL) {
		print_message("skipped: gnuplot is not installed\n");
		if (which != NULL)
			pclose(which);
		skip();
	}
	pclose(which);
	real[strcspn(real, "\n")] = '\0';
	char *kept = strdup(getenv("PATH"));
	put_gnuplot_in_path(real, false);
	int err = report_draw_run(&run, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(err, 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s.png", names[i]);
		assert_true(file_size(path) > 1000);
		snprintf(path, sizeof path, "%s.svg", names[i]);
		assert_true(file_size(path) > 1000);
		snprintf(path, sizeof path, "%s.svg.part", names[i]);
		assert_int_equal(file_size(path), 0);
	}
	snprintf(path, sizeof path, "%s/started", folder);
	char *text = read_text(path);
	assert_string_equal(text, "started\n");
	free(text);
	snprintf(path, sizeof path, "%s/plots/samples.svg", run.path);
	text = read_text(path);
	assert_has(text, ">pr\"e'ad<"); /* unchanged, not interpreted as gnuplot's markup */
	free(text);
	setenv("PATH", kept, 1);
	free(kept);
}

static void test_failed_gnuplot_leaves_no_half_figure(void **state)
{
	struct why why = {""};
	char *kept = strdup(getenv("PATH"));
	(void)state;
	size_t before = file_size("scaling.png");
	put_gnuplot_in_path("", true);
	assert_int_equal(report_draw_run(&run, &why), -EIO);
	setenv("PATH", kept, 1);
	free(kept);
	assert_has(why.text, "out of ink");
	assert_int_equal(file_size("scaling.png.part"), 0);
	assert_int_equal(file_size("scaling.png"), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_has_the_cells),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_table_json_is_json),
		cmocka_unit_test(test_summary_md),
		cmocka_unit_test(test_plots_without_gnuplot),
		cmocka_unit_test(test_plots),
		cmocka_unit_test(test_failed_gnuplot_leaves_no_half_figure),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
