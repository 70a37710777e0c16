/*
 * What is made of a run: the table, summary.md, Google Benchmark's JSON, CSV, pictures. The run has
 * a cell that failed, one that was skipped, and names that every format would like to misread.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../harness/export/formats.h"
#include "../harness/base/files.h"

#define HOSTILE "chain,\"q\"\n|<b>&'@_{x}\t`id`\\"

static char folder[4096];
static struct run run;

static json_t *cell(const char *graph, const char *engine, json_int_t nodes_count)
{
	char name[512];
	snprintf(name, sizeof name, "bfs/%s/slotted/%s/warm/nodes:%lld", graph, engine,
		 (long long)nodes_count);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:{}}", "name", name, "workload", "bfs",
			 "graph", graph, "layout", "slotted", "engine", engine, "cache", "warm",
			 "nodes_count", nodes_count, "options");
}

/* Of the cells beside the first: one that there is not, one that was skipped, and `memory`. */
static json_t *limit_of_several(const char *name, const char *key, double bound)
{
	return json_pack("{s:s,s:s,s:s,s:f,s:[s,s,s]}", "name", name, "cell",
			 "bfs/chain/slotted/mmap/warm/nodes:10", "metric", "real_time_ns", key,
			 bound, "or", "no cell", "bfs/star/slotted/uring/warm/nodes:10",
			 "bfs/chain/slotted/memory/warm/nodes:10");
}

static json_t *limit(const char *name, const char *over, const char *metric, double at_most)
{
	json_t *limit = json_pack("{s:s,s:s,s:s,s:f}", "name", name, "cell",
				  "bfs/chain/slotted/mmap/warm/nodes:10", "metric", metric,
				  "at_most", at_most);
	if (over != NULL)
		json_object_set_new(limit, "over", json_string(over));
	return limit;
}

static void append_walk(const char *name, int repetition, double real_time_ns)
{
	json_t *sample = json_pack("{s:s,s:s,s:i,s:i,s:{s:f,s:f},s:b,s:i,s:{s:i},s:s}", "cell",
				   name, "pass", "time", "repetition", repetition, "iterations", 3,
				   "metrics", "real_time_ns", real_time_ns, "cpu_time_ns",
				   real_time_ns / 2, "verified", 1, "edges_count", 9, "walk",
				   "reached_count", 10, "time", "2026-01-31T12:00:01Z");
	assert_int_equal(run_append(&run, sample), 0);
}

static void append_counts(const char *name, int syscalls, int faults)
{
	json_t *sample = json_pack("{s:s,s:s,s:i,s:{s:i,s:i,s:i},s:b,s:i,s:{s:i}}", "cell", name,
				   "pass", "count", "repetition", 0, "metrics", "syscalls",
				   syscalls, "faults_minor", faults, "faults_major", 0, "verified",
				   1, "edges_count", 9, "walk", "reached_count", 10);
	assert_int_equal(run_append(&run, sample), 0);
}

static const char *cell_name(size_t i)
{
	json_t *cells = json_object_get(run.info, "cells");
	return json_string_value(json_object_get(json_array_get(cells, i), "name"));
}

static void append_samples(void)
{
	for (int i = 0; i < 3; i++) {
		append_walk(cell_name(0), i, 100 * (i + 1)); /* memory: median 200 */
		append_walk(cell_name(1), i, 300 + i);       /* mmap: 301 */
		append_walk(cell_name(2), i, 50);            /* null */
		append_walk(cell_name(3), i, 1e6);           /* the hostile one */
	}
	append_counts(cell_name(1), 0, 9);
	append_counts(cell_name(3), 18, 0);
	run_append(&run, json_pack("{s:s,s:s,s:i,s:s}", "cell", cell_name(4), "pass", "time",
				   "repetition", 0, "error", "wrong|answer"));
}

/* Where the tests lie in their build folder differs: the scripts are somewhere above. */
static void find_plots(void)
{
	char path[4096], common[4200];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	path[len < 0 ? 0 : len] = '\0';
	for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
		*slash = '\0';
		snprintf(common, sizeof common, "%s/plots/common.gp", path);
		if (access(common, R_OK) == 0)
			setenv("IOWALK_DATA_DIR", path, 0);
	}
}

static int setup(void **state)
{
	const char *base = getenv("TMPDIR");
	struct why why = {""};
	char path[4200];
	(void)state;
	snprintf(folder, sizeof folder, "%s/iowalk-export-XXXXXX", base == NULL ? "/tmp" : base);
	find_plots();
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/it's a run", folder);
	json_t *skipped = cell("star", "uring", 10);
	json_object_set_new(skipped, "skipped", json_string("no io_uring"));
	const char *memory = "bfs/chain/slotted/memory/warm/nodes:10";
	json_t *info = json_pack(
		"{s:i,s:s,s:s,s:i,s:[s,s],s:[o,o,o,o,o,o],s:[o,o,o,o,o,o]}", "format", 1, "suite",
		"it's", "started", "2026-01-31T12:00:00Z", "seed", 7, "command", "iowalk", "a b",
		"cells", cell("chain", "memory", 10), cell("chain", "mmap", 10),
		cell("chain", "null", 10), cell(HOSTILE, "pr\"e'ad", 10),
		cell("chain", "pread", 1000), skipped, "limits",
		limit("near", memory, "real_time_ns", 1.6),
		limit("far", memory, "real_time_ns", 1.5), limit("none", NULL, "syscalls", 0),
		limit("lost", "no cell", "real_time_ns", 1),
		limit_of_several("least of several", "at_most", 250),
		limit_of_several("most of several", "at_least", 250));
	json_t *environment =
		json_pack("{s:{s:i,s:s,s:f},s:{s:s}}", "machine", "cpus_online", 2, "host_name",
			  "box", "mhz_per_cpu", 2450.5, "build", "build_type", "release");
	int err = run_create(path, info, environment, &run, &why);
	json_decref(info);
	json_decref(environment);
	if (err == 0)
		append_samples();
	return err;
}

static int teardown(void **state)
{
	char command[4200];
	(void)state;
	run_release(&run);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

/* The whole file, which the caller frees. */
static char *read_text(const char *path)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = fopen(path, "r"), *memory = open_memstream(&text, &len);
	assert_non_null(file);
	assert_non_null(memory);
	for (int c = fgetc(file); c != EOF; c = fgetc(file))
		fputc(c, memory);
	fclose(file);
	fclose(memory);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in:\n%s", part, text);
}

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
	/* One count is no interval, and 0 stays a figure. */
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

static const json_t *find_row(const json_t *rows, const char *name)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
			return row;
	}
	fail_msg("no row '%s'", name);
	return NULL;
}

static void assert_gbench_types(const json_t *row)
{
	static const char *const texts[] = {"name", "run_name", "run_type", "time_unit"};
	static const char *const numbers[] = {"family_index", "per_family_instance_index",
					      "repetitions", "threads", "iterations"};
	static const char *const reals[] = {"real_time", "cpu_time"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_true(json_is_string(json_object_get(row, texts[i])));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		assert_true(json_is_integer(json_object_get(row, numbers[i])));
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
		assert_true(json_is_real(json_object_get(row, reals[i])));
}

static void test_gbench(void **state)
{
	char name[128];
	static const char *const statistics[] = {"mean", "median", "stddev", "cv"};
	static const double expected[] = {200, 200, 100, 0.5};
	(void)state;
	json_t *document = export_gbench(&run);
	char *text = json_dumps(document, 0);
	assert_non_null(text);
	free(text);
	const json_t *context = json_object_get(document, "context");
	const json_t *rows = json_object_get(document, "benchmarks");
	assert_int_equal(json_integer_value(json_object_get(context, "num_cpus")), 2);
	assert_string_equal(json_string_value(json_object_get(context, "executable")), "iowalk");
	assert_true(json_is_array(json_object_get(context, "caches")));
	assert_true(json_is_boolean(json_object_get(context, "cpu_scaling_enabled")));
	assert_int_equal(json_array_size(rows), 4 * (3 + 4) + 1);
	for (size_t i = 0; i < json_array_size(rows); i++)
		assert_gbench_types(json_array_get(rows, i));
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "bfs/chain/slotted/memory/warm/nodes:10_%s",
			 statistics[i]);
		const json_t *row = find_row(rows, name);
		double value = json_real_value(json_object_get(row, "real_time"));
		assert_true(fabs(value - expected[i]) < 1e-9);
		assert_string_equal(json_string_value(json_object_get(row, "aggregate_unit")),
				    i == 3 ? "percentage" : "time");
		assert_string_equal(json_string_value(json_object_get(row, "aggregate_name")),
				    statistics[i]);
	}
	const json_t *row = find_row(rows, "bfs/chain/slotted/mmap/warm/nodes:10");
	assert_true(json_number_value(json_object_get(row, "faults_minor")) == 9);
	assert_int_equal(json_integer_value(json_object_get(row, "repetitions")), 3);
	row = find_row(rows, "bfs/chain/slotted/pread/warm/nodes:1000");
	assert_true(json_is_true(json_object_get(row, "error_occurred")));
	assert_string_equal(json_string_value(json_object_get(row, "error_message")),
			    "wrong|answer");
	json_decref(document);
}

/* Reads one RFC 4180 field; returns what follows it, and the character that ended it. */
static const char *read_field(const char *text, char *field, size_t size, char *end)
{
	size_t used = 0;
	bool quoted = *text == '"';
	for (text += quoted; *text != '\0'; text++) {
		if (quoted && text[0] == '"' && text[1] == '"')
			text++;
		else if (quoted && *text == '"') {
			text++;
			break;
		} else if (!quoted && (*text == ',' || *text == '\n'))
			break;
		assert_true(used + 1 < size);
		field[used++] = *text;
	}
	field[used] = '\0';
	*end = *text;
	return *text == '\0' ? text : text + 1;
}

static void test_csv_round_trip(void **state)
{
	char *text = NULL, field[256], end = ',';
	size_t len = 0, columns = 0, rows = 0, hostile_count = 0;
	FILE *out = open_memstream(&text, &len);
	(void)state;
	assert_int_equal(export_csv(&run, out), 0);
	fclose(out);
	for (const char *at = text; *at != '\0'; rows++) {
		size_t column = 0;
		do {
			at = read_field(at, field, sizeof field, &end);
			if (column == 2 && strcmp(field, HOSTILE) == 0)
				hostile_count++;
			column++;
		} while (end == ',');
		assert_int_equal(end, '\n');
		if (rows == 0)
			columns = column;
		assert_int_equal(column, columns);
	}
	assert_int_equal(rows, 1 + json_array_size(run.samples));
	assert_int_equal(hostile_count, 4);
	assert_int_equal(strncmp(text, "cell,workload,graph,", 20), 0);
	free(text);
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
	assert_int_equal(plots_draw(&run, &why), -ENOENT);
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
	assert_int_equal(file_size("time_by_nodes.png"), 0);
}

/* A gnuplot in front of the real one, that counts how often it is started and may then fail. */
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
			"echo half > \"%s/plots/time_by_nodes.png.part\"\n"
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
	static const char *const names[] = {"time_by_nodes", "time_per_edge", "syscalls_per_edge",
					    "faults_per_edge"};
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
	int err = plots_draw(&run, &why);
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
	snprintf(path, sizeof path, "%s/plots/time_by_nodes.svg", run.path);
	text = read_text(path);
	assert_has(text, ">pr\"e'ad<"); /* as it is, not as gnuplot's mark-up */
	assert_has(text, "|&lt;b>&amp;'@_{x} `id`");
	free(text);
	setenv("PATH", kept, 1);
	free(kept);
}

static void test_failed_gnuplot_leaves_no_half_picture(void **state)
{
	struct why why = {""};
	char *kept = strdup(getenv("PATH"));
	(void)state;
	size_t before = file_size("time_by_nodes.png");
	put_gnuplot_in_path("", true);
	assert_int_equal(plots_draw(&run, &why), -EIO);
	setenv("PATH", kept, 1);
	free(kept);
	assert_has(why.text, "out of ink");
	assert_int_equal(file_size("time_by_nodes.png.part"), 0);
	assert_int_equal(file_size("time_by_nodes.png"), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_has_the_cells),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_table_json_is_json),
		cmocka_unit_test(test_summary_md),
		cmocka_unit_test(test_gbench),
		cmocka_unit_test(test_csv_round_trip),
		cmocka_unit_test(test_plots_without_gnuplot),
		cmocka_unit_test(test_plots),
		cmocka_unit_test(test_failed_gnuplot_leaves_no_half_picture),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
